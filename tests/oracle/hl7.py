"""Source facts of HL7 v2 messages, counted by cutting at the separators; knows nothing of Vado."""

import re
from collections.abc import Callable, Iterator

from oracle.found import SourceFact, day, normal

_SEX = {"f": "female", "m": "male", "o": "other", "u": "unknown", "a": "other", "n": "other"}
_CLASS = {"e": "emer", "i": "imp", "o": "amb", "p": "prenc"}
_PEOPLE = ("Practitioner", "PractitionerRole", "RelatedPerson", "Patient", "Organization")
_RESULT = ("Observation", "DocumentReference", "DiagnosticReport", "Immunization")
_ORDER = (
    "ServiceRequest",
    "DiagnosticReport",
    "MedicationRequest",
    "MedicationDispense",
    "Immunization",
    "MedicationAdministration",
    "Appointment",
)


def facts(message: str) -> list[SourceFact]:
    """List what a message says: see the rules at the end of this file, one segment each."""
    lines = [x for x in re.split(r"[\r\n]+", message.lstrip("\ufeff\x0b")) if x]
    head = lines[0]
    field, component, repetition, sub = head[3], head[4:5] or "^", head[5:6] or "~", head[7:8] or "&"
    told: list[SourceFact] = []
    for n, line in enumerate(lines):
        name = line[:3]
        if name in _RULES and line[3:4] == field:
            s = _Segment(line.split(field), component, repetition, sub, f"{name} (line {n + 1})")
            told += [f for f in _RULES[name](s) if f.tokens]
    return list(dict.fromkeys(told))


class _Segment:
    def __init__(self, fields: list[str], component: str, repetition: str, sub: str, place: str) -> None:
        self.fields, self.component, self.repetition, self.sub, self.place = fields, component, repetition, sub, place

    def all(self, field: int) -> list[list[str]]:
        written = self.fields[field] if field < len(self.fields) else ""
        return [[self._plain(c) for c in r.split(self.component)] for r in written.split(self.repetition) if r.strip('^&~" ')]

    def one(self, field: int, component: int = 1) -> str:
        found = self.all(field)
        return found[0][component - 1] if found and len(found[0]) >= component else ""

    def fact(self, kind: str, types: tuple[str, ...], *tokens: str) -> SourceFact:
        return SourceFact(kind, types, tuple(t for t in tokens if t), self.place)

    def _plain(self, text: str) -> str:
        text = text.split(self.sub)[0] if "\\" not in text else text
        if text.strip() == '""':
            return ""
        for code, plain in (("F", "|"), ("S", "^"), ("T", "&"), ("R", "~"), (".br", "\n"), ("E", "\\")):
            text = text.replace(f"\\{code}\\", plain)
        return normal(text)


def _at(c: list[str], n: int) -> str:
    return c[n - 1] if len(c) >= n else ""


def _name(s: _Segment, field: int, kind: str, types: tuple[str, ...]) -> Iterator[SourceFact]:
    for c in s.all(field):
        yield s.fact(kind, types, _at(c, 1), _at(c, 2))


def _staff(s: _Segment, *fields: int) -> Iterator[SourceFact]:
    for field in fields:
        for c in s.all(field):
            if _at(c, 1) or _at(c, 2):
                yield s.fact("professional", _PEOPLE, _at(c, 1), _at(c, 2), _at(c, 3))


def _code(s: _Segment, field: int) -> str:
    """The code, or where a sender gives none its words."""
    return s.one(field) or s.one(field, 2) or s.one(field, 4) or s.one(field, 5)


def _pid(s: _Segment) -> Iterator[SourceFact]:
    for field in (2, 3, 4, 18, 19):
        for c in s.all(field):
            yield s.fact("identifier", ("Patient", "Account"), _at(c, 1))
    yield from _name(s, 5, "name", ("Patient",))
    yield from _name(s, 9, "name", ("Patient",))
    yield s.fact("birth", ("Patient",), day(s.one(7)))
    yield s.fact("sex", ("Patient",), _SEX.get(s.one(8)[:1], ""))
    yield from _home(s, 11, ("Patient",))
    for field in (13, 14):
        yield from _phone(s, field, ("Patient",))
    for field in (15, 16, 17):
        yield s.fact("about", ("Patient",), _code(s, field) if field != 16 else "")
    yield s.fact("death", ("Patient",), day(s.one(29)))


