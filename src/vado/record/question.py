"""From the parameters of a search to one question: what must fit, in which order, how much of it, and what comes along."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vado.errors import VadoError
from vado.model.query import Chain, Criterion, Named, Order, Present, Query, Reference, Text, Token
from vado.record.criteria import MOST_VALUES, Asking, UnknownParameter, split
from vado.terms.searching import compartment, parameters

COUNT, MOST = 50, 1_000  # resources on a page
_MOST_PARAMETERS, _MOST_INCLUDES, _MOST_KEYS, _LONGEST = 20, 10, 4, 2_000
CONTROLS = ("_count", "_sort", "_summary", "_elements", "_total", "_include", "_revinclude", "_format", "_pretty")
_SUMMARIES = {"true", "text", "data", "count", "false"}
_OF = {"number": "quantity", "uri": "token"}


@dataclass(frozen=True, slots=True)
class Include:
    """What comes along: resources referred to by a parameter of a type, or (`back`) resources that refer so to what was found."""

    kind: str  # of the resource that holds the reference
    parameter: str  # '*': any
    target: str = ""  # only this type
    back: bool = False
    iterate: bool = False  # also of what came along


@dataclass(frozen=True, slots=True)
class Question:
    """A whole search."""

    query: Query
    used: tuple[tuple[str, str], ...]  # what was understood, for the self link
    ignored: tuple[str, ...] = ()  # names of parameters that were not
    include: tuple[Include, ...] = ()
    count: int = COUNT
    summary: str = ""  # '', true, text, data or count
    elements: tuple[str, ...] = ()
    total: str = ""  # '', none, estimate or accurate


def question(kind: str, given: Iterable[tuple[str, str]], asking: Asking, *, strict: bool = False, patient: str = "") -> Question:
    """Read a search.

    Args:
        kind: resource type.
        given: names with modifiers, and values, in the order given.
        asking: what all parameters share.
        strict: a parameter that is not known is an error.
        patient: only what belongs to this patient's compartment, or that of another record of the same person.

    Raises:
        VadoError: FH-001 to FH-008.
    """
    if not parameters(kind):
        raise VadoError("FH-008", kind=kind if kind.isalpha() and len(kind) < 40 else "?")
    pairs = [(name, value) for name, value in given if value]
    if len(pairs) > _MOST_PARAMETERS or any(len(value) > _LONGEST for _, value in pairs):
        raise VadoError("FH-004", most=_MOST_PARAMETERS, what="parameters")
    fits: list[Criterion] = [belongs(kind, patient)] if patient else []
    used, ignored, controls = [], [], dict[str, list[str]]()
    for name, value in pairs:
        if name.partition(":")[0] in CONTROLS:
            controls.setdefault(name, []).append(value)
            used.append((name, value))
            continue
        try:
            fits += asking.criteria(kind, name, value)
            used.append((name, value))
        except UnknownParameter as fault:
            if strict:
                raise
            ignored.append(str(fault.slots["name"]))
    if sum(len(c.any) for c in fits) > MOST_VALUES * 3:
        raise VadoError("FH-004", most=MOST_VALUES * 3, what="values")
    _not_alone(fits)
    order, unknown = _order(kind, controls)
    if unknown and strict:
        raise VadoError("FH-001", name="_sort", kind=kind)
    shown = tuple((n, v) for n, v in used if n not in {"_format", "_pretty"})
    query = Query(kind, tuple(fits), order)
    return Question(query, shown, (*ignored, *unknown), _includes(kind, controls), *_much(controls))


def belongs(kind: str, patient: str) -> Criterion:
    """Say that a resource belongs to a patient's compartment, or to that of another record of the same person."""
    if kind == "Patient":
        return Criterion((Named((f"Patient/{patient}",)),))
    numbers = [parameters(kind)[name].number for name in compartment(kind) if name in parameters(kind)]
    if not numbers:
        raise VadoError("FH-001", name="compartment", kind=kind)
    return Criterion(tuple(Reference(n, (f"Patient/{patient}",), persons=True) for n in numbers))


def _not_alone(fits: list[Criterion]) -> None:
    """What no index leads to may only narrow what one leads to."""
    hard = [
        t
        for c in fits
        for t in c.any
        if (isinstance(t, Text) and t.how == "contains") or (isinstance(t, Token) and t.code is None)
    ]
    if hard and not any(_leads(c) for c in fits):
        raise VadoError("FH-005", name=":contains" if isinstance(hard[0], Text) else "system|")
    for criterion in fits:
        for test in criterion.any:
            if isinstance(test, Chain):
                _not_alone(list(test.fits))


def _leads(criterion: Criterion) -> bool:
    return not criterion.never and not any(
        isinstance(t, Present) or (isinstance(t, Text) and t.how == "contains") or (isinstance(t, Token) and t.code is None)
        for t in criterion.any
    )


def _order(kind: str, controls: dict[str, list[str]]) -> tuple[tuple[Order, ...], list[str]]:
    order, unknown = [], []
    for key in [k for value in controls.get("_sort", ()) for k in split(value)]:
        name = key.removeprefix("-")
        p = parameters(kind).get(name)
        if name in {"_id", "_lastUpdated"}:
            order.append(Order("id" if name == "_id" else "changed", 0, key != name))
        elif p is None or p.type == "composite":
            unknown.append("_sort")
        else:
            order.append(Order(_OF.get(p.type, p.type), p.number, key != name))
    if len(order) > _MOST_KEYS:
        raise VadoError("FH-004", most=_MOST_KEYS, what="keys")
    return tuple(order), unknown


def _includes(kind: str, controls: dict[str, list[str]]) -> tuple[Include, ...]:
    found = []
    for name, values in controls.items():
        head, _, modifier = name.partition(":")
        if head in {"_include", "_revinclude"}:
            if modifier not in {"", "iterate"}:
                raise VadoError("FH-002", name=head)
            found += [_include(kind, head, value, modifier == "iterate") for value in values]
    if len(found) > _MOST_INCLUDES:
        raise VadoError("FH-004", most=_MOST_INCLUDES, what="includes")
    return tuple(found)


def _include(kind: str, head: str, value: str, iterate: bool) -> Include:
    if value == "*" and head == "_include":
        return Include(kind, "*", iterate=iterate)
    source, name, target = (*value.split(":", 2), "", "")[:3]
    p = parameters(source).get(name)
    back = head == "_revinclude"
    any_ = name == "*" and parameters(source) and not back
    if not any_ and (p is None or p.type != "reference" or (target and p.targets != ("*",) and target not in p.targets)):
        raise VadoError("FH-007", name=head)
    return Include(source, name, target, back, iterate)


def _much(controls: dict[str, list[str]]) -> tuple[int, str, tuple[str, ...], str]:
    """Read how much is wanted: count, summary, elements, total."""
    count = _last(controls, "_count") or str(COUNT)
    summary, total = _last(controls, "_summary"), _last(controls, "_total")
    for name, value, good in (
        ("_count", count, re.fullmatch(r"\d{1,6}", count)),
        ("_summary", summary, not summary or summary in _SUMMARIES),
        ("_total", total, total in {"", "none", "estimate", "accurate"}),
    ):
        if not good:
            raise VadoError("FH-003", name=name, type="control" if value else "")
    elements = tuple(e.rpartition(".")[2] for value in controls.get("_elements", ()) for e in value.split(",") if e.strip())
    return min(int(count), MOST), "" if summary == "false" else summary, tuple(e.strip() for e in elements), total


def _last(controls: dict[str, list[str]], name: str) -> str:
    return (controls.get(name) or [""])[-1]
