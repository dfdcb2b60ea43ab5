"""Source facts of CDA documents, counted by a plain walk over the XML; knows nothing of Vado."""

from collections.abc import Iterator

from lxml import etree

from oracle.found import OR, SourceFact, day, normal

_NS = "{urn:hl7-org:v3}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
_STATEMENTS = ("observation", "substanceAdministration", "procedure", "encounter", "supply", "act", "organizer")
_CONCERNS = {
    "conc",
    "48765-2",
    "assertion",
    "cluster",
    "48767-8",
    "29308-4",
    "48768-6",
    "76691-5",
}  # wrappers that say nothing of their own
_FHIR = {  # properties that FHIR says in words of its own
    "255604002": "mild", "6736007": "moderate", "24484000": "severe", "371924009": "moderate", "55561003": "active", "73425007": "inactive",
    "413322009": "resolved", "445518008": "onsetage", "419099009": "true",
}  # fmt: skip
_SEX = {"f": "female", "m": "male", "un": "other"}


def facts(document: bytes) -> list[SourceFact]:
    """List what a document says: its header, the title of each section, every clinical statement with a code."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    root = etree.fromstring(document, parser)
    told = [*_header(root)]
    for section in root.iter(_NS + "section"):
        title = _text(section.find(_NS + "title"))
        if title:
            told.append(SourceFact("section", (), (normal(title),), "section"))
    for name in _STATEMENTS:
        for e in root.iter(_NS + name):
            told += _statement(name, e)
    return [f for f in dict.fromkeys(told) if f.tokens and all(f.tokens)]


def _text(e: etree._Element | None) -> str:
    return " ".join("".join(e.itertext()).split()) if e is not None else ""


def _code(e: etree._Element | None) -> str:
    """The code, or that of a translation where the main one is not known."""
    if e is None:
        return ""
    if e.get("code"):
        code = normal(e.get("code", ""))
        return f"{code}{OR}{_FHIR[code]}" if code in _FHIR else code
    return next((normal(t.get("code", "")) for t in e.findall(_NS + "translation") if t.get("code")), "")


def _when(e: etree._Element) -> str:
    time = e.find(_NS + "effectiveTime")
    if time is None:
        return ""
    low = time.find(_NS + "low")
    return day(time.get("value") or (low.get("value") if low is not None else "") or "")


def _header(root: etree._Element) -> Iterator[SourceFact]:
    for role in root.iter(_NS + "patientRole"):
        who = ("Patient",)
        for e in role.findall(_NS + "id"):
            if e.get("extension"):
                yield SourceFact("identifier", who, (normal(e.get("extension", "")),), "patientRole/id")
        for e in role.findall(f"{_NS}patient/{_NS}name"):
            family, given = (normal(_text(e.find(_NS + n))) for n in ("family", "given"))
            if family:
                yield SourceFact("name", who, (family, *([given] if given else [])), "patient/name")
        born, sex = role.find(f"{_NS}patient/{_NS}birthTime"), role.find(f"{_NS}patient/{_NS}administrativeGenderCode")
        if born is not None and day(born.get("value", "")):
            yield SourceFact("birth", who, (day(born.get("value", "")),), "patient/birthTime")
        if sex is not None and _SEX.get(_code(sex)):
            yield SourceFact("sex", who, (_SEX[_code(sex)],), "patient/gender")
        for e in role.findall(_NS + "addr"):
            parts = tuple(
                normal(_text(x))
                for n in ("streetAddressLine", "city", "postalCode")
                if (x := e.find(_NS + n)) is not None and _text(x)
            )
            yield SourceFact("address", who, parts, "patientRole/addr")
        for e in role.findall(_NS + "telecom"):
            value = e.get("value", "").partition(":")[2] or e.get("value", "")
            yield SourceFact("telecom", who, (normal(value),), "patientRole/telecom")
    for path, kind in (("author", "author"), ("legalAuthenticator", "authenticator"), ("informant", "informant")):
        for e in root.findall(_NS + path):
            for n in e.iter(_NS + "family"):
                yield SourceFact(kind, (), (normal(_text(n)),), path)
    for e in root.findall(f"{_NS}custodian//{_NS}name"):
        yield SourceFact("custodian", ("Organization",), (normal(_text(e)),), "custodian")
    for e in root.iter(_NS + "encompassingEncounter"):
        for i in e.findall(_NS + "id"):
            if i.get("extension"):
                yield SourceFact("visit", ("Encounter",), (normal(i.get("extension", "")),), "encompassingEncounter/id")
        if _when(e):
            yield SourceFact("visit", ("Encounter",), (_when(e),), "encompassingEncounter/effectiveTime")


def _statement(name: str, e: etree._Element) -> Iterator[SourceFact]:
    if e.get("nullFlavor") or e.get("negationInd") == "true":
        return
    place, when = f"{name} (line {e.sourceline})", _when(e)
    if name in {"substanceAdministration", "supply"}:
        yield from _product(name, e, place, when)
        return
    main = _code(e.find(_NS + "code"))
    values = [t for v in e.findall(_NS + "value") for t in [_value(v)] if t]
    named = [_code(p) for p in e.findall(f"{_NS}participant/{_NS}participantRole/{_NS}playingEntity/{_NS}code") if _code(p)]
    if name == "observation" and (named or values):
        about_itself = (
            main in _CONCERNS
            or main == "sev"
            or main.startswith("445518008")
            or any(len(v) == 1 and not v[0].startswith("day:") for v in values)
        )
        for v in [(n,) for n in named] or values:
            yield SourceFact("observation", (), v if about_itself or named or not main else (main, *v), place)
    elif main and main not in _CONCERNS:
        yield SourceFact(name, (), (main,), place)
    if when and (main not in _CONCERNS or values) and name != "organizer" and name != "act":
        about = named[:1] or [v[0] for v in values[:1] if len(v) == 1] or ([main] if main and main not in _CONCERNS else [])
        if about:
            yield SourceFact("time", (), (*about, when), place)


def _value(v: etree._Element) -> tuple[str, ...]:
    kind = v.get(_XSI, "").rpartition(":")[2]
    if kind in {"CD", "CE", "CV", "CO", "CS"}:
        return (_code(v),) if _code(v) else ()
    if kind in {"PQ", "REAL", "INT"} and v.get("value"):
        unit = v.get("unit", "")
        return (normal(v.get("value", "")), *([normal(unit)] if unit and unit != "1" else []))
    if kind in {"ST", "ED"} and _text(v):
        return (normal(_text(v)),)
    if kind == "TS" and day(v.get("value", "")):
        return (day(v.get("value", "")),)
    return ()


def _product(name: str, e: etree._Element, place: str, when: str) -> Iterator[SourceFact]:
    found = next((c for c in e.iter(_NS + "manufacturedMaterial")), None)
    code = _code(found.find(_NS + "code")) if found is not None else ""
    if not code:
        return
    yield SourceFact(name, (), (code,), place)
    if when and name == "substanceAdministration":
        yield SourceFact("time", (), (code, when), place)
    dose, route = e.find(_NS + "doseQuantity"), e.find(_NS + "routeCode")
    if dose is not None and dose.get("value"):
        yield SourceFact("dose", (), (code, normal(dose.get("value", ""))), place)
    if route is not None and _code(route):
        yield SourceFact("route", (), (code, _code(route)), place)
