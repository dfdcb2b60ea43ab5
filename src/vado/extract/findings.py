"""What a sentence under a heading states, as FHIR resources without id and subject: problems, allergies, family, procedures, habits."""

import re
from collections.abc import Iterator

from vado.extract.characters import same_length
from vado.extract.context import Said, masked, phrases, relative, said
from vado.extract.fields import written_date
from vado.model.fact import FhirJson
from vado.terms.letters import LANGUAGES, pattern, words

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_ROLE = _HL7 + "v3-RoleCode"
_DATE = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\b(?:19|20)\d\d\b(?![-/.]\d)")
_HABITS = {"tobacco": ("72166-2", "Tobacco smoking status"), "alcohol": ("11331-6", "History of Alcohol use")}
_ALLERGY = re.compile(r"^(?:alergi[ac]|allerg(?:y|ic) to|intoleran)|\b(?:allerg(?:y|ies)|alergias?)$")  # among other problems
_LONGEST = 100


def problems(text: str, *, role: str, loose: bool, order: str) -> Iterator[FhirJson]:
    """Give the problems (or, among past ones, operations, habits and the family's problems) that a sentence asserts.

    `role` is the heading as written ('Diagnóstico principal'); `loose`: a line without bullet, which must look like an entry of a list;
    `order` of dates in figures.
    """
    for phrase in said(text):
        if _ALLERGY.search(same_length(phrase.text)):
            yield from () if phrase.doubtful or phrase.member else allergies(phrase.text, loose=False)
            continue
        if not _name_like(_words_told(phrase)) or (loose and not phrase.text[0].isupper() and not phrase.member):
            continue
        if phrase.member:
            yield from _of_family(phrase)
        elif pattern("procedure", "words").search(same_length(phrase.text)):
            yield procedure(phrase.text, order)
        else:
            yield _problem(phrase, role)


def family(text: str, title: str) -> Iterator[FhirJson]:
    """Give the problems of relatives that a sentence asserts; a problem of nobody named is of 'family' (as the heading says)."""
    for phrase in said(text):
        if _name_like(_words_told(phrase)):
            yield from _of_family(phrase if phrase.member else Said(phrase.text, phrase.doubtful, title, "FAMMEMB"))


def procedures(text: str, *, order: str) -> Iterator[FhirJson]:
    """Give the procedures that a sentence says were done."""
    for phrase in said(text):
        if _name_like(phrase.text) and not phrase.doubtful and not phrase.member:
            yield procedure(phrase.text, order)


def allergies(text: str, *, loose: bool) -> Iterator[FhirJson]:
    """Give allergies with reaction and severity, or the statement that none are known; a doubted one stays text."""
    plain = same_length(text).strip(" .")
    if pattern("allergy", "none").fullmatch(plain):
        yield _allergy(text)
        return
    if pattern("allergy", "not").search(plain) or relative(text) or (loose and not pattern("allergy", "begins").match(plain)):
        return
    for phrase in _allergens(text):
        if any(
            pattern("context", w).search(masked(phrase)) for w in ("negation", "doubt", "query", "plan", "narrative", "negated")
        ):
            return
        if "?" not in phrase and 2 < len(phrase) <= _LONGEST and (made := _with_reaction(phrase)):
            yield made


def habits(text: str) -> Iterator[tuple[FhirJson, str]]:
    """Give what is said of tobacco and alcohol as written, and the words it was read from; a denial is an answer too."""
    if relative(text) or "?" in text:
        return
    plain = same_length(text)
    for name, (code, display) in _HABITS.items():
        if match := pattern("habits", name).search(plain):
            yield _observation(code, display, "social-history", text[match.start() : match.end()].strip()), match[0]


def procedure(text: str, order: str) -> FhirJson:
    """Give a Procedure that was done, with its date where one is written."""
    name, day = _dated(text, order)
    return {"resourceType": "Procedure", "status": "completed", "code": {"text": name}} | (
        {"performedDateTime": day} if day else {}
    )


def concept(name: str, code: str, display: str = "") -> FhirJson:
    """Give a CodeableConcept of one of HL7's own code systems."""
    return {"coding": [{"system": _HL7 + name, "code": code, **({"display": display} if display else {})}]}


def _problem(phrase: Said, role: str) -> FhirJson:
    text = phrase.text
    resource: FhirJson = {
        "resourceType": "Condition",
        "verificationStatus": concept("condition-ver-status", "provisional" if phrase.doubtful else "unconfirmed"),
        "category": [{"text": role}],
    }
    since = re.search(
        r"\b(?:" + "|".join(words(x)["context"]["since"] for x in LANGUAGES) + r")\s+((?:19|20)\d\d)\b", same_length(text)
    )
    if since and (name := text[: since.start()].strip(" ,.(")):
        resource["onsetDateTime"] = since[1]
        text = name
    return resource | {"code": {"text": text}}


