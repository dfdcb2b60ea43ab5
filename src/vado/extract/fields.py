"""Who a document is about: labelled values of lines and form fields, English and Spanish, and the Patient they make."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from vado.extract.characters import same_length
from vado.extract.lines import same_row
from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.model.person import plain_letters
from vado.model.reading import Fidelity, Item
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, valid

_LABELS = {
    "patient": "patient name|name of patient|patients name|nombre del paciente|paciente|patient|nombre y apellidos|"
    "apellidos y nombre|full name|nombre completo",
    "name": "name|nombre",
    "given": "first name|given name|given names|forename|forenames|firstname",
    "family": "surname|last name|family name|lastname|apellidos|primer apellido",
    "birth": "date of birth|dob|d o b|birth date|birthdate|birth day|fecha de nacimiento|fecha nacimiento|f nacimiento|"
    "fecha nac|f nac|fec nac|fecha de nac",
    "sex": "sex|gender|sexo|genero",
    "nhs": "nhs number|nhs no|nhs",
    "dni": "dni|nif|nie|dni nie|dni nif",
    "record": "mrn|hospital number|hospital no|nhc|n historia clinica|no historia clinica|numero de historia clinica|n historia|"
    "medical record number|medical record no|patient id|historia clinica",
    "cip": "cip|cip sns|cipa",
    "address": "patient address|direccion del paciente|domicilio",
    "phone": "patient phone|telefono del paciente",
}
_CONCEPT = {label: concept for concept, labels in _LABELS.items() for label in labels.split("|")}
_PLAIN = {"name", "patient", "given"}  # words that also stand in running text: only at the start of a line
_OTHERS = re.compile(
    r"next of kin|emergency contact|insured|policy ?holder|subscriber|guarantor|relationship|cuidador|familiar de|"
    r"contacto de|employer|applicant|guardian|spouse|father|mother|padre|madre|carer|physician|"
    r"provider|doctor|medico|sender|referr"
)
_LABELLED = re.compile(r"(?:^|(?<=[\s(,;|]))(" + "|".join(
    sorted((r"[\s.ºª°/_]{0,3}".join(map(re.escape, k.split())) for k in _CONCEPT), key=len, reverse=True)
) + r")[.ºª°]?\s*(?:\([^)]{0,20}\))?\s*[:：]\s*")  # fmt: skip
_REGARDING = re.compile(
    r"^(?:re|ref|regarding|asunto)\s*[:.]?\s*(?P<name>(?:(?:mr|mrs|ms|miss|dr|sr|sra|d|dña|don|doña)\.?\s+)?[^\W\d_][^\d:(,]{3,60}?)"
    r"[\s,(–-]+(?:dob|d\.o\.b\.?|date of birth|born(?: on)?|nacid[oa] el|f\.? ?nac\.?)\s*[:.]?\s*"
    r"(?P<birth>[\w ,./-]{6,22}?\d{2,4})\b",
    re.IGNORECASE,
)
_MONTH_NAMES = (
    "jan january ene enero|feb february febrero|mar march marzo|apr april abr abril|may mayo|jun june junio|jul july julio|"
    "aug august ago agosto|sep sept september septiembre setiembre|oct october octubre|nov november noviembre|"
    "dec december dic diciembre"
)
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES.split("|"), 1) for name in names.split()}
_NUMERIC = re.compile(r"(\d{1,4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:de )?([a-z]{3,10})\.?,?[\s-]+(?:de(?:l)? )?(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|master|sr|sra|srta|d|dña|don|doña)\.?\s+", re.IGNORECASE)
_SEXES: dict[str, str] = {
    **dict.fromkeys(("m", "male", "man", "h", "hombre", "varon", "masculino"), "male"),
    **dict.fromkeys(("f", "female", "woman", "mujer", "femenino"), "female"),
}
_CONFUSED = str.maketrans("OoIlSBZ", "0011582")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One value that a label explains, and the items it was read from."""

    concept: str  # a key of the labels above: 'patient', 'birth', 'nhs', ...
    value: str
    items: tuple[Item, ...]


def written_date(text: str, order: str) -> str | None:
    """Give YYYY-MM-DD; None when it is no date of this order ('dmy', 'mdy', 'ymd'), has a two-digit year or does not exist."""
    plain = plain_letters(text).strip(" .,;)")
    if match := _NUMERIC.fullmatch(plain):
        first, second, third = match.groups()
        if len(first) == 4:
            return _day(first, second, third)
        if len(third) != 4 or order == "ymd":
            return None
        return _day(third, first, second) if order == "mdy" else _day(third, second, first)
    if (match := _DAY_FIRST.fullmatch(plain)) and match[2] in _MONTHS:
        return _day(match[3], str(_MONTHS[match[2]]), match[1])
    if (match := _MONTH_FIRST.fullmatch(plain)) and match[1] in _MONTHS:
        return _day(match[3], str(_MONTHS[match[1]]), match[2])
    return None


