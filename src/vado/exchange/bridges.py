"""The bridges as an operator sees them: what flows through each, what stands where, what fails, and what a person can do about it.

All of it is read from counts that are kept as things change (model/flow.py): however much a place holds, a page costs the same.
Nothing here names a person or shows a value of one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from vado.errors import NotFound, VadoError
from vado.exchange import breaker
from vado.exchange.losses import fix_of
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.exchange.ports.flow import Flows
from vado.exchange.steps import FEWEST, Seen, Step, Stock, steps
from vado.model.delivery import DeliveryState
from vado.model.flow import Flow, Grain, Heads, Of
from vado.model.original import PartnerId, State
from vado.model.reading import Fidelity
from vado.model.record import Viewer
from vado.model.traffic import PAST, Alert, Hold, alerts, hour_of

T = TypeVar("T")

SPANS = (1, 7, 91)  # days: today, the last week, the last quarter
WEEKS = 13  # of the charts

OLD = timedelta(minutes=10)  # after which persons are counted anew
SEEN = timedelta(days=90)  # of what was opened, or sent, that counts as seen


@dataclass(frozen=True, slots=True)
class Bridge:
    """One partner, as its row of the page."""

    partner: PartnerId
    name: str
    came: tuple[int, ...] = (0,) * len(SPANS)  # originals received within each span
    went: tuple[int, ...] = (0,) * len(SPANS)  # deliveries made and sent within each span
    last: str = ""  # day on which it was heard last; "" never
    states: Mapping[State, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)  # held originals by the code of their first issue
    undelivered: int = 0  # deliveries that failed or are held
    rungs: Mapping[Fidelity, int] = field(default_factory=dict)  # single values
    doubts: int = 0  # open
    desk: int = 0  # values from paper that wait for a person
    persons: int = 0  # it tells of
    joined: int = 0  # of these: told of by another partner too
    hold: Hold | None = None
    tripped: bool = False  # its circuit breaker of linking is open

    @property
    def values(self) -> int:
        """How many single values it has told."""
        return sum(self.rungs.values())

    @property
    def failed(self) -> int:
        """How many of its originals could not be read."""
        return self.states.get(State.HELD, 0)


@dataclass(frozen=True, slots=True)
class Came:
    """What one partner sent in one format, by where it stands."""

    partner: PartnerId
    format: str  # "": nothing has read it yet
    states: Mapping[State, int]

    @property
    def originals(self) -> int:
        """How many there are."""
        return sum(self.states.values())

    @property
    def failed(self) -> int:
        """How many of them could not be read."""
        return self.states.get(State.HELD, 0)


@dataclass(frozen=True, slots=True)
class Bridges:
    """All of them, and what would help most."""

    bridges: tuple[Bridge, ...]
    steps: tuple[Step, ...]  # best first
    alerts: tuple[Alert, ...]
    weeks: tuple[str, ...]  # first day of each week of the charts, oldest first
    came: Mapping[PartnerId, tuple[int, ...]]  # originals by week
    counted: datetime | None  # when persons were counted last


@dataclass(frozen=True, slots=True)
class Lost:
    """One kind of element that was not understood."""

    format: str
    path: str
    count: int
    fix: str  # the profile line that would change it; "" when no line does


@dataclass(frozen=True, slots=True)
class Close:
    """One bridge from near."""

    bridge: Bridge
    steps: tuple[Step, ...]
    alerts: tuple[Alert, ...]
    channels: tuple[tuple[str, int, int, int], ...]  # channel, originals within each span
    formats: tuple[tuple[str, Mapping[State, int]], ...]
    unmapped: tuple[tuple[str, str, str, int], ...]  # code as sent, resource type, format, facts; most first
    rare: tuple[int, int]  # codes that came too seldom to be shown, and their facts
    lost: tuple[Lost, ...]  # most first
    weeks: tuple[str, ...]
    rungs: Mapping[Fidelity, tuple[int, ...]]  # values by week received
    weekly: tuple[tuple[int, int], ...]  # originals in and deliveries out by week


def bridges(x: Exchange, viewer: Viewer, versions: Mapping[str, str] | None = None) -> Bridges:
    """Give every bridge and the next best steps. `versions`: today's version of each reader."""
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "bridges"))
        heads = tx.flow.heads()
    if heads is None:  # the first look of all: nobody has counted yet
        heads = count_heads(x)
    now = x.clock()
    days = weeks_until(now.date())
    with x.store.begin() as tx:
        seen = _seen(x, tx, heads, versions or {})
        all_came = tx.flow.counted(Of.ORIGINALS, Grain.DAY, since=days[0].isoformat())
        by_partner: dict[PartnerId, list[tuple[Flow, int]]] = {}
        for flow, n in all_came:
            by_partner.setdefault(flow.partner, []).append((flow, n))
        return Bridges(
            tuple(seen.bridges), steps(seen.stocks), _alerts(tx, now), tuple(d.isoformat() for d in days),
            {p: by_week(flows, days) for p, flows in sorted(by_partner.items())}, heads.at,
        )  # fmt: skip


