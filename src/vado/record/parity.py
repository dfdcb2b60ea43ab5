"""Did they get the same facts: what two sendings carry, or a sending and the record, fact by fact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

import orjson

from vado.model.delivery import Manifest
from vado.model.fact import Fact
from vado.model.record import Record

ORIGINAL = 16  # characters of an original's id that a manifest keeps


class Parity(StrEnum):
    """How one fact stands in two sendings."""

    SAME = "the same in both"
    IN_PART = "in both, in one not wholly"
    DIFFERENT = "in both, and says something else"
    FIRST = "in the first only"
    SECOND = "in the second only"
    NEITHER = "in neither"  # both knew it, and neither form could carry it


@dataclass(frozen=True, slots=True)
class Sending:
    """What one sending had to carry, and what its form did not."""

    facts: Mapping[str, str]  # id -> fingerprint of what it said, of every fact that the record held then
    losses: Mapping[str, str] = field(default_factory=dict)  # id -> why it was not carried, or not wholly

    def carries(self, fact: str) -> bool:
        """Say whether a fact is in it, wholly or in part."""
        return fact in self.facts and (fact not in self.losses or is_part(self.losses[fact]))


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact in two sendings. A reason is "" where nothing was lost, or where the sending never knew the fact."""

    fact: str
    parity: Parity
    first: str  # why it is not, or not wholly, in the first
    second: str


def sending(record: Record, losses: Iterable[tuple[str, str]] = ()) -> Sending:
    """Say what was sent of a record with these losses; without any it is the record itself.

    Counted are the facts of lines: shown, the same, contradictions, and what waits for a person. Who the person is, and whom
    lines refer to, each form tells in a way of its own.
    """
    told = [f for line in (*record.lines, *record.waiting) for f in (line.shown, *line.same, *line.conflicts)]
    facts = {f.id: fingerprint(f) for f in told}
    reasons: dict[str, list[str]] = {}
    for id_, reason in losses:
        if id_ in facts and reason not in reasons.setdefault(id_, []):
            reasons[id_].append(reason)
    return Sending(facts, {id_: _worst(sorted(some)) for id_, some in reasons.items()})


def manifest(record: Record, losses: Iterable[tuple[str, str]]) -> Manifest:
    """Say what a sending of a record holds, to be kept with it. Who the person is stands in it without a fingerprint: see `sending`."""
    sent = sending(record, losses)
    told = {f.id: f for line in (*record.lines, *record.waiting) for f in (line.shown, *line.same, *line.conflicts)}
    people = [(p.id, "", p.evidence.original[:ORIGINAL]) for p in record.person.patients]
    facts = [(id_, fingerprint_, told[id_].evidence.original[:ORIGINAL]) for id_, fingerprint_ in sent.facts.items()]
    return Manifest(record.person.id, tuple(sorted([*facts, *people])), tuple(sorted(sent.losses.items())))


def as_sent(manifests: Iterable[Manifest]) -> Sending:
    """Give what was kept of a sending, as one that can be compared."""
    kept = tuple(manifests)
    facts = {id_: said for m in kept for id_, said, _ in m.facts if said}
    return Sending(facts, {id_: why for m in kept for id_, why in m.losses})


def compare(first: Sending, second: Sending) -> tuple[Compared, ...]:
    """Compare two sendings: every fact that either knew, once, by id."""
    return tuple(_compared(id_, first, second) for id_ in sorted(first.facts.keys() | second.facts.keys()))


def alike(compared: Iterable[Compared]) -> bool:
    """Say whether both got the same facts, wholly."""
    return all(one.parity in (Parity.SAME, Parity.NEITHER) for one in compared)


def fingerprint(fact: Fact) -> str:
    """Name what a fact says: the same words, codes and values give the same name, whoever read them and when."""
    said = {k: v for k, v in fact.resource.items() if k != "meta"}
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def is_part(reason: str) -> bool:
    """Say whether a loss is of a part only: its reason names what was left out."""
    return ": " in reason


def _compared(id_: str, first: Sending, second: Sending) -> Compared:
    reasons = first.losses.get(id_, ""), second.losses.get(id_, "")
    here, there = first.carries(id_), second.carries(id_)
    if here and there:
        same = first.facts[id_] == second.facts[id_]
        parity = Parity.DIFFERENT if not same else Parity.IN_PART if any(reasons) else Parity.SAME
    else:
        parity = Parity.FIRST if here else Parity.SECOND if there else Parity.NEITHER
    return Compared(id_, parity, *reasons)


def _worst(reasons: list[str]) -> str:
    """Give the reason why nothing of it went, where there is one; else all parts that were left out."""
    return next((r for r in reasons if not is_part(r)), "; ".join(reasons))
