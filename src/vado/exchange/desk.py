"""The review desk: what waits for a person, in which order, and what their decisions teach.

The order, from first to last:
1. harm of the kind when it is wrong: allergies, then medicines, diagnoses and who the person is, then results, then the rest;
2. what is told wrong most often (this kind by this rule of this reader, in steps of a tenth; unknown: as often as all together);
3. what was read with less confidence, in steps of a tenth;
4. what was received first.
One in twenty of the values that are shown without review comes last: without it nobody could say how many of those are right.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from vado.exchange import allow
from vado.exchange.consult import threshold_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.ports.nouns import Unsure
from vado.model.fact import Fact
from vado.model.original import UNKNOWN_PARTNER, PartnerId, stable_id
from vado.model.record import Viewer
from vado.model.review import Decision, Standing, Verdict, about, by_fact, from_paper, in_force, is_settled, stands
from vado.model.share import wilson

HARM = {  # 0 first
    "AllergyIntolerance": 0,
    **dict.fromkeys(("MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense"), 1),
    **dict.fromkeys(("Condition", "Patient"), 2),
    **dict.fromkeys(("Observation", "DiagnosticReport"), 3),
}
OTHER = 4
ONE_IN = 20  # of the values shown without review
_PRIOR = 10  # decisions that a habit of reading is given on trust
Urgency = tuple[bool, int, float, float, datetime, str]
TARGET = 0.95  # of the values shown without review should be right


@dataclass(frozen=True, slots=True)
class Waiting:
    """A value on the desk."""

    fact: Fact
    received: datetime
    standing: Standing
    votes: tuple[Decision, ...] = ()  # of other readers, where two have to agree


@dataclass(frozen=True, slots=True)
class Label:
    """What a person's decision says about reading: was it right, by which reader and rule, how sure was it."""

    partner: PartnerId
    kind: str  # FHIR resource type
    reader: str  # 'scan/3+rapidocr/3.10'
    field: str  # the rule that understood it
    confidence: float
    right: bool

    @property
    def habit(self) -> tuple[str, str, str]:
        """What the same mistake is expected of."""
        return self.kind, self.field, self.reader


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A threshold for a partner, and what it rests on."""

    threshold: float | None  # None: the decisions do not show any that would do
    shown: int  # decided values at or above it
    right: int
    lowest: float  # Wilson lower bound (95 %) of the share that is right


@dataclass(frozen=True, slots=True)
class Desk:
    """What one reader finds on the desk."""

    waiting: tuple[Waiting, ...]  # the most urgent first
    decided: tuple[Decision, ...]  # by this reader and in force, newest first
    more: bool = False  # more wait than were read

    def after(self, fact_id: str) -> tuple[Waiting, ...]:
        """Give what comes after this one; all when it is not on the desk."""
        at = next((n for n, w in enumerate(self.waiting, 1) if w.fact.id == fact_id), 0)
        return self.waiting[at:]

    @property
    def open(self) -> int:
        """How many values are no facts yet; the others are samples of what is shown anyway."""
        return sum(w.standing.is_open for w in self.waiting)


def open_desk(  # noqa: PLR0913 - what is wanted of the desk
    x: Exchange, viewer: Viewer, partner: PartnerId | None = None, wanted: str = "", *, past: str = "", most: int | None = None
) -> Desk:  # fmt: skip
    """List what waits for this viewer, the most urgent first, and the fact that is `wanted` even if it need not be reviewed.

    The list is audited once; showing a value is audited by `consult.trace`.

    Args:
        x: the exchange.
        viewer: who asks.
        partner: only what this one told; None: all.
        wanted: a fact that is looked at in any case.
        past: the fact after which the list goes on; it begins anew where nothing comes after it.
        most: how many values are read at least; None: all. Whether they may be seen is asked of these alone, so that a desk on
            which ten thousand values wait opens as fast as an empty one.
    """
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "desk"))
        unsure = {u.fact: u for u in tx.unsure(partner=partner)}
        partners = {partner} if partner else {*x.profiles, *(u.partner for u in unsure.values()), UNKNOWN_PARTNER}
        all_said = [d for one in sorted(partners) for d in tx.decisions(partner=one)]
        due = _after(past, _due(unsure.values(), all_said, threshold_of(x)))
        found = _waiting(x, tx, viewer, [unsure[wanted]], wanted) if wanted in unsure else []
        read, step = 0, most or len(due) or 1
        while read < len(due) and (read == 0 or not found):  # of many none may be for this viewer's eyes
            found += _waiting(x, tx, viewer, [unsure[id_] for id_ in due[read : read + step] if id_ != wanted])
            read += step
    place = {id_: n for n, id_ in enumerate(due)}
    found.sort(key=lambda w: place.get(w.fact.id, -1))
    return Desk(tuple(found), _mine(all_said, viewer), more=read < len(due))


def _due(unsure: Iterable[Unsure], said: Iterable[Decision], below: Callable[[PartnerId], float]) -> list[str]:
    """Name what is to be looked at, in the order of the desk, before any value is read."""
    said = tuple(said)
    rate, touched = error_rate(labels(said)), {d.fact for d in said}
    is_open = {u.fact: u.fact in touched or u.confidence < below(u.partner) for u in unsure}
    due = (u for u in unsure if is_open[u.fact] or _sampled(u.fact))
    return [u.fact for u in sorted(due, key=lambda u: urgency(u, rate(u), is_open=is_open[u.fact]))]


def _after(past: str, ids: list[str]) -> list[str]:
    """Turn the list so that it goes on after this one."""
    at = ids.index(past) + 1 if past in ids else 0
    return [*ids[at:], *ids[:at]]


def _waiting(x: Exchange, tx: Transaction, viewer: Viewer, some: Iterable[Unsure], wanted: str = "") -> list[Waiting]:
    """Read these values, and leave out what this viewer may not see, has looked at, or need not look at."""
    received, below, waiting = {u.fact: u.received for u in some}, threshold_of(x), []
    facts = allow.some(x, tx, viewer, (f for f in tx.facts_named(received) if from_paper(f)))
    said = by_fact(tx.decisions(facts=[f.id for f in facts]))
    for fact in facts:
        words = said.get(fact.id, ())
        standing, votes = stands(fact, words, below(fact.evidence.partner)), in_force(about(fact, words))
        is_due = standing.is_open or _sampled(fact.id) or fact.id == wanted
        if is_due and not is_settled(fact, words) and viewer.name not in {v.by for v in votes}:
            waiting.append(Waiting(fact, received[fact.id], standing, votes))
    return waiting


def _mine(decisions: Iterable[Decision], viewer: Viewer) -> tuple[Decision, ...]:
    mine = (d for words in by_fact(decisions).values() for d in in_force(words)[-1:] if d.by == viewer.name)
    return tuple(sorted(mine, key=lambda d: d.at, reverse=True))


def urgency(value: Unsure, wrong: float, *, is_open: bool) -> Urgency:
    """Give the sort key of the desk; see the top of this file.

    Args:
        value: what orders a value.
        wrong: the share of readings like it that are wrong, 0..1.
        is_open: it is no fact before a person says so; else it is a sample.
    """
    harm = HARM.get(value.kind, OTHER)
    return not is_open, harm, -round(wrong, 1), round(value.confidence, 1), value.received, value.fact


def labels(decisions: Iterable[Decision]) -> tuple[Label, ...]:
    """Read what decisions (oldest first) say about reading: one row a settled fact, by fact id."""
    rows = []
    for _, words in sorted(by_fact(decisions).items()):
        votes = in_force(words)
        if votes and votes[-1].settles:
            e = votes[-1].proposed.evidence
            right = votes[-1].verdict is Verdict.ACCEPT
            rows.append(Label(e.partner, votes[-1].proposed.kind, e.reader, e.rule, e.confidence, right))
    return tuple(rows)


def error_rate(rows: Iterable[Label]) -> Callable[[Unsure], float]:
    """Give how often a value like this is wrong, 0..1; few decisions count little against the share of all."""
    rows = tuple(rows)
    wrong, all_of = Counter(r.habit for r in rows if not r.right), Counter(r.habit for r in rows)
    overall = sum(wrong.values()) / len(rows) if rows else 0.0

    def rate(value: Unsure) -> float:
        habit = (value.kind, value.rule, value.reader)
        return (wrong[habit] + _PRIOR * overall) / (all_of[habit] + _PRIOR)

    return rate


def suggest(rows: Iterable[Label], target: float = TARGET) -> Suggestion:
    """Give the lowest threshold at which the values shown are right often enough, so surely that chance hardly explains it.

    Args:
        rows: decisions as labels.
        target: the share, 0..1, that the Wilson lower bound has to reach.

    Source: Wilson 1927, J. American Statistical Association 22:209-212.
    """
    rows = sorted(rows, key=lambda r: r.confidence, reverse=True)
    best = Suggestion(None, len(rows), sum(r.right for r in rows), wilson(sum(r.right for r in rows), len(rows))[0])
    right = 0
    for n, row in enumerate(rows, 1):
        right += row.right
        is_last = n == len(rows) or rows[n].confidence != row.confidence
        if is_last and wilson(right, n)[0] >= target:
            best = Suggestion(row.confidence, n, right, wilson(right, n)[0])
    return best


def labels_of(x: Exchange, partner: PartnerId, viewer: Viewer) -> tuple[Label, ...]:
    """Give what the decisions on a partner's papers say about reading; no values."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "labels", partner))
        return labels(tx.decisions(partner=partner))


def _sampled(fact_id: str) -> bool:
    return int(stable_id("sample", fact_id)[:8], 16) % ONE_IN == 0
