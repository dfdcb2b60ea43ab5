"""Which way a place goes: months of the exchange from its counts, and closed rounds of answers; each thing by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vado.collaboration.ecosystem import told
from vado.collaboration.network import Joined, joined
from vado.collaboration.travel import Scored, Series, of_exchange, of_people, rungs_by_month, scored
from vado.exchange import allow
from vado.exchange.collaboration.asked import instrument_of
from vado.exchange.collaboration.ecosystem import ecosystem
from vado.exchange.collaboration.results import pictures
from vado.exchange.ports import Exchange
from vado.model.delivery import DeliveryState
from vado.model.flow import Grain, Monthly, Of
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.model.survey import Instrument, Round


@dataclass(frozen=True, slots=True)
class Travel:
    """All that is known of the direction."""

    series: tuple[Series, ...]  # of the exchange, by month
    months: tuple[str, ...]  # 'YYYY-MM', those that are over, oldest first
    rungs: Mapping[Fidelity, tuple[int, ...]]  # single values by month received
    now: Joined  # people, today: who is one person with whom is known only now
    scored: tuple[Scored, ...]  # by dimension
    instrument: Instrument | None  # of the rounds; None: no round is closed
    rounds: tuple[Round, ...]  # closed ones that asked the same, oldest first


def travel(x: Exchange, viewer: Viewer) -> Travel:
    """Give the direction of travel. Raises NotPermitted AC-001."""
    allow.check(viewer, "rounds.read")
    place, _, heads = ecosystem(x, viewer, page="direction")
    today = x.clock().date()
    with x.store.begin() as tx:
        originals, values, out = (tx.flow.counted(of, Grain.MONTH) for of in (Of.ORIGINALS, Of.VALUES, Of.DELIVERIES))
        rounds = pictures(x, tx)
    series = of_exchange(originals, values, [(f, n) for f, n in out if f.key == DeliveryState.SENT.value], today)
    months = tuple(m for m, _ in series[0].points)
    values_told = next(s for s in series if s.id == "values")
    series += of_people(heads.monthly or Monthly(), values_told, months)
    instrument = instrument_of(x, rounds[-1][0].instrument) if rounds else None
    return Travel(
        series, months, rungs_by_month(values, months), joined(place.holdings, place.observed),
        scored(rounds), instrument, tuple(r for r, _ in rounds),
    )  # fmt: skip


def as_lines(found: Travel) -> dict[str, Any]:
    """Give it for programs."""
    return {
        "months": list(found.months),
        "series": [{"what": s.id, "word": s.word, "points": dict(s.points)} for s in found.series],
        "people_now": told(found.now.people), "whole_now": told(found.now.whole),
        "dimensions": [
            {"dimension": s.dimension, "word": s.series.word, "means": dict(s.series.points), "hidden": list(s.hidden)}
            for s in found.scored
        ],
    }  # fmt: skip