def _day(year: str, month: str, day: str) -> str | None:
    y, m, d = int(year), int(month), int(day)
    leap = y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)
    longest = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return f"{y:04}-{m:02}-{d:02}" if 1850 <= y <= 2200 and 1 <= m <= 12 and 1 <= d <= longest[m - 1] else None


def labelled(items: Sequence[Item], turned: frozenset[str] = frozenset()) -> list[Labelled]:
    """Find the values that a known label explains: after it, in the cell to its right, in the cell below; or form fields.

    On `turned` pages ('page 2') boxes do not say what is right or below, so cells are not looked for.
    """
    found: list[Labelled] = []
    quiet = 0  # lines that speak about somebody else
    for n, item in enumerate(items):
        if item.label != "line":
            words = _words(item.label)
            if (concept := _CONCEPT.get(words)) and not _OTHERS.search(words):
                found.append(Labelled(concept, item.value.strip(), (item,)))
            continue
        quiet = 6 if _OTHERS.search(plain_letters(item.value)) and ":" in item.value else max(0, quiet - 1)
        if not quiet:
            found += _in_line(items, n, cells=_page(item) not in turned)
    return [x for x in found if x.value]


def _words(label: str) -> str:
    """'form1[0].Page1[0].PatientName[0]' -> 'patient name'."""
    last = re.sub(r"\[\d+\]", "", label).rsplit(".", 1)[-1] if re.search(r"\w\.\w|\[\d", label) else label
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last)
    return " ".join(re.findall(r"[a-z]+", plain_letters(spaced)))


def _in_line(items: Sequence[Item], n: int, *, cells: bool) -> Iterator[Labelled]:
    item = items[n]
    if match := _REGARDING.match(item.value):
        yield Labelled("patient", match["name"], (item,))
        yield Labelled("birth", match["birth"], (item,))
        return
    text = same_length(item.value)
    matches = [m for m in _LABELLED.finditer(text) if m.start() == 0 or _CONCEPT.get(_words(m[1])) not in _PLAIN]
    for m, following in zip_longest(matches, matches[1:]):
        value = item.value[m.end() : following.start() if following else None].strip(" ,;|()")
        concept = _CONCEPT[_words(m[1])]
        if value and ":" not in value:
            yield Labelled(concept, re.split(r"\s{3,}|\t|\|", value)[0].strip(), (item,))
        elif cells and not value and following is None and (cell := _beside(items, n)):
            yield Labelled(concept, cell.value.strip(), (item, cell))
    if cells and not matches and (concept := _CONCEPT.get(_words(item.value))) and (cell := _beside(items, n)):
        yield Labelled(concept, cell.value.strip(), (item, cell))


def _beside(items: Sequence[Item], n: int) -> Item | None:
    """The cell to the right on the same row, else the next one below that begins at the same left edge; never a label."""
    box, page = items[n].place.box, _page(items[n])
    near = [x for x in items[max(0, n - 40) : n + 40] if x is not items[n] and x.place.box and _page(x) == page]
    if not box:
        return None
    right = [x for x in near if x.place.box and same_row(box, x.place.box) and x.place.box.left >= box.right - 0.01]
    height = box.bottom - box.top
    below = [
        x for x in near
        if x.place.box and abs(x.place.box.left - box.left) < 0.02 and 0 <= x.place.box.top - box.bottom + height / 2 < 2 * height
    ]  # fmt: skip
    cell = min(right, key=lambda x: x.place.box.left) if right else min(below, key=lambda x: x.place.box.top, default=None)  # type: ignore[union-attr]
    if cell is None or ":" in cell.value or _words(cell.value) in _CONCEPT:
        return None
    return cell


def _page(item: Item) -> str:
    return item.place.path.partition(" / ")[0]


@dataclass(frozen=True, slots=True)
class Named:
    """The person a document names: the Patient resource without its id, what it was read from, what went wrong."""

    resource: FhirJson
    used: tuple[Labelled, ...]
    more_than_one: bool = False
    bad_date: Item | None = None


