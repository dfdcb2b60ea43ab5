"""Measurements in a sentence: vital signs with LOINC and UCUM codes where the identity is certain, and laboratory values as written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from vado.extract.characters import same_length
from vado.extract.context import relative
from vado.extract.findings import concept
from vado.extract.numbers import number
from vado.model.fact import FhirJson
from vado.terms.letters import LANGUAGES, words
from vado.terms.units import UCUM, ucum

_LOINC = "http://loinc.org"
_VITALS: dict[
    str, tuple[str, str, str, float, float]
] = {  # LOINC, its name, units as written, lowest and highest believable value
    "heart_rate": ("8867-4", "Heart rate", r"lpm|bpm|/min|beats/min|latidos/min|por minuto", 20, 300),
    "respiratory_rate": ("9279-1", "Respiratory rate", r"rpm|/min|breaths/min|resp/min|por minuto", 4, 90),
    # in plain letters º is o
    "temperature": ("8310-5", "Body temperature", r"[°o]\s?c|c|°|grados", 25, 45),
    "saturation": ("2708-6", "Oxygen saturation in Arterial blood", r"%", 30, 100),
    "weight": ("29463-7", "Body weight", r"kgs?|g|kilos", 0.3, 400),
    "height": ("8302-2", "Body height", r"cms?|m|metros", 0.3, 260),
    "bmi": ("39156-5", "Body mass index (BMI) [Ratio]", r"kg\s?/\s?m(?:2|²)", 8, 90),
}
_VALUE = r"\s*(?:de|of|es|is|was|:|=|\[|\()?\s*(?P<value>\d{1,3}(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d|\s?/\s?\d|\s?-\s?\d)\s*"
_PAST = re.compile(r"\b(?:previ[ao]s?|previous|usual|habitual|baseline|basal previa|ideal|target|objetivo|mantener|keep|aim)\b")
_UNIT = r"(?:[a-zµ%°][a-zµ%°^0-9]{0,7}(?:\s?/\s?[a-z0-9.,^²]{1,10}){1,2}|%|mmhg|bpm|lpm|rpm|kg|cm|g|fl|pg|°c|ºc|x?10[\^*e]\d+/\w+|/\s?(?:mm3|[uµ]l))"
_RESULT = re.compile(
    r"^(?P<name>[^\W\d_][^:=<>|]{1,40}?)\s*[:=]?\s+(?P<sign>[<>]=?)?\s*(?P<number>\d{1,6}(?:[.,]\d{1,3})?)\s*"
    r"(?P<unit>" + _UNIT + r")(?P<range>\s*[\[(].{0,40}[\])])?\s*(?P<flag>h|l|\*{1,2}|\+|↑|↓|alto|bajo|high|low)?[.;]?$", re.I,
)  # fmt: skip
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s?[-–]\s?(\d+(?:[.,]\d+)?)")
_PANEL = re.compile(r"^[^:\d]{2,20}:\s+(?=[^\W\d_])")  # 'Hemograma: Hb 13 g/dL'
_BETWEEN = re.compile(r",\s+(?=[^\W\d_])")


def vitals(text: str) -> Iterator[FhirJson]:
    """Give the vital signs of a sentence that stand beside their name; what is of another time or another person stays text."""
    plain = same_length(text)
    if _PAST.search(plain) or relative(text):
        return
    for match in _pressure().finditer(plain):
        high, low = int(match["high"]), int(match["low"])
        if 40 <= high <= 300 and 20 <= low < high:
            yield _blood_pressure(text[match.start("name") : match.end("name")], high, low, mmhg=bool(match["unit"]))
    for name, (code, display, _, least, most) in _VITALS.items():
        for match in _vital(name).finditer(plain):
            value = float(match["value"].replace(",", "."))
            if least <= value <= most:
                unit = text[match.start("unit") : match.end("unit")].strip() if match["unit"] else ""
                yield _vital_sign(text[match.start("name") : match.end("name")], code, display, _quantity(match["value"], unit))


def results(text: str) -> Iterator[FhirJson]:
    """Give laboratory values: name, number and unit as written, range and flag; which method it was is not said, so there is no code."""
    for part in _BETWEEN.split(text):
        match = _RESULT.match(_PANEL.sub("", part.strip()))
        if match and _names(match["name"]) and not _PAST.search(same_length(part)):
            yield _result(match)


@cache
def _pressure() -> re.Pattern[str]:
    names = "|".join(sorted((w for x in LANGUAGES for w in words(x)["vitals"]["blood_pressure"]), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w/])(?P<name>{names})\s*(?:de|of|:|=)?\s*(?P<high>\d{{2,3}})\s?/\s?(?P<low>\d{{2,3}})(?![\d/])\s*(?P<unit>mm ?hg)?"
    )


@cache
def _vital(name: str) -> re.Pattern[str]:
    names = "|".join(sorted((w for x in LANGUAGES for w in words(x)["vitals"][name]), key=len, reverse=True))
    return re.compile(rf"(?<![\w/])(?P<name>{names})" + _VALUE + rf"(?P<unit>(?:{_VITALS[name][2]})(?![\w]))?")


def _vital_sign(written: str, code: str, display: str, quantity: FhirJson) -> FhirJson:
    return {
        "resourceType": "Observation",
        "status": "unknown",
        "category": [concept("observation-category", "vital-signs")],
        "code": {"coding": [{"system": _LOINC, "code": code, "display": display}], "text": written},
        "valueQuantity": quantity,
    }


def _blood_pressure(written: str, high: int, low: int, *, mmhg: bool) -> FhirJson:
    unit = {"unit": "mmHg", "system": UCUM, "code": "mm[Hg]"} if mmhg else {}
    both = (("8480-6", "Systolic blood pressure", high), ("8462-4", "Diastolic blood pressure", low))
    made = _vital_sign(written, "85354-9", "Blood pressure panel with all children optional", {})
    del made["valueQuantity"]
    made["component"] = [
        {
            "code": {"coding": [{"system": _LOINC, "code": code, "display": name}], "text": name},
            "valueQuantity": {"value": value, **unit},
        }
        for code, name, value in both
    ]
    return made


def _quantity(written: str, unit: str) -> FhirJson:
    value = float(written.replace(",", "."))
    made: FhirJson = {"value": int(value) if written.isdigit() else value}
    if unit:
        made["unit"] = unit
        if code := ucum(unit.replace("º", "°")):
            made |= {"system": UCUM, "code": code}
    return made


@dataclass(frozen=True, slots=True)
class Result:
    """A laboratory value as it is written; '' where nothing is."""

    name: str
    number: str
    sign: str = ""  # '<', '<=', '>', '>=', '≤' or '≥'
    unit: str = ""
    around: str = ""  # the range
    flag: str = ""
    said: str = ""  # the value in words, where there is no number: 'negative'


def laboratory(r: Result) -> FhirJson:
    """Give a laboratory value as an Observation; no code: which method it was is not said."""
    resource: FhirJson = {"resourceType": "Observation", "status": "unknown", "code": {"text": r.name}}
    if r.said or re.fullmatch(r"\d+[.,]\d{3}", r.number):  # thousands or decimals: not said
        resource["valueString"] = r.said or f"{r.sign}{r.number} {r.unit}".strip()
    else:
        sign = {"≤": "<=", "≥": ">="}.get(r.sign, r.sign)
        resource["valueQuantity"] = _quantity(r.number, r.unit) | ({"comparator": sign} if sign else {})
    if r.around:
        resource["referenceRange"] = [_range(r.around, r.unit)]
    if r.flag:
        resource["interpretation"] = [{"text": r.flag}]
    return resource


def _result(match: re.Match[str]) -> FhirJson:
    written, unit = match["number"], match["unit"]
    behind = (match["range"] or "").strip(" ()[]")
    around = behind if any(c.isdigit() for c in behind) else ""
    flag = match["flag"] or ("" if around else behind)  # 'H', or '(elevated)'
    return laboratory(Result(match["name"].strip(" .:-"), written, match["sign"] or "", unit, around, flag))


def _names(text: str) -> bool:
    """What is measured: few words, and no other value among them."""
    return len(text.split()) <= 5 and not re.search(r"\s\d+[.,]\d|[(][^)]*\d", text)


def _range(text: str, unit: str) -> FhirJson:
    """The limits in figures when they are two plain numbers; always as written."""
    match = _RANGE.fullmatch(text)
    low, high = (number(match[1], _mark(match[1])), number(match[2], _mark(match[2]))) if match else (None, None)
    limits = {"low": {"value": low.value, "unit": unit}, "high": {"value": high.value, "unit": unit}} if low and high else {}
    return {**limits, "text": text}


def _mark(written: str) -> str:
    return "," if "," in written else "."
