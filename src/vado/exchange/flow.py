"""What one original and one delivery add to the counts of what flows. Stores keep the sums; the plain one adds them all up each time."""

from collections import Counter
from collections.abc import Iterable

from vado.exchange.ports.nouns import Settled
from vado.exchange.terms import local_of
from vado.model.delivery import Delivery
from vado.model.fact import End, Fact
from vado.model.flow import Flow, Grain, Of
from vado.model.original import State
from vado.model.reading import Fidelity
from vado.model.review import WHOLE

LONGEST = 80  # letters of a code or a path
SYSTEM = "system "  # begins the key of a code system or issuer that the profile does not name
_UNNAMED = "IN-017"
_NO_VALUES = frozenset((*WHOLE, "Patient"))


def flows_of(settled: Settled, state: State) -> Counter[Flow]:
    """Count what one original adds, as it was settled and as it stands now."""
    o, found = settled.original, Counter[Flow]()
    reader = settled.reading.reader if settled.reading else ""
    form, day = reader.partition("/")[0], o.received.isoformat()[:10]
    held = settled.issues[0].code if state is State.HELD and settled.issues else ""
    found[Flow(Of.ORIGINALS, o.partner, day, o.channel, form, 0, state.value, held)] += 1
    if reader:
        found[Flow(Of.READ_BY, o.partner, format=form, key=reader)] += 1
    for fact in settled.facts:
        if fact.patient and fact.kind not in _NO_VALUES:
            rung = int(fact.evidence.fidelity)
            found[Flow(Of.VALUES, o.partner, day, "", form, rung)] += 1
            if local := _unmapped(fact):
                found[Flow(Of.UNMAPPED, o.partner, format=form, fidelity=rung, key=local, detail=fact.kind)] += 1
    for entry in settled.ledger:
        if entry.end is End.NOT_UNDERSTOOD:
            found[Flow(Of.LOST, o.partner, format=form, key=entry.path[:LONGEST])] += entry.count
    for one in settled.issues:
        if one.code == _UNNAMED:
            found[Flow(Of.LOST, o.partner, format=form, key=f"{SYSTEM}{dict(one.slots)['system']}"[:LONGEST])] += 1
    return found


def flow_of(delivery: Delivery) -> Flow:
    """Say where one delivery counts, as it stands."""
    return Flow(
        Of.DELIVERIES, delivery.partner, delivery.made.isoformat()[:10], delivery.wish, key=delivery.state.value
    )  # fmt: skip


def grains(flow: Flow) -> Iterable[tuple[Grain, str]]:
    """Give the grains in which this is counted, each with the day as it is told there."""
    return [(g, flow.day[: int(g)]) for g in Grain] if flow.day else [(Grain.ALL, "")]


def _unmapped(fact: Fact) -> str:
    """Give the code, or the text, that no standard code stands beside; of paper nobody asks for one: its words are a person's own."""
    return local_of(fact)[:LONGEST] if fact.evidence.fidelity >= Fidelity.FIELDS else ""