def person(found: Iterable[Labelled], partner: PartnerProfile, *, spoken: Fidelity) -> Named | None:
    """Make the Patient of these labelled values; None: nobody is named clearly enough.

    A name alone is not enough under a label that may name anything ('Name:'); with a birth date or a number it is.
    Different values of one thing mean more than one person: then nobody is taken.
    """
    first: dict[str, Labelled] = {}
    for x in found:
        before = first.setdefault(x.concept, x)
        if x.concept in ("patient", "birth", "nhs", "dni", "record") and _key(before.value) != _key(x.value):
            return Named({}, (), more_than_one=True)
    resource: FhirJson = {"resourceType": "Patient"}
    used: list[Labelled] = []
    bad_date = None
    identifiers = _identifiers(first, partner, used, ocr=spoken == Fidelity.IMAGE)
    if identifiers:
        resource["identifier"] = identifiers
    if name := _name(first, used):
        resource["name"] = [name]
    if birth := first.get("birth"):
        if day := written_date(birth.value, partner.dates):
            resource["birthDate"] = day
            used.append(birth)
        else:
            bad_date = birth.items[-1]
    if (sex := first.get("sex")) and (gender := _gender(sex.value, partner)):
        resource["gender"] = gender
        used.append(sex)
    if address := first.get("address"):
        resource["address"] = [{"text": address.value}]
        used.append(address)
    if phone := first.get("phone"):
        resource["telecom"] = [{"system": "phone", "value": phone.value}]
        used.append(phone)
    told = "patient" in first and len(first["patient"].items) == 1  # on one line with its label, not the next cell of a form
    enough = "name" in resource and (told or identifiers or "birthDate" in resource)
    return Named(resource, tuple(used), bad_date=bad_date) if enough or (identifiers and "birthDate" in resource) else None


def _gender(written: str, partner: PartnerProfile) -> str | None:
    """Read a sex; where Spanish is written a bare M says nothing: 'mujer' or 'masculino'."""
    word = plain_letters(written).strip(" .")
    return None if word == "m" and "es" in partner.languages else _SEXES.get(word)


def _key(value: str) -> str:
    return "".join(sorted(re.findall(r"[a-z0-9]+", plain_letters(_TITLE.sub("", value)))))


def _name(first: dict[str, Labelled], used: list[Labelled]) -> FhirJson | None:
    given = first.get("given") or (first.get("name") if "family" in first else None)
    if (family := first.get("family")) and given and _is_name(family.value) and _is_name(given.value):
        used += [family, given]
        return {"family": family.value, "given": given.value.split()}
    whole = first.get("patient") or first.get("name")
    if not whole or not _is_name(text := _TITLE.sub("", whole.value).strip(" ,.")):
        return None
    used.append(replace(whole, value=text))
    before, comma, after = text.partition(",")
    if comma and before.strip() and after.strip():  # 'García López, Ana': surnames first
        return {"text": text, "family": before.strip(), "given": after.split()}
    return {"text": text}  # which word is a surname is not said


def _is_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 and len(text) <= 70 and not any(c.isdigit() or c in "@:;=?_$%" for c in text) and len(text.split()) <= 8


def _identifiers(first: dict[str, Labelled], partner: PartnerProfile, used: list[Labelled], *, ocr: bool) -> list[FhirJson]:
    found: list[FhirJson] = []
    for concept, system in (("nhs", NHS_NUMBER), ("dni", ES_DNI)):
        if (x := first.get(concept)) and (number := _checked(system, x.value, ocr=ocr)):
            found.append({"system": system, "value": number})
            used.append(x)
    for concept, kind in (("record", "MR"), ("cip", "")):
        x = first.get(concept)
        value = x.value.split()[0] if x and x.value else ""
        if not x or not re.fullmatch(r"(?=.*\d)[A-Za-z0-9/.-]{3,24}", value):
            continue
        names = {plain_letters(k): v for k, v in partner.identifier_systems.items()}
        system = next((names[k] for k in (concept, "nhc", "mrn") if k in names), "")
        identifier: FhirJson = {"value": value}
        if kind:
            identifier["type"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": kind}]}
            identifier["system"] = system or f"urn:x-vado:partner:{partner.id}"
        else:
            identifier["type"] = {"text": "CIP"}
            if "cip" in names:
                identifier["system"] = names["cip"]
        found.append(identifier)
        used.append(x)
    return found


def _checked(system: str, written: str, *, ocr: bool) -> str | None:
    """Give the number if its check digit fits; for OCR also with look-alikes exchanged; None: it does not fit."""
    compact = re.sub(r"[\s.-]", "", written).upper()
    if valid(system, compact):
        return compact
    if ocr:
        body, end = (compact[:-1], compact[-1:]) if system == ES_DNI else (compact, "")
        head = body[:1] if system == ES_DNI and body[:1] in "XYZ" else ""
        other = head + body[len(head) :].translate(_CONFUSED) + end
        if valid(system, other):
            return other
    return None