def _home(s: _Segment, field: int, types: tuple[str, ...]) -> Iterator[SourceFact]:
    for c in s.all(field):
        yield s.fact("address", types, _at(c, 1), _at(c, 3), _at(c, 5))


def _phone(s: _Segment, field: int, types: tuple[str, ...]) -> Iterator[SourceFact]:
    for c in s.all(field):
        local = _at(c, 7)
        if local and not _at(c, 1) and not _at(c, 4):  # written in parts: blanks between them do not count
            yield s.fact("telecom", types, normal(_at(c, 12) or local))
        else:
            yield s.fact("telecom", types, _at(c, 1) or _at(c, 4))


def _nk1(s: _Segment) -> Iterator[SourceFact]:
    types = ("RelatedPerson", "Patient")
    yield from _name(s, 2, "relative", types)
    yield from _home(s, 4, types)
    yield from _phone(s, 5, types)


def _pv1(s: _Segment) -> Iterator[SourceFact]:
    visit = ("Encounter",)
    yield s.fact("visit class", visit, _CLASS.get(s.one(2), s.one(2)))
    yield s.fact("visit number", visit, s.one(19))
    yield s.fact("visit start", visit, day(s.one(44)))
    yield s.fact("visit end", visit, day(s.one(45)))
    for field in (3, 6):
        for c in s.all(field):
            yield s.fact("place", ("Location", "Encounter"), *[x for x in c[:3] if x])
    yield s.fact("service", visit, s.one(10))
    yield from _staff(s, 7, 8, 9, 17)


def _obx(s: _Segment) -> Iterator[SourceFact]:
    code = _code(s, 3)
    if not code and not s.one(5):
        return
    kind, value = s.one(2), [x for c in s.all(5) for x in c[: (1 if s.one(2) in {"ce", "cwe", "cne", "is", "id"} else 5)] if x]
    if kind in {"ed", "rp"}:
        yield s.fact("embedded", ("DocumentReference", "DiagnosticReport", "Observation", "Media", "Binary"), code)
        return
    if kind in {"dt", "ts", "dtm"}:
        value = [day(x) for x in value[:1]]
    if kind == "sn" and value and value[0] == "=":
        value = value[1:]
    if kind == "nm" and value and value[0][:1] in "<>=":
        value = [normal(value[0].lstrip("<>="))]
    if kind in {"sn", "tm", "dr"}:
        value = [x for x in value if x not in {"-", ":", "/", "^"}] if kind == "sn" else []
    if kind in {"tx", "ft", "st"} and any("\n" in x for x in value):
        value = [normal(x) for v in value for x in v.split("\n") if x.strip()]
    yield s.fact("result", _RESULT, code, *value)
    if kind in {"nm", "sn"}:
        yield s.fact("unit", _RESULT, code, s.one(6, 2) or s.one(6) if s.one(6) else "") if s.one(6) else s.fact("", ())
    yield s.fact("result time", _RESULT, code, day(s.one(14))) if day(s.one(14)) else s.fact("", ())
    yield from _staff(s, 16)


def _obr(s: _Segment) -> Iterator[SourceFact]:
    code = _code(s, 4)
    if code:
        yield s.fact("order", _ORDER, code)
    if day(s.one(7)):
        yield s.fact("order time", (*_ORDER, "Observation", "Specimen"), *([code] if code else ()), day(s.one(7)))
    yield s.fact("order number", _ORDER, s.one(2))
    yield s.fact("order number", _ORDER, s.one(3))
    yield from _staff(s, 16)
    for c in s.all(31):
        yield s.fact("reason", _ORDER, _at(c, 1) or _at(c, 2))


def _orc(s: _Segment) -> Iterator[SourceFact]:
    yield s.fact("order number", _ORDER, s.one(2))
    yield s.fact("order number", _ORDER, s.one(3))
    yield from _staff(s, 12)


