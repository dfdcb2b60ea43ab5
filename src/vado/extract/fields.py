"""Who a document is about: labelled values of lines and form fields, English and Spanish, and the Patient they make."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from vado.extract.characters import same_length
from vado.extract.lines import same_row
from vado.extract.numbers import in_words
from vado.model.fact import FhirJson
from vado.model.partner import PartnerProfile
from vado.model.person import plain_letters
from vado.model.reading import Fidelity, Item
from vado.terms.identifiers import ES_CIP_SNS, ES_CIPA, ES_DNI, MX_CURP, NHS_NUMBER, repaired, valid

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
    "cip": "cip|cip sns|codigo sns|tarjeta sanitaria|n tarjeta sanitaria",
    "cipa": "cipa",
    "nass": "nass|nuss|n seguridad social|no seguridad social|numero de la seguridad social|n afiliacion|numero de afiliacion",
    "curp": "curp",
    "post": "cp|codigo postal|postcode|post code|zip code",
    "city": "localidad|localidad provincia|poblacion|municipio",
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
_IN_WORDS = re.compile(r"([a-z]+(?: y [a-z]+)?) de ([a-z]{3,10}) del? ([a-z ]{3,60})")
_TITLE = re.compile(r"^(?:d\.?\s?/\s?d(?:ña|ª|a)\.?|dª\.?|mr|mrs|ms|miss|master|sr|sra|srta|d|dña|don|doña)\.?\s+", re.IGNORECASE)
_TOLD_SEX = re.compile(r"\b(?:(mujer|varon|hombre) de \d{1,3} anos|paciente (mujer|varon|hombre))\b")
_SEXES: dict[str, str] = {
    **dict.fromkeys(("m", "male", "man", "h", "hombre", "varon", "masculino"), "male"),
    **dict.fromkeys(("f", "female", "woman", "mujer", "femenino"), "female"),
}


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
    if (match := _IN_WORDS.fullmatch(plain)) and match[2] in _MONTHS:
        number, year = in_words(match[1]), in_words(match[3])
        return _day(str(year), str(_MONTHS[match[2]]), str(number)) if number and year else None
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
    text = same_length(item.value)
    if match:  # numbers may follow
        text = " " * match.end() + text[match.end() :]
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
    repaired: tuple[Labelled, ...] = ()  # numbers that hold only with look-alikes exchanged
    bad_date: Item | None = None


def person(found: Iterable[Labelled], partner: PartnerProfile, *, spoken: Fidelity, text: str = "") -> Named | None:
    """Make the Patient of these labelled values; None: nobody is named clearly enough.

    A name alone is not enough under a label that may name anything ('Name:'); with a birth date or a number it is.
    Different values of one thing mean more than one person: then nobody is taken. `text` is all of the document.
    """
    first: dict[str, Labelled] = {}
    for x in found:
        before = first.setdefault(x.concept, x)
        if x.concept in ("patient", "birth", "nhs", "dni", "curp", "record") and _key(before.value) != _key(x.value):
            return Named({}, (), more_than_one=True)
    resource: FhirJson = {"resourceType": "Patient"}
    used: list[Labelled] = []
    bad_date = None
    mended: list[Labelled] = []
    identifiers = _identifiers(first, partner, used, mended if spoken == Fidelity.IMAGE else None)
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
    if (sex := first.get("sex")) and (gender := _gender(sex.value, partner, text)):
        resource["gender"] = gender
        used.append(sex)
    if address := first.get("address"):
        resource["address"] = [_address(address, first, used)]
    if phone := first.get("phone"):
        resource["telecom"] = [{"system": "phone", "value": phone.value}]
        used.append(phone)
    told = "patient" in first and len(first["patient"].items) == 1  # on one line with its label, not the next cell of a form
    enough = "name" in resource and (told or identifiers or "birthDate" in resource)
    return (
        Named(resource, tuple(used), repaired=tuple(mended), bad_date=bad_date)
        if enough or (identifiers and "birthDate" in resource)
        else None
    )


def _gender(written: str, partner: PartnerProfile, text: str) -> str | None:
    """Read a sex; where Spanish is written a bare M is 'mujer' or 'masculino': only the words of the letter tell which."""
    word = plain_letters(written).strip(" .")
    if word != "m" or "es" not in partner.languages:
        return _SEXES.get(word)
    told = {m[1] or m[2] for m in _TOLD_SEX.finditer(plain_letters(text))}
    return _SEXES[told.pop()] if len(told) == 1 else None


def _address(street: Labelled, first: dict[str, Labelled], used: list[Labelled]) -> FhirJson:
    """The street as written, with town and postal code where they are labelled too."""
    made: FhirJson = {"text": street.value.strip(" .,")}
    used.append(street)
    for concept, element in (("city", "city"), ("post", "postalCode")):
        if (x := first.get(concept)) and (value := x.value.strip(" .,")):
            made[element] = value
            used.append(x)
    return made


def _key(value: str) -> str:
    return "".join(sorted(re.findall(r"[a-z0-9]+", plain_letters(_TITLE.sub("", value)))))


def _name(first: dict[str, Labelled], used: list[Labelled]) -> FhirJson | None:
    given = first.get("given") or (first.get("name") if "family" in first else None)
    if (family := first.get("family")) and given and _is_name(family.value) and _is_name(given.value):
        used += [family, given]
        return {"family": family.value.strip(" .,"), "given": given.value.strip(" .,").split()}
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


_CHECKED = (("nhs", NHS_NUMBER), ("dni", ES_DNI), ("curp", MX_CURP))
_AS_WRITTEN = "http://hl7.org/fhir/StructureDefinition/originalText"


def _identifiers(
    first: dict[str, Labelled], partner: PartnerProfile, used: list[Labelled], mended: list[Labelled] | None
) -> list[FhirJson]:
    """The numbers that can be right; `mended` takes those of which OCR took a look-alike, None: nothing was read by OCR."""
    found: list[FhirJson] = []
    for concept, system in _CHECKED:
        if not (x := first.get(concept)):
            continue
        written = re.sub(r"[\s.-]", "", x.value).upper()
        if valid(system, written):
            found.append({"system": system, "value": written})
            used.append(x)
        elif mended is not None and (number := repaired(system, written)):
            found.append({"extension": [{"url": _AS_WRITTEN, "valueString": x.value}], "system": system, "value": number})
            used.append(x)
            mended.append(x)
    names = {plain_letters(k): v for k, v in partner.identifier_systems.items()}
    for concept, make in (("record", _record), ("cip", _card), ("cipa", _card), ("nass", _insurance)):
        if (x := first.get(concept)) and (identifier := make(x, names, partner)):
            found.append(identifier)
            used.append(x)
    return found


def _record(x: Labelled, names: dict[str, str], partner: PartnerProfile) -> FhirJson | None:
    """The partner's own number of a person."""
    value = _number(x.value.split()[0])
    if not value:
        return None
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    system = next((names[k] for k in ("record", "nhc", "mrn") if k in names), f"urn:x-vado:partner:{partner.id}")
    return {"type": kind, "system": system, "value": value}


