"""Columns whose headers plainly name what a person is known by, in English and Spanish: a layout without a profile.

Only who the row is about; nothing clinical is ever guessed. A table counts as one of persons when it has a surname
or a full name together with a birth date or a personal number; a list of staff, customers or places has not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vado.extract.layout import Layout, compile_layout, fold
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, US_SSN

_MEANING = {
    "Patient.name.family": "surname|last name|lastname|last|family name|familyname|family|name family|"
    "apellidos|apellido|"
    "primer apellido|apellido 1|apellido1|apellido paterno|patient surname|patient last name|segundo apellido|apellido 2|"
    "apellido2|apellido materno|2 apellido|1 apellido",
    "Patient.name.given": "given name|givenname|given|first name|firstname|first|forename|forenames|name given|given names|"
    "nombre de pila|patient first name|patient forename|other given name|middle name|middle|other names|segundo nombre",
    "Patient.name.text": "full name|patient name|name of patient|nombre completo|nombre y apellidos|apellidos y nombre|"
    "nombre del paciente|paciente",
    "Patient.name.prefix": "title|prefix|tratamiento",
    "Patient.name.suffix": "suffix",
    "Patient.name#maiden.family": "maiden|maiden name|birth surname|previous surname|apellido de soltera",
    "Patient.birthDate": "date of birth|birth date|birthdate|dob|patient dob|fecha de nacimiento|fecha nacimiento|"
    "f nacimiento|"
    "f nac|fecha nac|fec nac|fecha de nac|nacimiento",
    "Patient.deceasedDateTime": "date of death|death date|deathdate|dod|fecha de fallecimiento|fecha fallecimiento|"
    "fecha de defuncion",
    "Patient.gender": "sex|gender|sexo|genero|patient sex|administrative gender",
    f"Patient.identifier:{NHS_NUMBER}": "nhs number|nhs no|nhs|nhsnumber|spine nhs number|nhs num",
    f"Patient.identifier:{ES_DNI}": "dni|nif|nie|dni nie|dni nif|dni nie nif|nif nie",
    f"Patient.identifier:{US_SSN}": "ssn|social security number",
    "Patient.identifier": "nhc|mrn|hospital number|hospital no|numero de historia clinica|n historia clinica|n historia|"
    "historia clinica|medical record number|patient id|patientid|id paciente|patient number|person id",
    "Patient.identifier:CIP": "cip|cip sns|cipa|tarjeta sanitaria|n tarjeta sanitaria",
    "Patient.address.line": "address|street|street address|address 1|address1|addr1|address line 1|address line1|"
    "address 2|address2|addr2|address line2|address line3|"
    "address line 2|addr3|address 3|addr4|addr5|address line 3|domicilio|direccion|calle|home address|patient address",
    "Patient.address.city": "city|town|localidad|municipio|poblacion|ciudad",
    "Patient.address.district": "county",
    "Patient.address.state": "state|provincia|province",
    "Patient.address.postalCode": "zip|zip code|zipcode|postcode|post code|postal code|postalcode|cp|"
    "codigo postal|c p|cod postal",
    "Patient.address.country": "country|pais",
    "Patient.telecom:phone": "phone|telephone|phone number|telephone number|home phone|mobile|mobile phone|mobile number|"
    "telefono|"
    "movil|telefono movil|tel|tfno|phone 1|phone 2|telefono 1|telefono 2|telefono fijo",
    "Patient.telecom:email": "email|e mail|email address|mail|correo|correo electronico",
}
_PATH = {words: path for path, listed in _MEANING.items() for words in listed.split("|")}
_AMBIGUOUS = {"last", "first", "middle", "family", "given", "title", "state", "maiden"}  # only with a birth date beside them
_SEX_EN = {"m": "male", "male": "male", "f": "female", "female": "female"}
_SEX_ES = {"h": "male", "v": "male", "hombre": "male", "varon": "male", "m": "female", "mujer": "female"}


def words_of(header: str) -> str:
    """'DATE_OF_BIRTH', 'birthDate', 'F. Nac.' -> 'date of birth', 'birth date', 'f nac'."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.findall(r"[a-z0-9]+", fold(spaced.replace("º", " ").replace("ª", " "))))


def path_of(header: str) -> str | None:
    """Give the FHIR path of one header that plainly names what a person is known by; None: it does not."""
    words = words_of(header)
    return None if words in _AMBIGUOUS else _PATH.get(words)


def meaning(headers: Iterable[str]) -> dict[str, str]:
    """Give header -> FHIR path for the columns of a table of persons; {} when it is not one."""
    headers = list(headers)
    found = {h: _PATH[words_of(h)] for h in headers if words_of(h) in _PATH}
    if "Patient.name.family" in found.values():
        found |= {h: "Patient.name.given" for h in headers if words_of(h) in ("nombre", "name")}
    paths = set(found.values())
    named = bool(paths & {"Patient.name.family", "Patient.name.text"})
    numbered = any(p.startswith("Patient.identifier") for p in paths)
    born = "Patient.birthDate" in paths
    if not born:
        found = {h: p for h, p in found.items() if words_of(h) not in _AMBIGUOUS}
        named = bool(set(found.values()) & {"Patient.name.family", "Patient.name.text"})
    return found if (named and (born or numbered)) or (born and numbered) else {}


def person_layout(columns: Mapping[str, Sequence[Any]]) -> Layout | None:
    """Give the layout of a table of persons from its headers and the values of their columns; None: it is not one."""
    found = meaning(columns)
    map_: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
    single: set[str] = set()
    for header, path in found.items():
        if path in ("Patient.birthDate", "Patient.deceasedDateTime", "Patient.gender") and path in single:
            continue  # a second column of one thing: which one holds is not said
        single.add(path)
        values = {fold(str(v)) for v in columns[header] if str(v).strip()}
        if path.startswith(("Patient.birthDate", "Patient.deceased")) and not _datelike(values):
            continue
        if path == "Patient.gender":
            codes[header] = sexes(values)
        map_[header] = path
    if set(map_) != set(found) and not meaning(map_):
        return None
    if not map_:
        return None
    constant = {"Patient.name#maiden.use": "maiden"} if "Patient.name#maiden.family" in map_.values() else {}
    return compile_layout({"title": "headers that name a person", "map": map_, "code": codes, "constant": constant})


def _datelike(values: Iterable[str]) -> bool:
    """Most values of a column of dates have figures; otherwise it is no such column (a list of mappings, a dictionary)."""
    values = list(values)[:200]
    return not values or sum(bool(re.search(r"\d{2}", v)) and len(v) <= 32 for v in values) >= 0.5 * len(values)


def sexes(values: set[str]) -> dict[str, str]:
    """M is a man beside F, a woman beside H or V; alone it is not said, and such a value is not understood."""
    spanish, english = bool(values & {"h", "v", "hombre", "varon", "mujer"}), bool(values & {"f", "male", "female"})
    sure = {"male": "male", "female": "female", "hombre": "male", "varon": "male", "mujer": "female", "masculino": "male",
            "femenino": "female", "other": "other", "unknown": "unknown", "f": "female", "h": "male"}  # fmt: skip
    if spanish and not english:
        return sure | _SEX_ES
    return sure | _SEX_EN if english and not spanish else sure
