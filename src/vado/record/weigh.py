"""What may be shown as what: the one place that says which value is a fact of the record, and which is but text that waits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.review import Decision, Standing, Verdict, about, as_decided, by_fact, in_force, stands

Below = Callable[[PartnerId], float]  # the partner's threshold, 0..1


@dataclass(frozen=True, slots=True)
class Weighed:
    """Facts with a person's word on them. What is in `waiting` must never be shown or sent as a fact."""

    facts: tuple[Fact, ...]  # may stand in the record
    waiting: tuple[Fact, ...]  # text, until a person has decided
    rejected: tuple[Fact, ...]  # does not stand in the original; seen in the trace only


def weigh(facts: Iterable[Fact], decisions: Iterable[Decision], below: Below) -> Weighed:
    """Sort facts by what they may be shown as. A confirmed fact stays, even when no original tells it any more.

    Args:
        facts: as they were read, one of each id.
        decisions: all on facts about the same patients, oldest first.
        below: the threshold of each partner: what was read with less confidence waits.
    """
    said = by_fact(decisions)
    told = {f.id: f for f in facts}
    told |= {id_: some[-1].proposed for id_, some in said.items() if id_ not in told}
    parts: dict[str, list[Fact]] = {"facts": [], "waiting": [], "rejected": []}
    for id_ in sorted(told):
        fact, words = told[id_], said.get(id_, ())
        standing = stands(fact, words, below(fact.evidence.partner))
        if (standing.is_open or standing is Standing.REJECTED) and (before := _confirmed_before(fact, words)):
            parts["facts"].append(before)  # it holds until a person has looked at what a later paper says
            continue
        part = "rejected" if standing is Standing.REJECTED else "waiting" if standing.is_open else "facts"
        parts[part].append(as_decided(fact, words) if words else fact)
    return Weighed(tuple(parts["facts"]), tuple(parts["waiting"]), tuple(parts["rejected"]))


def _confirmed_before(fact: Fact, decisions: Iterable[Decision]) -> Fact | None:
    """Give what a person confirmed of another telling of this fact."""
    here = about(fact, decisions)
    votes = in_force(d for d in decisions if d not in here)
    if not votes or not votes[-1].settles or votes[-1].verdict is Verdict.REJECT:
        return None
    return as_decided(votes[-1].proposed, votes)