def came(x: Exchange) -> tuple[Came, ...]:
    """Give what each partner sent, by format; no patient data."""
    with x.store.begin() as tx:
        return _came(tx.flow.counted(Of.ORIGINALS))


def _came(total: Iterable[tuple[Flow, int]]) -> tuple[Came, ...]:
    found: dict[tuple[PartnerId, str], Counter[State]] = {}
    for flow, n in total:
        found.setdefault((flow.partner, flow.format), Counter())[State(flow.key)] += n
    return tuple(Came(partner, form, states) for (partner, form), states in sorted(found.items()))


def bridge(x: Exchange, partner: PartnerId, viewer: Viewer, versions: Mapping[str, str] | None = None) -> Close:
    """Give one bridge from near. Raises NotFound CO-004: there is no such partner."""
    whole = bridges(x, viewer, versions)
    mine = next((b for b in whole.bridges if b.partner == partner), None)
    if mine is None:
        raise NotFound("CO-004", partner=partner)
    days = weeks_until(x.clock().date())
    since = days[0].isoformat()
    with x.store.begin() as tx:
        flow = tx.flow
        came = flow.counted(Of.ORIGINALS, Grain.DAY, since=since, partner=partner)
        values = flow.counted(Of.VALUES, Grain.DAY, since=since, partner=partner)
        went = flow.counted(Of.DELIVERIES, Grain.DAY, since=since, partner=partner)
        codes = sorted(flow.counted(Of.UNMAPPED, partner=partner), key=lambda c: (-c[1], c[0]))
        lost = sorted(flow.counted(Of.LOST, partner=partner), key=lambda c: (-c[1], c[0]))
        states = flow.counted(Of.ORIGINALS, partner=partner)
    rare = [n for _, n in codes if n < FEWEST]
    ins, outs = by_week(came, days), by_week([(f, n) for f, n in went if f.key == DeliveryState.SENT.value], days)
    return Close(
        mine, tuple(s for s in whole.steps if s.partner == partner), tuple(a for a in whole.alerts if a.partner == partner),
        _channels(came, x.clock().date()), _formats(states),
        tuple((f.key, f.detail, f.format, n) for f, n in codes if n >= FEWEST), (len(rare), sum(rare)),
        tuple(Lost(f.format, f.key, n, fix_of(f.format, f.key)) for f, n in lost),
        whole.weeks, {rung: by_week([(f, n) for f, n in values if f.fidelity == rung], days) for rung in Fidelity},
        tuple(zip(ins, outs, strict=True)),
    )  # fmt: skip


def count_heads(x: Exchange) -> Heads:
    """Count persons, and what waits on the desk; what is counted holds until it is counted again."""
    with x.store.look() as tx:
        desk, before = Counter(fact.evidence.partner for fact, _ in tx.to_review()), tx.flow.heads()
    found = Heads(
        x.clock(), _alone(x, lambda flow: flow.count_persons()), _alone(x, lambda flow: flow.count_told()), tuple(sorted(desk.items())),
        _alone(x, lambda flow: flow.count_holdings()), _opened(x, before), _alone(x, lambda flow: flow.count_months()),
    )  # fmt: skip
    with x.store.begin() as tx:
        tx.flow.note_heads(found)
    return found


def _alone(x: Exchange, count: Callable[[Flows], T]) -> T:
    """Count one thing in a transaction of its own: how long a look may take holds for the whole of it."""
    with x.store.look() as tx:
        return count(tx.flow)


def _opened(x: Exchange, before: Heads | None) -> tuple[tuple[PartnerId, PartnerId, int], ...]:
    """Count what each partner opened, one by one, so that none of it takes long; of whom it does, what was counted before holds."""
    with x.store.look() as tx:
        readers = sorted({*x.profiles, *(a.partner for a in tx.accounts.everyone() if a.partner)})
    found: list[tuple[PartnerId, PartnerId, int]] = []
    for reader in readers:
        try:
            with x.store.look() as tx:
                found += [(source, reader, n) for source, n in tx.flow.count_openings(reader, x.clock() - SEEN)]
        except VadoError as fault:
            if fault.code != "FH-010":
                raise
            found += [o for o in (before.opened if before else None) or () if o[1] == reader]
    return tuple(sorted(found))


def keep_counts(x: Exchange) -> None:
    """Add up what was noted, and count persons where the last count is old and something has come in since."""
    with x.store.begin() as tx:
        noted, heads = tx.flow.fold(), tx.flow.heads()
    if heads is None or (x.clock() - heads.at > OLD and (noted or _changed(x, heads))):
        count_heads(x)


def _changed(x: Exchange, heads: Heads) -> bool:
    with x.store.begin() as tx:
        last = tx.audits(limit=1)
    return bool(last) and last[0].at > heads.at


@dataclass(slots=True)
class _Found:
    bridges: list[Bridge]
    stocks: list[Stock]


