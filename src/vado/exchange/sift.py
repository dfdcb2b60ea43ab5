"""Between reading and record: only valid facts pass, and an embedded document belongs to its message's patient."""

from collections.abc import Iterable, Iterator
from typing import Any

from vado.exchange.mend import mend, sayable
from vado.exchange.ports import Gate
from vado.model.fact import NAMES_PERSON, Fact, Facts, FhirJson
from vado.model.reading import Issue, issue

Fault = tuple[str, str]  # FHIRPath, what is wrong
_ELSEWHERE = "a reference to a resource that is not there"  # said of one fact alone; asked of all of them together
_ROUNDS = 5  # a refused fact takes references with it; each round heals one step


def sift(gate: Gate, facts: Facts) -> tuple[Facts, tuple[Issue, ...]]:
    """Let only valid facts pass. A refused one becomes an issue; what pointed to it keeps the display, not the pointer."""
    passed, refused = list(facts.facts), []
    for _ in range(_ROUNDS):
        faults = gate(passed)
        if not any(faults):
            break
        gone: set[str] = set()
        passed, faults = _mended(gate, passed, faults, refused)
        for fact, found in zip(passed, faults, strict=True):
            if found:
                path, fault = found[0]
                refused.append(issue("IN-006", fact.evidence.places[0], kind=fact.kind, path=sayable(path, fault), fault=fault))
                gone.add(f"{fact.kind}/{fact.id}")
        passed = [_unpointed(f, gone) for f, found in zip(passed, faults, strict=True) if not found]
        passed = [f for f in passed if f.patient is None or f"Patient/{f.patient}" not in gone]
    return Facts(tuple(passed), facts.issues, facts.ledger), tuple(refused)


def _mended(gate: Gate, facts: list[Fact], faults: list[list[Fault]], said: list[Issue]) -> tuple[list[Fact], list[list[Fault]]]:
    """Leave out wrong optional elements, so that one of them does not lose a whole resource; each is said."""
    made, rest = list(facts), list(faults)
    for n, (fact, found) in enumerate(zip(facts, faults, strict=True)):
        for _ in range(_ROUNDS if found else 0):
            better = mend(made[n].resource, rest[n])
            if better is None:
                break
            resource, paths = better
            made[n] = Fact(resource, fact.evidence, fact.patient)
            said += [issue("IN-020", fact.evidence.places[0], path=path) for path in paths]
            rest[n] = [f for f in gate([made[n]])[0] if f[1] != _ELSEWHERE]
            if not rest[n]:
                break
    return made, rest


def beside(gate: Gate, standing: Iterable[Fact]) -> Gate:
    """Give a gate that knows what stands here already: these facts may be pointed to, and so may files, which are no facts.

    What is taken back needs no form.
    """
    around = tuple(f"{f.kind}/{f.id}" for f in standing)

    def found(facts: Iterable[Fact], known: Iterable[str] = ()) -> list[list[Fault]]:
        all_ = list(facts)
        told = [f for f in all_ if not f.removed]
        asked = iter(gate(told, (*around, *known)))
        return [[] if f.removed else [x for x in next(asked) if not (x[1] == _ELSEWHERE and _is_file(f, x[0]))] for f in all_]

    return found


def _is_file(fact: Fact, path: str) -> bool:
    value: Any = fact.resource
    for step in path.removeprefix(f"{fact.kind}.").replace("[", ".").replace("]", "").split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return str(value).startswith("Binary/")


def about_nobody(facts: tuple[Fact, ...]) -> bool:
    """Say whether something clinical or a document is there that names no person."""
    return any(f.patient is None and f.kind in NAMES_PERSON for f in facts)


def inherit(facts: tuple[Fact, ...], owner: Fact) -> tuple[Fact, ...]:
    """Give facts that name nobody to the patient of the message they came in."""
    return tuple(owned(f, owner.id) if f.patient is None and f.kind in NAMES_PERSON else f for f in facts)


def owned(fact: Fact, patient: str) -> Fact:
    """Give a fact to a patient."""
    resource = {**fact.resource, NAMES_PERSON[fact.kind]: {"reference": f"Patient/{patient}"}}
    return Fact(resource, fact.evidence, patient)


def _unpointed(fact: Fact, gone: set[str]) -> Fact:
    return Fact(_drop_pointers(fact.resource, gone), fact.evidence, fact.patient) if gone else fact


def _drop_pointers(value: Any, gone: set[str]) -> Any:
    """Copy without references to these; a Reference that says nothing else gets a display that says why."""
    if isinstance(value, list):
        return [_drop_pointers(v, gone) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("reference") in gone:
        rest: FhirJson = {k: v for k, v in value.items() if k != "reference"}
        return rest or {"display": "?"}
    return {k: _drop_pointers(v, gone) for k, v in value.items()}


def references(value: Any) -> Iterator[str]:
    """Give every literal reference in a resource."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            if isinstance(one.get("reference"), str):
                yield one["reference"]
            stack += one.values()