def _card(x: Labelled, names: dict[str, str], _: PartnerProfile) -> FhirJson | None:
    """The number of a health card: the national one by its shape, a region's under the name of its label."""
    value = _number("".join(x.value.split()).upper())
    if valid(ES_CIP_SNS, value):
        return {"type": {"text": "CIP-SNS"}, "system": ES_CIP_SNS, "value": value}
    if not value or (x.concept == "cipa" and not valid(ES_CIPA, value)):
        return None
    made: FhirJson = {"type": {"text": x.concept.upper()}, "value": value}
    return made | ({"system": names[x.concept]} if x.concept in names else {})


def _insurance(x: Labelled, names: dict[str, str], _: PartnerProfile) -> FhirJson | None:
    """The social security number as written, right or not: it has no system, so nobody is linked by it."""
    value = re.sub(r"[\s/.-]", "", x.value)
    if not re.fullmatch(r"[0-9]{9,12}", value):
        return None
    return {"type": {"text": "NASS"}, "value": value} | ({"system": names["nass"]} if "nass" in names else {})


def _number(text: str) -> str:
    """A number as a partner writes it; '' when it looks like none."""
    text = text.strip(" .,;")
    return text if re.fullmatch(r"(?=.*\d)[A-Za-z0-9/.-]{3,24}", text) else ""