def _seen(x: Exchange, tx: Transaction, heads: Heads, versions: Mapping[str, str]) -> _Found:
    """Put the counts of each partner together."""
    flow, today = tx.flow, x.clock().date()
    since = (today - timedelta(days=SPANS[-1] - 1)).isoformat()
    total, values = flow.counted(Of.ORIGINALS), flow.counted(Of.VALUES)
    recent, sent = (flow.counted(of, Grain.DAY, since=since) for of in (Of.ORIGINALS, Of.DELIVERIES))
    months, out = flow.counted(Of.ORIGINALS, Grain.MONTH), flow.counted(Of.DELIVERIES)
    codes, lost, readers = (flow.counted(of) for of in (Of.UNMAPPED, Of.LOST, Of.READ_BY))
    doubts, holds = flow.doubts(), {h.partner: h for h in tx.traffic.holds()}
    persons = {p: (n, joined) for p, n, joined in heads.persons}
    found = _Found([], [])
    for p in sorted({*x.profiles, *(f.partner for f, _ in total)}):
        mine = lambda flows, p=p: [(f, n) for f, n in flows if f.partner == p]  # noqa: E731 - said eight times
        came = mine(recent)
        last = max((f.day for f, _ in came), default="") or max((f.day for f, _ in mine(months)), default="")
        one = Bridge(
            p, x.profiles[p].name if p in x.profiles else p, within(came, today),
            within([(f, n) for f, n in mine(sent) if f.key == DeliveryState.SENT.value], today), last,
            {State(s): n for s, n in _sums(mine(total), "key").items()},
            _sums([(f, n) for f, n in mine(total) if f.key == State.HELD.value and f.detail], "detail"),
            sum(n for f, n in mine(out) if f.key in {DeliveryState.FAILED.value, DeliveryState.HELD.value}),
            {Fidelity(r): n for r, n in _sums(mine(values), "fidelity").items()},
            sum(n for q, verdict, n in doubts if q == p and not verdict), dict(heads.desk).get(p, 0),
            *persons.get(p, (0, 0)), holds.get(p), breaker.is_open(tx, p),
        )  # fmt: skip
        found.bridges.append(one)
        answered = [(verdict, n) for q, verdict, n in doubts if q == p and verdict]
        found.stocks.append(
            Stock(
                Seen(p, one.persons, one.doubts, one.desk, one.failures), tuple(mine(values)), tuple(mine(codes)),
                tuple(mine(lost)), tuple((f, n) for f, n in mine(readers) if _is_old(f, versions)),
                {(form, rung): n for q, form, rung, n in heads.told if q == p},
                _sums([(f, n) for f, n in mine(total) if f.key in {State.READ.value, State.WAITING.value}], "format"),
                sum(n for verdict, n in answered if verdict == "same"), sum(n for _, n in answered),
            )
        )  # fmt: skip
    return found


def _is_old(flow: Flow, versions: Mapping[str, str]) -> bool:
    today = f"{flow.format}/{versions.get(flow.format, '')}"
    return flow.format in versions and flow.key != today and not flow.key.startswith(f"{today}+")


def _alerts(tx: Transaction, now: datetime) -> tuple[Alert, ...]:
    return alerts(tx.traffic.outcomes(hour_of(now - PAST)), now)


def _sums(flows: Iterable[tuple[Flow, int]], by: str) -> dict:
    found: Counter = Counter()
    for flow, n in flows:
        found[getattr(flow, by)] += n
    return dict(sorted(found.items()))


def within(flows: Iterable[tuple[Flow, int]], today: date) -> tuple[int, ...]:
    """Add up by spans: today, the last seven days with today, the last quarter."""
    flows = tuple(flows)
    firsts = [(today - timedelta(days=span - 1)).isoformat() for span in SPANS]
    return tuple(sum(n for f, n in flows if f.day >= first) for first in firsts)


def weeks_until(today: date) -> tuple[date, ...]:
    """Give the first day of each week of the charts, oldest first; the last of them ends today."""
    return tuple(today - timedelta(days=7 * n - 1) for n in range(WEEKS, 0, -1))


def by_week(flows: Iterable[tuple[Flow, int]], firsts: tuple[date, ...]) -> tuple[int, ...]:
    """Add up by week."""
    found = [0] * len(firsts)
    for flow, n in flows:
        week = (date.fromisoformat(flow.day) - firsts[0]).days // 7
        if 0 <= week < len(found):
            found[week] += n
    return tuple(found)


def _channels(came: Iterable[tuple[Flow, int]], today: date) -> tuple[tuple[str, int, int, int], ...]:
    came = tuple(came)
    names = sorted({f.channel for f, _ in came})
    return tuple((name, *within([(f, n) for f, n in came if f.channel == name], today)) for name in names)  # type: ignore[misc]


def _formats(total: Iterable[tuple[Flow, int]]) -> tuple[tuple[str, Mapping[State, int]], ...]:
    return tuple((one.format, dict(sorted(one.states.items()))) for one in _came(total))
