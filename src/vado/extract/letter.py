"""Statements of a letter: sections in English and Spanish, and what each item under them may say about the person.

Few and right: what is denied, doubted, stopped, planned or said of the family is left as text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vado.model.fact import FhirJson
from vado.model.person import plain_letters
from vado.model.reading import Item

_HEADINGS = {
    "Condition": "diagnosis|diagnoses|diagnostico|diagnosticos|diagnostico principal|diagnosticos secundarios|problem list|"
    "active problems|medical problems|juicio clinico|past medical history|antecedentes personales",
    "AllergyIntolerance": "allergies|allergy|known allergies|drug allergies|allergies and adverse reactions|alergias|alergia|"
    "alergias conocidas|alergias medicamentosas",
    "MedicationStatement": "medication|medications|current medication|current medications|medicines|discharge medication|"
    "discharge medications|regular medication|medicacion|medicacion actual|medicacion habitual|tratamiento|tratamiento actual|"
    "tratamiento habitual|tratamiento al alta",
    "Observation": "vital signs|vitals|observations|constantes|constantes vitales|signos vitales|results|laboratory results|"
    "lab results|blood results|test results|resultados|analitica|laboratorio|resultados de laboratorio",
    "": "plan|family history|antecedentes familiares|antecedentes|social history|history|examination|exploracion|"
    "exploracion fisica|follow up|recommendations|recomendaciones|summary|procedures|procedimientos|actions|evolucion|"
    "motivo de consulta|enfermedad actual|reason for referral|signed|copy to|investigations|impression|juicio diagnostico|"
    "medication stopped|stopped medication|medicacion suspendida|differential diagnosis|diagnostico diferencial",
}
_SECTION = {heading: kind for kind, headings in _HEADINGS.items() for heading in headings.split("|")}
_NOT_SAID = re.compile(
    r"\b(no|not|none|nil|without|denies|denied|negative|possible|possibly|probable|probably|suspected|suspicion|query|likely|"
    r"rule out|exclude|excluded|family|mother|father|brother|sister|stopped|stop|discontinued|ceased|sin|niega|ningun[ao]?|"
    r"negativo|posible|posiblemente|sospecha|descartar|descartad[ao]|familiar(es)?|madre|padre|herman[ao]|suspender|suspendid[ao]|"
    r"retirad[ao]|if|si|consider|valorar|risk of|riesgo de|unlikely|previous|n/?a|refused|until|pending|pendiente|"
    r"never|nunca)\b|\?"
)
_NO_ALLERGY = re.compile(
    r"(no known (drug |food |medication )*allerg(y|ies)|nkda|nka|no allergies|sin alergias( medicamentosas)? conocidas|"
    r"no alergias( medicamentosas)? conocidas|no (refiere )?alergias( conocidas)?|none known|nil known|"
    r"ningun[ao] conocid[ao])[ .]*"
)
_BULLET = re.compile(r"^\s*(?:[-*•·●▪–]|\(?\d{1,2}[.)])\s+")
_DOSE = re.compile(
    r"^(?P<drug>[^\d]{3,60}?\s+\d[\d.,/]*\s?(?:mg|g|mcg|µg|ug|ml|ui|iu|units?|unidades|%)(?:/\w+)?)\b[\s,:;-]*(?P<rest>.*)$", re.I
)
_UNIT = r"(?:[a-zµ%°^0-9]{1,8}(?:\s?/\s?[a-z0-9.^²]{1,10}){1,2}|%|mmhg|bpm|lpm|rpm|kg|cm|g|fl|pg|°c|ºc|x?10[\^*]\d+/\w+)"
_RESULT = re.compile(
    r"^(?P<name>[^\W\d_][^:=<>|]{1,40}?)\s*[:=]?\s+(?P<sign>[<>]=?)?\s*(?P<number>\d{1,6}(?:[.,]\d{1,3})?)\s*"
    r"(?P<unit>" + _UNIT + r")(?:\s*[\[(].{0,40}[\])])?\s*[hl*]?[.;]?$", re.I,
)  # fmt: skip
_PRESSURE = re.compile(
    r"^(?P<name>bp|blood pressure|ta|tension arterial|presion arterial)\s*[:=]?\s*(?P<high>\d{2,3})\s?/\s?(?P<low>\d{2,3})"
    r"\s*(?P<unit>mm ?hg)?[.;]?$"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement about the person: a resource without id and subject, text only, and where it stood."""

    resource: FhirJson
    item: Item
    rule: str
    confidence: float  # chance in [0, 1] that the rule read it right


def candidates(lines: Sequence[Item]) -> tuple[Candidate, ...]:
    """Give what a letter's sections state about the person, in order."""
    found: list[Candidate] = []
    for kind, item, text in _stated(lines):
        for part in _parts(kind, text):
            if made := _statement(kind, part):
                found.append(Candidate(made[0], item, f"letter section -> {kind}", made[1]))
    return tuple(found)


