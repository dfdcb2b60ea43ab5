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
from vado.exchange.ports import Audit, Exchange
from vado.model.fact import Fact
from vado.model.original import UNKNOWN_PARTNER, PartnerId, stable_id
from vado.model.record import Viewer
from vado.model.review import Decision, Standing, Verdict, about, by_fact, in_force, stands
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

    @property
    def open(self) -> int:
        """How many values are no facts yet; the others are samples of what is shown anyway."""
        return sum(w.standing.is_open for w in self.waiting)

    def after(self, fact_id: str) -> tuple[Waiting, ...]:
        """Give what comes after this one; all when it is not on the desk."""
        at = next((n for n, w in enumerate(self.waiting, 1) if w.fact.id == fact_id), 0)
        return self.waiting[at:]


def open_desk(x: Exchange, viewer: Viewer, partner: PartnerId | None = None, wanted: str = "") -> Desk:
    """List what waits for this viewer, and the fact that is `wanted` even if it need not be reviewed.

    The list is audited once; showing a value is audited by `consult.trace`.
    """
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "desk"))
        found = tx.to_review(partner=partner)
        ours = {f.id for f in allow.some(x, tx, viewer, (f for f, _ in found))}
        found = tuple((f, received) for f, received in found if f.id in ours)
        said = by_fact(tx.decisions(facts=[f.id for f, _ in found]))
        partners = {partner} if partner else {*x.profiles, *(f.evidence.partner for f, _ in found), UNKNOWN_PARTNER}
        all_said = [d for one in sorted(partners) for d in tx.decisions(partner=one)]
    rate, below = error_rate(labels(all_said)), threshold_of(x)
    waiting = []
    for fact, received in found:
        words = said.get(fact.id, ())
        standing = stands(fact, words, below(fact.evidence.partner))
        votes = in_force(about(fact, words))
        if (standing.is_open or _sampled(fact) or fact.id == wanted) and viewer.name not in {v.by for v in votes}:
            waiting.append(Waiting(fact, received, standing, votes))
    waiting.sort(key=lambda w: urgency(w, rate))
    return Desk(tuple(waiting), _mine(all_said, viewer))


def _mine(decisions: Iterable[Decision], viewer: Viewer) -> tuple[Decision, ...]:
    mine = (d for words in by_fact(decisions).values() for d in in_force(words)[-1:] if d.by == viewer.name)
    return tuple(sorted(mine, key=lambda d: d.at, reverse=True))


def urgency(waiting: Waiting, rate: Callable[[Fact], float]) -> tuple[bool, int, float, float, datetime, str]:
    """Give the sort key of the desk; see the top of this file. `rate` gives the share of wrong readings, 0..1."""
    fact = waiting.fact
    return (
        not waiting.standing.is_open, HARM.get(fact.kind, OTHER), -round(rate(fact), 1),
        round(fact.evidence.confidence, 1), waiting.received, fact.id,
    )  # fmt: skip


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


def error_rate(rows: Iterable[Label]) -> Callable[[Fact], float]:
    """Give how often a fact like this is wrong, 0..1; few decisions count little against the share of all."""
    rows = tuple(rows)
    wrong, all_of = Counter(r.habit for r in rows if not r.right), Counter(r.habit for r in rows)
    overall = sum(wrong.values()) / len(rows) if rows else 0.0

    def rate(fact: Fact) -> float:
        habit = (fact.kind, fact.evidence.rule, fact.evidence.reader)
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


def _sampled(fact: Fact) -> bool:
    return int(stable_id("sample", fact.id)[:8], 16) % ONE_IN == 0
