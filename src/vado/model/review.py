"""What a person said about a value that was read from paper. Decisions are events: never altered, the last ones hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.reading import Fidelity

WHOLE = {"DocumentReference", "Composition", "Binary", "Media"}  # a text to read, not a value that was understood


class Verdict(StrEnum):
    """What a person may say."""

    ACCEPT = "accept"  # it was read right
    CORRECT = "correct"  # it was read wrong; this is right
    REJECT = "reject"  # it does not stand there
    UNDO = "undo"  # take back the last decision on this fact


class Standing(StrEnum):
    """What a fact may be shown as."""

    TOLD = "told"  # not read from paper, or read without any doubt
    READ = "from paper, not reviewed"  # surer than the partner's threshold: shown, with this mark
    WAITING = "waits for a person"  # under the threshold: text, no fact
    SECOND = "waits for a second reader"
    THIRD = "two readers disagree"  # waits for a third
    ACCEPTED = "confirmed by a person"
    CORRECTED = "corrected by a person"
    REJECTED = "rejected by a person"

    @property
    def is_open(self) -> bool:
        """Say whether a person still has to decide before it counts as a fact."""
        return self in {Standing.WAITING, Standing.SECOND, Standing.THIRD}


_SETTLED = {Verdict.ACCEPT: Standing.ACCEPTED, Verdict.CORRECT: Standing.CORRECTED, Verdict.REJECT: Standing.REJECTED}


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word on one fact. It holds the whole fact as it was proposed, so that it outlives any later reading."""

    proposed: Fact
    verdict: Verdict
    by: str
    at: datetime  # aware, UTC
    after: FhirJson | None = None  # of a correction: the resource as the person says it is
    seconds: float | None = None  # between showing and deciding; None: not measured
    settles: bool = True  # False: another reader has to look as well

    @property
    def fact(self) -> str:
        """The id of the fact that it is about."""
        return self.proposed.id

    @property
    def says(self) -> tuple[Verdict, FhirJson | None]:
        """What two readers have to agree on."""
        return self.verdict, self.after


def from_paper(fact: Fact) -> bool:
    """Say whether a machine read this value from pixels or free text: with less than certainty, as no other source is."""
    return fact.kind not in WHOLE and fact.evidence.confidence < 1


def from_pixels(evidence: Evidence) -> bool:
    """Say whether all that is known of it are pixels, whatever named fields a form gave them."""
    return evidence.fidelity is Fidelity.IMAGE or evidence.reader.startswith("scan/")


def about(fact: Fact, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Give the decisions on this very telling: on what this original says, however it is read, or on the same words elsewhere.

    What another paper says later is a new value to review, and what a better source says needs no reviewing.
    """
    here = fact.evidence.original
    return tuple(
        d
        for d in decisions
        if from_paper(fact) and (d.proposed.evidence.original == here or d.proposed.resource == fact.resource)
    )


def by_fact(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Put decisions together by the fact that they are about, in the order given."""
    said: dict[str, list[Decision]] = {}
    for decision in decisions:
        said.setdefault(decision.fact, []).append(decision)
    return said


def in_force(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Give the decisions on one fact that were not taken back, oldest first."""
    standing: list[Decision] = []
    for decision in decisions:
        if decision.verdict is not Verdict.UNDO:
            standing.append(decision)
        elif standing:
            standing.pop()
    return tuple(standing)


def stands(fact: Fact, decisions: Sequence[Decision], below: float) -> Standing:
    """Say what this fact may be shown as.

    Args:
        fact: as it was read.
        decisions: all that persons decided on a fact of this id, oldest first.
        below: the partner's threshold: a value read with less confidence waits.
    """
    votes = in_force(about(fact, decisions)) if decisions else ()
    if votes and votes[-1].settles:
        return _SETTLED[votes[-1].verdict]
    if votes:
        return Standing.SECOND if len(votes) == 1 else Standing.THIRD
    if fact.evidence.reviewed:
        return Standing.ACCEPTED
    if from_paper(fact) and fact.evidence.confidence < below:
        return Standing.WAITING
    return Standing.READ if from_pixels(fact.evidence) else Standing.TOLD


def is_settled(fact: Fact, decisions: Iterable[Decision]) -> bool:
    """Say whether this telling needs no person any more."""
    votes = in_force(about(fact, decisions))
    return bool(votes) and votes[-1].settles


def as_decided(fact: Fact, decisions: Iterable[Decision]) -> Fact:
    """Give the fact with a person's word on it: confirmed as it is, or as it was corrected; else as it was read."""
    votes = in_force(about(fact, decisions))
    if not votes or not votes[-1].settles or votes[-1].verdict is Verdict.REJECT:
        return fact
    last = votes[-1]
    evidence = replace(last.proposed.evidence, reviewed=True)
    return Fact(last.after or last.proposed.resource, evidence, last.proposed.patient)
