"""The fidelity ladder: facts per rung, partner and month, and which single change by a partner would lift most of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from vado.exchange.ports import Audit, Exchange
from vado.model.flow import Flow, Grain, Of
from vado.model.original import PartnerId
from vado.model.reading import Fidelity
from vado.model.record import Viewer

STEPS = {  # from this rung: what the partner would do, and the rung where Vado then reads the same facts
    Fidelity.IMAGE: ("send the lists as tables (CSV, Excel) or fillable forms", Fidelity.FIELDS),
    Fidelity.TEXT: ("send the same as tables (CSV, Excel) or fillable forms", Fidelity.FIELDS),
    Fidelity.FIELDS: ("send messages (HL7 v2, FHIR, CDA)", Fidelity.STRUCTURED),
    Fidelity.STRUCTURED: ("use standard codes, or accept a map of its own (`vado terms`)", Fidelity.CODED),
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One count of `vado ladder`."""

    partner: PartnerId
    format: str  # reader name
    month: str  # '2026-11': when received, UTC
    fidelity: int
    facts: int


@dataclass(frozen=True, slots=True)
class Lift:
    """What would rise if a partner changed one thing."""

    partner: PartnerId
    format: str  # what it sends now: reader name
    now: Fidelity
    then: Fidelity
    change: str
    facts: int  # that would rise
    of: int  # all single values of all partners
    people: int  # whose facts they are


def ladder(x: Exchange, viewer: Viewer) -> tuple[tuple[Rung, ...], tuple[Lift, ...]]:
    """Give the counts (tellings of single values, no whole documents) and the possible lifts, most facts first."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "ladder"))
        counted = rungs(tx.flow.counted(Of.VALUES, Grain.MONTH))
        persons = {key: n for *key, n in tx.flow.count_told() for key in [tuple(key)]}
    return counted, tuple(
        Lift(p, f, now, then, change, n, of, persons.get((p, f, now), 0)) for p, f, now, then, change, n, of in lifts(counted)
    )


def rungs(values: Iterable[tuple[Flow, int]]) -> tuple[Rung, ...]:
    """Give the same as rungs of the ladder, in the order partner, format, month, fidelity."""
    return tuple(
        sorted(
            (Rung(f.partner, f.format, f.day, f.fidelity, n) for f, n in values),
            key=lambda r: (r.partner, r.format, r.month, r.fidelity),
        )
    )


def lifts(counted: Iterable[Rung]) -> list[tuple[PartnerId, str, Fidelity, Fidelity, str, int, int]]:
    """Reckon what each single change would lift: (partner, format, now, then, change, facts, of all), most first.

    A change concerns what one partner sends in one format; of as many facts the higher rise counts for more.
    """
    sums: Counter[tuple[PartnerId, str, Fidelity]] = Counter()
    for rung in counted:
        sums[(rung.partner, rung.format, Fidelity(rung.fidelity))] += rung.facts
    found = [
        (partner, form, now, STEPS[now][1], STEPS[now][0], n, sums.total())
        for (partner, form, now), n in sums.items()
        if now in STEPS
    ]
    return sorted(found, key=lambda lift: (-lift[5], lift[2] - lift[3], lift[:3]))