_ALLERGY_LINES = 0  # lines without bullet under the heading: often another list (Blue Button: past illnesses)


def _stated(lines: Iterable[Item]) -> Iterator[tuple[str, Item, str]]:
    """Give (kind of section, item, its text) for the lines under a known heading; any other heading ends the section."""
    kind, left = "", 0
    for item in lines:
        if item.label != "line":
            continue
        before, colon, after = item.value.partition(":")
        heading = _heading(before)
        if heading is not None and (colon or _heading(item.value) is not None):
            kind, left = heading, _ALLERGY_LINES if heading == "AllergyIntolerance" else 40
            if after.strip() and kind:
                left = 0 if kind == "AllergyIntolerance" else left
                yield kind, item, after.strip()
        elif (colon and not after.strip()) or (left == 0 and not _BULLET.match(item.value)):
            kind = ""
        elif kind:
            left = max(0, left - 1)
            yield kind, item, item.value


def _heading(text: str) -> str | None:
    return _SECTION.get(" ".join(re.findall(r"[a-z]+", plain_letters(text))) if len(text) < 50 else "\0")


def _parts(kind: str, text: str) -> list[str]:
    text = _BULLET.sub("", text)
    return [part.strip(" .") for part in re.split(r";|\s\|\s", text) if part.strip(" .")]


def _statement(kind: str, text: str) -> tuple[FhirJson, float] | None:
    plain = plain_letters(text)
    if kind == "AllergyIntolerance" and _NO_ALLERGY.fullmatch(plain):
        return _allergy(text), 0.95
    if _NOT_SAID.search(plain) or len(text) > 100:
        return None
    if kind == "Observation":
        return _pressure(plain) or _result(text)
    if not (1 <= len(text.split()) <= 10 and sum(c.isalpha() for c in text) >= 0.5 * len(text)):
        return None
    if kind == "AllergyIntolerance":
        return (_allergy(text), 0.85) if len(text.split()) <= 5 and len(text) > 3 and ":" not in text else None
    if kind == "Condition":
        if len(text) < 3 or ":" in text or not text[0].isupper() or text.isupper() and len(text.split()) > 6:
            return None
        return {
            "resourceType": "Condition",
            "verificationStatus": _unconfirmed("condition-ver-status"),
            "code": {"text": text},
        }, 0.8
    return _medicine(text)


def _unconfirmed(name: str) -> FhirJson:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{name}", "code": "unconfirmed"}]}


def _allergy(text: str) -> FhirJson:
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": active,  # FHIR ait-1 asks for it; the list is of those that hold now
        "verificationStatus": _unconfirmed("allergyintolerance-verification"),
        "code": {"text": text},
    }


def _medicine(text: str) -> tuple[FhirJson, float] | None:
    """A medicine with its strength; a line without one may be advice, and stays text."""
    match = _DOSE.match(text)
    if not match:
        return None
    resource: FhirJson = {
        "resourceType": "MedicationStatement",
        "status": "unknown",
        "medicationCodeableConcept": {"text": match["drug"].strip()},
    }
    if rest := match["rest"].strip(" .,;)"):
        resource["dosage"] = [{"text": rest}]
    return resource, 0.85


def _result(text: str) -> tuple[FhirJson, float] | None:
    match = _RESULT.match(text)
    if not match or len(match["name"].split()) > 5:
        return None
    resource: FhirJson = {"resourceType": "Observation", "status": "unknown", "code": {"text": match["name"].strip(" .:-")}}
    written, unit = match["number"], match["unit"]
    if re.fullmatch(r"\d+[.,]\d{3}", written):  # thousands or decimals: not said
        resource["valueString"] = f"{match['sign'] or ''}{written} {unit}"
        return resource, 0.7
    number = float(written.replace(",", "."))
    quantity: FhirJson = {"value": int(number) if written.isdigit() else number, "unit": unit}
    if match["sign"]:
        quantity["comparator"] = match["sign"]
    resource["valueQuantity"] = quantity
    return resource, 0.85


def _pressure(plain: str) -> tuple[FhirJson, float] | None:
    match = _PRESSURE.match(plain)
    if not match or not int(match["low"]) < int(match["high"]) < 300:
        return None
    unit = {"unit": "mmHg"} if match["unit"] else {}
    parts = [("Systolic", match["high"]), ("Diastolic", match["low"])]
    component = [{"code": {"text": name}, "valueQuantity": {"value": int(value), **unit}} for name, value in parts]
    return {
        "resourceType": "Observation",
        "status": "unknown",
        "code": {"text": "Blood pressure"},
        "component": component,
    }, 0.9
