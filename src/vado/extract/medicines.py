"""One line of a medication list: the medicine with its strength, and how it is taken, as text and in figures where there is no doubt."""

import re
from collections.abc import Iterator
from typing import Any

from vado.extract.characters import same_length
from vado.extract.context import masked, relative
from vado.model.fact import FhirJson
from vado.terms.letters import pattern, whole, words

_STRENGTH = (
    r"\d[\d.,/]*\s?(?:mg|g|gr|mcg|µg|μg|ug|microgramos|micrograms?|ml|ui|iu|units?|unidades|meq|%)"
    r"(?:\s?/\s?(?:(?:\d[\d.,]*\s?)?(?:ml|l|kg|dosis|dose|puff|inh\w*|actuation)|h)\b)?"
)
_MEDICINE = re.compile(
    r"^(?P<drug>(?:[^\d:]|(?<=[A-Za-z])\d){3,60}?:?\s+" + _STRENGTH + r")(?![a-z0-9])[\s,:;-]*(?P<rest>.*)$", re.IGNORECASE
)
_BARE = re.compile(r"^(?P<drug>[^\W\d][^\d:;,()]{2,40}?)[\s:,(-]+(?P<rest>(?:\d|½|¼|¾)\s?-.*)$")
_NEXT = re.compile(r"(?:,|;|\s\+|\sy|\sand)\s+(?=[^\W\d][^\d,;:]{3,40}?\s\d[\d.,/]*\s?(?:mg|g|mcg|µg|ui|iu)\b)", re.IGNORECASE)
_AMOUNT = r"(\d(?:[.,/]\d)?|½|¼|¾|\d½)"
_BY_MEAL = re.compile(r"(?<![\d/.,-])" + rf"\s?-\s?".join([_AMOUNT] * 3) + rf"(?:\s?-\s?{_AMOUNT})?(?![\d/-])")  # noqa: F541
_AMOUNT_OF_DRUG = re.compile(r"\s" + _STRENGTH, re.IGNORECASE)
_GOES_ON = re.compile(r"(?:con|sin|antes|despues|luego|y|en|with|without|before|after|then|and|in|at|to)\b")
_NOT_TAKEN = re.compile(r"\b(?:no|not)\s+(?:tom|dar|us|take|tak|give|admin)")
_UNIT_OF_TIME = {"h": "h", "d": "d", "wk": "wk", "mo": "mo"}
_UCUM = "http://unitsofmeasure.org"


def medicines(text: str, language: str, *, stopped: bool = False) -> Iterator[FhirJson]:
    """Give the medicines that a sentence says are (or, `stopped`, were) taken; advice, wishes and denials give none, nor what follows."""
    ended = stopped
    for part in _NEXT.split(text):
        rest, verb = _without_verb(part.strip(" .,;"), language)
        ended = stopped or (verb == "stop" if verb else ended)
        strength = _AMOUNT_OF_DRUG.search(rest)
        if not _asserted(rest[: strength.start() if strength else None]):
            return
        if made := _medicine(rest, language, stopped=ended):
            yield made


def _medicine(text: str, language: str, *, stopped: bool) -> FhirJson | None:
    match = _MEDICINE.match(text) or _BARE.match(text)
    if not match or len(text) > 160:
        return None
    drug, rest = match["drug"].strip(" ,:-("), _balanced(match["rest"].strip(" .,;"))
    if _bare_amount(drug, language) or _NOT_TAKEN.search(same_length(rest)) or relative(drug):
        return None
    ended = stopped or bool(pattern("medicine", "ended", language).search(same_length(rest)))
    resource: FhirJson = {
        "resourceType": "MedicationStatement",
        "status": "stopped" if ended else "unknown",
        "medicationCodeableConcept": {"text": drug},
    }
    if rest := _of_this(rest, language):
        resource["dosage"] = [{"text": rest, **posology(rest, language)}]
    return resource