def _coded(kind: str, types: tuple[str, ...], field: int, when: int = 0) -> Callable[[_Segment], Iterator[SourceFact]]:
    def rule(s: _Segment) -> Iterator[SourceFact]:
        if code := _code(s, field):
            yield s.fact(kind, types, code, day(s.one(when)) if when else "")

    return rule


def _al1(s: _Segment) -> Iterator[SourceFact]:
    code = _code(s, 3)
    if code:
        yield s.fact("allergy", ("AllergyIntolerance",), code)
        for c in s.all(5):
            yield s.fact("reaction", ("AllergyIntolerance",), code, _at(c, 2) or _at(c, 1))


def _in1(s: _Segment) -> Iterator[SourceFact]:
    types = ("Coverage", "Organization")
    yield s.fact("payer", types, s.one(4))
    yield s.fact("policy", types, s.one(36))
    yield s.fact("group", types, s.one(8))
    yield s.fact("insured from", types, day(s.one(12)))
    yield from _name(s, 16, "insured", ("RelatedPerson", "Patient", "Coverage"))


def _rxa(s: _Segment) -> Iterator[SourceFact]:
    types = ("Immunization", "MedicationAdministration")
    code = _code(s, 5)
    if code:
        yield s.fact("vaccine", types, code, day(s.one(3)))
        yield s.fact("lot", types, s.one(15))
        if s.one(6) not in {"", "999", "0"}:
            yield s.fact("dose", types, code, s.one(6))
    yield from _staff(s, 10)


def _txa(s: _Segment) -> Iterator[SourceFact]:
    yield s.fact("document", ("DocumentReference",), s.one(2))
    yield s.fact("document number", ("DocumentReference",), s.one(12))
    yield from _staff(s, 9)


def _sch(s: _Segment) -> Iterator[SourceFact]:
    yield s.fact("appointment number", ("Appointment",), s.one(1))
    yield s.fact("appointment number", ("Appointment",), s.one(2))
    yield s.fact("appointment start", ("Appointment",), day(s.one(11, 4)))
    yield s.fact("appointment reason", ("Appointment",), _code(s, 7))


def _nte(s: _Segment) -> Iterator[SourceFact]:
    for c in s.all(3):
        yield s.fact("note", (), *[normal(x) for x in "^".join(c).split("\n") if x.strip()])


def _person_of(kind: str, field: int, types: tuple[str, ...]) -> Callable[[_Segment], Iterator[SourceFact]]:
    return lambda s: _name(s, field, kind, types)


def _mrg(s: _Segment) -> Iterator[SourceFact]:
    for c in s.all(1):
        yield s.fact("merged number", ("Patient",), _at(c, 1))


_RULES: dict[str, Callable[[_Segment], Iterator[SourceFact]]] = {
    "PID": _pid, "NK1": _nk1, "PV1": _pv1, "OBX": _obx, "OBR": _obr, "ORC": _orc, "AL1": _al1, "IAM": _al1, "IN1": _in1, "RXA": _rxa,
    "TXA": _txa, "SCH": _sch, "NTE": _nte, "MRG": _mrg, "DG1": _coded("diagnosis", ("Condition", "Encounter", "ServiceRequest"), 3, 5),
    "PR1": _coded("procedure", ("Procedure",), 3, 5), "RXE": _coded("medicine", ("MedicationRequest",), 2),
    "RXO": _coded("medicine", ("MedicationRequest",), 1), "RXD": _coded("medicine", ("MedicationDispense",), 2, 3),
    "SPM": _coded("specimen", ("Specimen",), 4), "AIS": _coded("service", ("Appointment",), 3), "FT1": _coded("charge", ("ChargeItem",), 7, 4),
    "GT1": _person_of("guarantor", 3, ("RelatedPerson", "Account", "Organization", "Patient")),
    "PRB": _coded("problem", ("Condition",), 3), "GOL": _coded("goal", ("Goal",), 3),
    "ROL": lambda s: _staff(s, 4), "PRT": lambda s: _staff(s, 5), "PD1": lambda s: _staff(s, 4), "AIP": lambda s: _staff(s, 3),
}  # fmt: skip