def _of_family(phrase: Said) -> Iterator[FhirJson]:
    """The relative and what they had: 'Madre con X', 'Father died of X', 'X (mother)'; healthy ones and doubts give nothing."""
    if phrase.doubtful or pattern("context", "healthy").search(same_length(phrase.text)):
        return
    text = _without_member(phrase.text, phrase.member)
    if len(text) > 2 and not relative(text):
        yield {
            "resourceType": "FamilyMemberHistory",
            "status": "partial",
            "relationship": {"coding": [{"system": _ROLE, "code": phrase.role}], "text": phrase.member},
            "condition": [{"code": {"text": text}}],
        }


def _without_member(text: str, member: str) -> str:
    at = text.find(member)
    if at < 0:
        return text
    before, after = text[:at].strip(" (,:-–"), text[at + len(member) :].strip(" ),.:-–")
    before = re.sub(r"(?i)(?:\b(?:in|en|of|de|su|la|el|her|his|dos|tres|un|una|two|three|one)\s*)+$", "", before).strip(" (,:-–")
    links = "|".join(sorted((w for x in LANGUAGES for w in words(x)["context"]["links"]), key=len, reverse=True))
    lead = re.match(rf"(?:(?:{links})\b\s*)+", same_length(after))
    after = after[lead.end() :].strip(" :,-–") if lead else after
    return after if len(after) > 2 and not (len(before) > 2 and at > len(text) / 2) else before


def _allergens(text: str) -> list[str]:
    """A list of allergens at its commas, unless a comma only comes before a reaction or a severity."""
    parts = phrases(text)
    plain = [same_length(p) for p in parts[1:]]
    return [text] if any(pattern("allergy", "reactions").search(p) or _severity(p) for p in plain) else parts


def _with_reaction(text: str) -> FhirJson | None:
    match = re.search(r"\s*[(:,]\s*|\s+[-–]\s+|\s+(?=causes|causing|produce|con\b|with\b)", text)
    name, rest = (text[: match.start()], text[match.end() :].strip(" ).")) if match else (text, "")
    reaction = pattern("allergy", "reactions").search(same_length(rest)) if rest else None
    if rest and not reaction and not _severity(rest):
        return None if ":" in text or len(text.split()) > 5 else _allergy(text)
    if not name.strip() or len(name.split()) > 6:
        return None
    made = _allergy(name.strip())
    if reaction:
        event: FhirJson = {"manifestation": [{"text": rest[reaction.start() : reaction.end()]}]}
        if severity := _severity(rest):
            event["severity"] = severity
        made["reaction"] = [event]
    return made


def _severity(text: str) -> str:
    plain = same_length(text)
    by_word = {word: grade for x in LANGUAGES for word, grade in words(x)["allergy"]["severity"].items()}
    found = {grade for word, grade in by_word.items() if re.search(rf"\b{word}\b", plain)}
    return found.pop() if len(found) == 1 else ""


def _allergy(text: str) -> FhirJson:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept(
            "allergyintolerance-clinical", "active"
        ),  # FHIR ait-1 asks for it; the list is of those that hold now
        "verificationStatus": concept("allergyintolerance-verification", "unconfirmed"),
        "code": {"text": text},
    }


def _observation(code: str, display: str, category: str, value: str) -> FhirJson:
    return {
        "resourceType": "Observation",
        "status": "unknown",
        "category": [concept("observation-category", category)],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
        "valueString": value,
    }


def _dated(text: str, order: str) -> tuple[str, str]:
    """Take one date or year off an end of a phrase; else it stays in the text."""
    dates = list(_DATE.finditer(text))
    if len(dates) != 1:
        return text, ""
    day = dates[0][0] if len(dates[0][0]) == 4 else written_date(dates[0][0], order)
    before, after = text[: dates[0].start()].strip(" ,("), text[dates[0].end() :].strip(" ,).:-–")
    name = before if not after else after if not before else ""  # in the middle it belongs to the words around it
    name = re.sub(r"(?i)\s+(?:in|on|en|el|en el año|el año|el dia|el día|de|del)$", "", name).strip(" ,(")
    if not day or len(name) < 3:
        return text, ""
    return name, day


def _words_told(phrase: Said) -> str:
    return phrase.text.replace(":", " ", 1) if phrase.member else phrase.text


def _name_like(text: str) -> bool:
    """A phrase that names a thing: short, of letters, without the words of a story."""
    plain = same_length(text)
    many = len(text.split())
    return (
        2 < len(text) <= _LONGEST or text.isupper() and len(text) == 2
    ) and many <= 10 and ":" not in text and sum(c.isalpha() for c in text) >= 0.5 * len(text) and not (
        pattern("context", "narrative").search(plain) or (text.isupper() and many > 6) or _STRENGTH.search(plain)
    )  # fmt: skip


_STRENGTH = re.compile(r"\d\s?(?:mg|mcg|ml|ui)\b|(?<![\d/])\d/\d(?![\d/])|^\d")