def _of_this(rest: str, language: str) -> str:
    """How this medicine is taken: what follows a comma only while it says so; it may speak of the next one."""
    pieces = rest.split(", ")
    speaks = [n == 0 or bool(posology(p, language)) or bool(_GOES_ON.match(same_length(p))) for n, p in enumerate(pieces)]
    return ", ".join(pieces[: speaks.index(False)] if False in speaks else pieces)


def _balanced(text: str) -> str:
    return text if text.count("(") >= text.count(")") else text.rstrip(") ")


def _without_verb(text: str, language: str) -> tuple[str, str]:
    """Take 'Iniciar', 'Stop:' off the front; say which it was: 'start', 'stop' or ''."""
    plain = same_length(text)
    for name in ("stop", "start"):
        if match := re.match(rf"(?:{pattern('medicine', name, language).pattern})\s*:?\s+", plain):
            return text[match.end() :], name
    return text, ""


def _asserted(drug: str) -> bool:
    plain = masked(drug)
    return "?" not in drug and not any(
        pattern("context", name).search(plain) for name in ("negation", "doubt", "query", "plan", "narrative", "negated")
    )


def _bare_amount(drug: str, language: str) -> bool:
    """Say whether this names no medicine: it begins with a form or an amount ('comprimido de 20 mg')."""
    first = same_length(drug).split()[0]
    return bool(pattern("medicine", "forms", language).fullmatch(first)) or first in {
        "dosis",
        "dose",
        "de",
        "of",
        "hasta",
        "total",
    }


def posology(text: str, language: str) -> FhirJson:
    """Give the parts of a FHIR Dosage that are written without doubt: timing, as needed, route, dose."""
    plain, table = same_length(text), words(language)["medicine"]
    made: FhirJson = {}
    capped = bool(pattern("medicine", "most", language).search(plain))
    repeat: FhirJson = {} if capped else _often(plain, table)
    if length := re.search(table["length"], plain):
        unit = next(code for start, code in table["until"].items() if length["unit"].startswith(start))
        repeat["boundsDuration"] = {
            "value": int(length["n"]),
            "unit": text[length.start("unit") : length.end("unit")],
            "system": _UCUM,
            "code": unit,
        }
    if repeat:
        made["timing"] = {"repeat": repeat}
    if pattern("medicine", "as_needed", language).search(plain):
        made["asNeededBoolean"] = True
    if route := pattern("medicine", "routes", language).search(plain):
        made["route"] = {"text": text[route.start() : route.end()]}
    if not capped and (dose := _dose(plain, text, table)):
        made["doseAndRate"] = [{"doseQuantity": dose}]
    return made


def _often(plain: str, table: dict[str, Any]) -> FhirJson:
    """How often in how long; nothing when two marks say different things or the amounts of a day differ."""
    if meals := _BY_MEAL.search(plain):
        amounts = [a for a in meals.groups() if a and a != "0"]
        return {"frequency": len(amounts), "period": 1, "periodUnit": "d"} if len(set(amounts)) == 1 else {}
    found: list[FhirJson] = []
    for mark, frequency, period, unit in table["often"]:
        if match := re.search(r"(?<!\w)" + mark, plain):
            n = int(match[1]) if match.groups() else 0
            times, each = (n if value == "n" else int(value) for value in (frequency, period))
            if 0 < times <= 24 and 0 < each <= 60:
                found.append({"frequency": times, "period": each, "periodUnit": _UNIT_OF_TIME[unit]})
            plain = plain.replace(match[0], " ")
    return found[0] if found and all(f == found[0] for f in found) else {}


def _dose(plain: str, text: str, table: dict[str, Any]) -> FhirJson | None:
    """Give the amount of one taking when it says what it counts; the unit as written, without a code: it may be a tablet or a puff."""
    number = r"(?<![\d/.,-])(\d{1,3}(?:[.,]\d)?|" + "|".join(table["numbers"]) + r")\s*"
    matches = list(re.finditer(number + f"({whole(table['forms']).pattern})", plain))
    if len(matches) != 1:
        return None
    written = matches[0][1]
    value = table["numbers"].get(written) or float(written.replace(",", "."))
    return {"value": int(value) if value == int(value) else value, "unit": text[matches[0].start(2) : matches[0].end(2)]}
