"""Propose a layout for a table nobody has described yet: from the words of its headers and the values under them.

A proposal is for a person to accept. Its confidence is the share of evidence: 0.6 for a header whose words plainly name the element,
0.4 times the share of values that have the form which the element asks for; a form that only such values have (check digits, LOINC,
ICD-10) counts on its own with 0.9 times that share.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vado.extract.layout import fold
from vado.extract.person import meaning, words_of
from vado.terms.identifiers import ES_DNI, NHS_NUMBER, valid

_SAMPLE = 500  # values of a column that are looked at
_LEAST = 0.5  # below this nothing is proposed
_UNIT_IN_HEADER = re.compile(r"^(?P<name>.{1,60}?)\s*[\(\[](?P<unit>[^)\]]{1,20})[\)\]]\s*$")
_NUMBER = re.compile(r"[<>]?=?\s*-?\d{1,9}(?:[.,]\d{1,6})?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
_LOINC = re.compile(r"\d{1,5}-\d")
_ICD10 = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?")
_SNOMED = re.compile(r"\d{6,18}")
_UNIT = re.compile(r"[A-Za-zµμ%°][A-Za-zµμ0-9/*^%.²³ ]{0,14}|10\^?\d+/.{1,6}")
_ICD10_SYSTEM = "http://hl7.org/fhir/sid/icd-10"
_WORDS = {
    "Observation.code.text": "test|test name|analyte|prueba|determinacion|parametro|analito|magnitud|test description|analisis|examen",
    "Observation.code.coding:http://loinc.org": "loinc|loinc code|codigo loinc|cod loinc",
    "Observation.code.coding": "test code|codigo prueba|cod prueba|codigo de prueba|code test",
    "Observation.value": "value|result|resultado|valor|result value|test result|valor resultado",
    "Observation.valueQuantity.unit": "unit|units|unidad|unidades|uom|ud|uds",
    "Observation.referenceRange.text": "reference range|range|normal range|rango|rango de referencia|valores de referencia|ref range|"
    "rango referencia|intervalo de referencia",
    "Observation.interpretation.text": "flag|abnormal flag|indicador|alarma|abnormal|interpretacion",
    "Observation.effectiveDateTime": "date|fecha|result date|collection date|fecha resultado|fecha de la prueba|fecha extraccion|"
    "fecha toma|date collected|sample date|fecha muestra|observation date|fecha peticion|test date",
    "Condition.code.text": "diagnosis|diagnostico|diagnosis description|problem|problema|condition|dx|descripcion diagnostico|enfermedad",
    f"Condition.code.coding:{_ICD10_SYSTEM}": "icd10|icd 10|cie10|cie 10|icd10 code|codigo cie|codigo cie 10|cod cie|diagnosis code|dx code",
    "Condition.onsetDateTime": "onset|onset date|diagnosis date|fecha diagnostico|fecha inicio problema",
    "AllergyIntolerance.code.text": "allergy|allergen|alergia|alergeno|alergias|allergies",
    "MedicationStatement.medicationCodeableConcept.text": "medication|drug|medicine|medicamento|farmaco|principio activo|medicacion|"
    "drug name|nombre medicamento",
    "MedicationStatement.dosage.text": "dose|dosage|dosis|posologia|pauta|sig|instructions",
    "Immunization.vaccineCode.text": "vaccine|vacuna|immunization|vaccine name|nombre vacuna",
    "Procedure.code.text": "procedure|procedimiento|intervencion|procedure description",
}  # fmt: skip
_PATH = {words: path for path, listed in _WORDS.items() for words in listed.split("|")}
_MEASURES = {  # one column a measurement: header -> words, usual unit
    "weight": "kg", "peso": "kg", "height": "cm", "talla": "cm", "altura": "cm", "bmi": "kg/m2", "imc": "kg/m2", "hba1c": "%",
    "systolic": "mm[Hg]", "sistolica": "mm[Hg]", "diastolic": "mm[Hg]", "diastolica": "mm[Hg]", "tas": "mm[Hg]", "tad": "mm[Hg]",
    "pulse": "/min", "heart rate": "/min", "frecuencia cardiaca": "/min", "fc": "/min", "temperature": "Cel", "temperatura": "Cel",
    "glucose": "", "glucosa": "", "creatinine": "", "creatinina": "", "cholesterol": "", "colesterol": "", "hdl": "", "ldl": "",
    "triglycerides": "", "trigliceridos": "", "hemoglobin": "", "hemoglobina": "", "haemoglobin": "", "sodium": "", "sodio": "",
    "potassium": "", "potasio": "", "tsh": "", "urea": "", "ast": "", "alt": "", "ggt": "", "inr": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column may be."""

    label: str
    path: str  # as in [table.map]; '' when nothing is proposed
    confidence: float  # in [0, 1]
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A layout to accept: what each column may be, and the [[table]] made of it."""

    guesses: tuple[Guess, ...]
    table: Mapping[str, Any]  # {} when too little was understood to make one

    @property
    def confidence(self) -> float:
        """The least sure of the columns that are used."""
        return min((g.confidence for g in self.guesses if g.path), default=0.0)


def propose(columns: Mapping[str, Sequence[Any]], title: str) -> Proposal:
    """Propose a layout for a table with these columns (label -> values, empty ones left out)."""
    people = meaning(columns)
    guesses = [_guess(label, [v for v in values if str(v).strip()][:_SAMPLE], people) for label, values in columns.items()]
    guesses = _one_each(guesses)
    long_ = any(g.path == "Observation.value" for g in guesses)
    constants: dict[str, str] = {}
    if not long_:
        guesses = [_measure(g, columns[g.label], constants) if not g.path else g for g in guesses]
        guesses = _dated(guesses, constants)
    guesses = _without_orphans(guesses)
    used = {g.label: g.path for g in guesses if g.path}
    if not used:
        return Proposal(tuple(guesses), {})
    table: dict[str, Any] = {"title": title, "recognise": list(used)}
    if order := date_order([v for g in guesses if g.path.lower().endswith(("date", "datetime")) for v in columns[g.label]]):
        table["dates"] = order
    if mark := decimal_mark([v for g in guesses if ".value" in g.path for v in columns[g.label]]):
        table["decimal"] = mark
    table["map"] = used
    if constants := {
        k: v for k, v in constants.items() if any(p.partition(".")[0] == k.partition(".")[0] for p in used.values())
    }:
        table["constant"] = constants
    if codes := {g.label: _sexes(columns[g.label]) for g in guesses if g.path == "Patient.gender"}:
        table["code"] = {label: list_ for label, list_ in codes.items() if list_}
    return Proposal(tuple(guesses), table)


def _guess(label: str, values: list[Any], people: Mapping[str, str]) -> Guess:
    words = words_of(label)
    path = people.get(label) or _PATH.get(words, "")
    own = _by_values(values, words)
    if own and (not path or own[0].partition(":")[0] == path.partition(":")[0] or own[1] > 0.85):
        return Guess(label, own[0], round(max(own[1], 0.6 + 0.4 * own[1]) if path else own[1], 2), own[2])
    if not path:
        return Guess(label, "", 0.0, "no header word and no form of values that is known")
    share = _fit(path, values)
    confidence = round(0.6 + 0.4 * share, 2) if share >= 0.5 or not values else round(0.6 * share, 2)
    why = f"header; {share:.0%} of the values fit"
    return Guess(label, path if confidence >= _LEAST else "", confidence, why)


def _by_values(values: list[Any], words: str) -> tuple[str, float, str] | None:
    """Forms that hardly anything else has."""
    texts = [str(v).strip() for v in values]
    if len(texts) < 3:
        return None
    checks: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        (
            f"Patient.identifier:{NHS_NUMBER}",
            lambda t: valid(NHS_NUMBER, re.sub(r"\D", "", t)) is True,
            "NHS numbers by their check digit",
        ),
        (
            f"Patient.identifier:{ES_DNI}",
            lambda t: valid(ES_DNI, t.replace("-", "").upper()) is True,
            "DNI or NIE by their check letter",
        ),
        ("Observation.code.coding:http://loinc.org", lambda t: bool(_LOINC.fullmatch(t)), "LOINC codes by their form"),
    )
    for path, check, why in checks:
        share = sum(map(check, texts)) / len(texts)
        if share >= 0.8:
            return path, round(0.9 * share, 2), f"{why}: {share:.0%}"
    share = sum(bool(_ICD10.fullmatch(t)) for t in texts) / len(texts)
    if share >= 0.8 and any(w in words for w in ("diag", "dx", "icd", "cie", "code", "cod")):
        return f"Condition.code.coding:{_ICD10_SYSTEM}", round(0.9 * share, 2), f"ICD-10 codes by their form: {share:.0%}"
    return None


def _fit(path: str, values: list[Any]) -> float:
    """Say what share of the values has the form that the element asks for; 1.0 where any text will do."""
    texts = [str(v).strip() for v in values]
    if not texts:
        return 0.0
    tests: dict[str, Callable[[str], bool]] = {
        "date": lambda t: bool(_DATE.fullmatch(t)) or (t.replace(".", "").isdigit() and 5 <= len(t) <= 8),
        "unit": lambda t: bool(_UNIT.fullmatch(t)),
        "coding": lambda t: " " not in t and len(t) <= 20,
        "gender": lambda t: (
            fold(t) in {"m", "f", "h", "v", "male", "female", "hombre", "mujer", "varon", "masculino", "femenino", "o", "u"}
        ),
    }
    leaf = path.lower()
    kind = next((k for k in tests if leaf.endswith((k, f"{k}time")) or f".{k}" in leaf.partition(":")[0]), "")
    return sum(map(tests[kind], texts)) / len(texts) if kind else 1.0


def _one_each(guesses: list[Guess]) -> list[Guess]:
    """Of several columns for one thing that there is once, the surest stays; numbered diagnoses are several."""
    repeats = ("Patient.name", "Patient.identifier", "Patient.address", "Patient.telecom")
    best: dict[str, Guess] = {}
    for g in guesses:
        if g.path and not g.path.startswith(repeats) and g.confidence > best.get(g.path, Guess("", "", -1.0, "")).confidence:
            best[g.path] = g
    made = []
    for g in guesses:
        if g.path and g.path in best and best[g.path] is not g:
            g = Guess(g.label, "", 0.0, f"{best[g.path].label} is already that")
        made.append(g)
    return made


def _measure(guess: Guess, values: Sequence[Any], constants: dict[str, str]) -> Guess:
    """A column of numbers whose header names a measurement, with or without its unit."""
    texts = [str(v).strip() for v in values if str(v).strip()][:_SAMPLE]
    share = sum(bool(_NUMBER.fullmatch(t)) for t in texts) / len(texts) if texts else 0.0
    match = _UNIT_IN_HEADER.match(guess.label)
    name = match["name"] if match else guess.label
    known = _MEASURES.get(words_of(name))
    if share < 0.8 or (known is None and not match) or guess.why.endswith("is already that"):
        return guess
    tag = re.sub(r"[^a-z0-9]", "", words_of(name))[:20] or "value"
    here = f"Observation#{tag}"
    constants[f"{here}.code.text"] = name.strip()
    constants[f"{here}.status"] = "final"
    if unit := (match["unit"] if match else known):
        constants[f"{here}.valueQuantity.unit"] = unit
    confidence = round((0.6 if known is not None else 0.4) + 0.4 * share, 2)
    return Guess(guess.label, f"{here}.value", confidence, f"a measurement, {share:.0%} numbers")


def _dated(guesses: list[Guess], constants: dict[str, str]) -> list[Guess]:
    """One column of dates holds for every measurement of its row: said in the note, mapped by the layout."""
    return [
        Guess(g.label, "", 0.0, "a date; name the measurements it belongs to")
        if g.path == "Observation.effectiveDateTime" and constants
        else g
        for g in guesses
    ]


def _without_orphans(guesses: list[Guess]) -> list[Guess]:
    """A unit without a value, a dose without a medicine: nothing can be made of them."""
    essential = {
        "Observation": ("Observation.code",), "Condition": ("Condition.code",), "MedicationStatement": ("MedicationStatement.medication",),
        "AllergyIntolerance": ("AllergyIntolerance.code",), "Immunization": ("Immunization.vaccineCode",), "Procedure": ("Procedure.code",),
    }  # fmt: skip
    paths = [g.path for g in guesses]
    made = []
    for g in guesses:
        kind = g.path.partition(".")[0]
        if kind in essential and not any(p.startswith(essential[kind]) for p in paths):
            g = Guess(g.label, "", 0.0, f"no column says what the {kind} is about")
        if kind == "Immunization":
            g = Guess(g.label, "", 0.0, "an immunisation needs a status: add it to [table.constant]")
        made.append(g)
    return made


def date_order(values: Sequence[Any]) -> str:
    """Say the order of numeric dates when the values leave no doubt: 'dmy', 'mdy', 'ymd'; '' when they do."""
    parts = [re.split(r"[-/.]", str(v).strip().partition(" ")[0].partition("T")[0]) for v in values]
    parts = [p for p in parts if len(p) == 3 and all(x.isdigit() for x in p)]
    if not parts:
        return ""
    if all(len(p[0]) == 4 for p in parts):
        return "ymd"
    first, second = max(int(p[0]) for p in parts), max(int(p[1]) for p in parts)
    return "dmy" if first > 12 >= second else "mdy" if second > 12 >= first else ""


def decimal_mark(values: Sequence[Any]) -> str:
    """Say the decimal mark when the values leave no doubt: ',' or '.'; '' when they do."""
    texts = [str(v).strip() for v in values if isinstance(v, str)]
    commas = [t for t in texts if re.fullmatch(r"[<>]?-?\d+,\d+", t)]
    points = [t for t in texts if re.fullmatch(r"[<>]?-?\d+\.\d+", t)]
    if commas and not points and any(len(t.partition(",")[2]) != 3 for t in commas):
        return ","
    return "." if points and not commas and any(len(t.partition(".")[2]) != 3 for t in points) else ""


def _sexes(values: Sequence[Any]) -> dict[str, str]:
    """M is a man beside F, a woman beside H or V; alone it is not proposed."""
    seen = {fold(str(v)): str(v).strip() for v in values if str(v).strip()}
    spanish, english = bool(seen.keys() & {"h", "v", "hombre", "varon"}), bool(seen.keys() & {"f", "female", "male"})
    names = {"f": "female", "female": "female", "male": "male", "h": "male", "v": "male", "hombre": "male", "varon": "male", "mujer": "female",
             "masculino": "male", "femenino": "female", "o": "other", "u": "unknown"}  # fmt: skip
    if spanish != english:
        names["m"] = "female" if spanish else "male"
    return {written: names[k] for k, written in sorted(seen.items()) if k in names}
