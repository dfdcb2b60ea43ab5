"""Which facts speak of the same thing, and whether they say the same. Joins little: a wrong join hides something."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from vado.model.fact import Fact, FhirJson
from vado.model.person import plain_letters
from vado.model.reading import Fidelity
from vado.model.record import Kind
from vado.model.review import from_paper
from vado.record import words
from vado.record.words import Index

_LASTING = {Kind.ALLERGY, Kind.MEDICATION, Kind.PROBLEM}  # the same thing whenever it is told
_DATED = {Kind.RESULT, Kind.VITAL, Kind.IMMUNIZATION, Kind.PROCEDURE, Kind.SOCIAL, Kind.STORY}  # the same only at the same time
_NO_ALLERGY = {"716186003", "no-known-allergies", "409137002", "428607008", "429625007", "160244002"}  # SNOMED CT, IPS
_NO_ALLERGY_WORDS = {"no known allergies", "no known allergy", "nkda", "nka", "sin alergias conocidas", "no alergias conocidas"}
_ENDED = {"stopped", "completed", "cancelled", "not-taken"}


_ZEROS = re.compile(r"(?<=\d)\.0+(?!\d)|(?<=\.\d)0+(?!\d)|(?<=\.\d\d)0+(?!\d)")


def group(kind: Kind, facts: Iterable[Fact], index: Index) -> list[list[Fact]]:
    """Put facts that tell of the same thing together: same code or same words, and same time where time matters."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while (above := parent[key]) != key:
            key = above
        return key

    ordered = sorted(facts, key=lambda f: f.id)
    ids = [f.id for f in ordered]
    for own, fact in zip(ids, ordered, strict=True):
        parent[own] = own
        for name in _names(kind, fact, index):
            if name in parent:
                parent[root(name)] = own
            else:
                parent[name] = own
    groups: dict[str, list[Fact]] = {}
    for own, fact in zip(ids, ordered, strict=True):
        groups.setdefault(root(own), []).append(fact)
    return _climbed(kind, list(groups.values()), index)


def _climbed(kind: Kind, groups: list[list[Fact]], index: Index) -> list[list[Fact]]:
    """Put a value from paper with the one thing of a structured source that it repeats, though its date is less exact or missing."""
    firm: list[list[Fact]] = []
    alone: list[Fact] = []
    for some in groups if kind in _DATED else ():
        if any(f.evidence.fidelity >= Fidelity.STRUCTURED for f in some):
            firm.append(some)
        elif len(some) == 1 and from_paper(some[0]):
            alone.append(some[0])
    climbed: dict[str, list[Fact]] = {}
    for paper in alone:
        same = [some for some in firm if any(_repeats(kind, paper, f, index) for f in some)]
        if len(same) == 1:  # two that it might repeat: nobody knows which
            climbed[paper.id] = same[0]
    for some in groups:
        if len(some) == 1 and some[0].id in climbed:
            climbed[some[0].id].append(some[0])
    return [some for some in groups if some[0].id not in climbed]


def _repeats(kind: Kind, paper: Fact, coded: Fact, index: Index) -> bool:
    """Say whether both name the same thing and value, on the same day as far as the paper says one."""
    day, at = words.when(paper.resource)[:10], words.when(coded.resource)
    named = set(_called(kind, paper, index)) & set(_called(kind, coded, index))
    value, other = (words.value(f.resource) for f in (paper, coded))
    dated = bool(day) and at.startswith(day)
    return bool(named) and (dated or (not day and bool(value))) and _plain(value) == _plain(other) and agree(paper, coded)


def agree(one: Fact, other: Fact) -> bool:
    """Say whether two facts on the same thing contradict each other nowhere; what one leaves out is no contradiction."""
    mine, theirs = _says(one.resource), _says(other.resource)
    return all(mine[aspect] == theirs[aspect] for aspect in mine.keys() & theirs.keys())


def is_no_known_allergy(fact: Fact) -> bool:
    """Say whether this tells that no allergies are known."""
    code = fact.resource.get("code", {})
    coded = any(c.get("code") in _NO_ALLERGY for c in code.get("coding", ()))
    return coded or _plain(words.text(code)) in _NO_ALLERGY_WORDS


def _names(kind: Kind, fact: Fact, index: Index) -> list[str]:
    """Give the names under which this thing is known; none: it stands alone."""
    at = words.when(fact.resource)
    if kind not in _LASTING | _DATED or (kind in _DATED and not at):
        return []
    time = "" if kind in _LASTING else at[:10] if kind in {Kind.IMMUNIZATION, Kind.PROCEDURE} else at
    return [f"{time}|{name}" for name in _called(kind, fact, index)]


def _called(kind: Kind, fact: Fact, index: Index) -> list[str]:
    """Give its codes and its words, whenever it was."""
    told = words.concept(fact.resource, index)
    names = [f"{c['system']}|{c['code']}" for c in told.get("coding", ()) if c.get("system") and c.get("code")]
    names += [_folded(w) for w in (told.get("text"), *(c.get("display") for c in told.get("coding", ()))) if w]
    family = fact.kind if kind in {Kind.RESULT, Kind.VITAL} else ""
    return [f"{family}|{name}" for name in dict.fromkeys(names)]


@lru_cache(4096)
def _folded(name: str) -> str:
    """Fold the name of a thing: a long record has few of them, each many times."""
    return _plain(name)


def _says(resource: FhirJson) -> Mapping[str, str]:
    """Give what the fact claims, aspect by aspect."""
    status = resource.get("status", "")
    said = {
        "value": _plain(words.value(resource)),
        "parts": "|".join(sorted(_plain(f"{words.text(c.get('code'))} {words.value(c)}") for c in resource.get("component", ()))),
        "dose": "|".join(sorted(map(_plain, words.doses(resource)))),
        "clinical": _code(resource.get("clinicalStatus")),
        "verification": _code(resource.get("verificationStatus")),
        "site": "|".join(sorted(_plain(words.text(s)) for s in _list(resource.get("bodySite")))),
        "absent": "absent" if resource.get("dataAbsentReason") else "",
        "forbidden": "yes" if resource.get("doNotPerform") else "",
    }
    if resource["resourceType"] in {"MedicationStatement", "MedicationRequest"} and status:
        said["taking"] = "no" if status in _ENDED else "yes"
    elif resource["resourceType"] in {"Procedure", "Immunization"} and status:
        said["done"] = "no" if status in {"not-done", "stopped"} else "yes"
    elif status in {"cancelled", "revoked"}:
        said["cancelled"] = "yes"
    said = {aspect: value for aspect, value in said.items() if value}
    said.setdefault("forbidden", "no")
    said.setdefault("cancelled", "no")
    return said


def _code(concept: FhirJson | None) -> str:
    return next((c["code"] for c in (concept or {}).get("coding", ()) if c.get("code")), "")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _plain(text: str) -> str:
    """Fold for comparison; 5.0 and 5, 5.10 and 5.1 are the same number."""
    plain = plain_letters(text)
    return " ".join((_ZEROS.sub("", plain) if "0" in plain.partition(".")[2] else plain).split())
