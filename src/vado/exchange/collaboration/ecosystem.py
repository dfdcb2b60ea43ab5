"""The network of a place: what organisations say of each other beside what the exchange shows, from counts alone."""

from collections import Counter
from datetime import timedelta

from vado.collaboration.ecosystem import Actor, Ecosystem, grades, opened_ties, said_ties, sent_ties
from vado.errors import NotFound
from vado.exchange import allow
from vado.exchange.bridges import SEEN as _SEEN
from vado.exchange.bridges import count_heads
from vado.exchange.collaboration.asked import rounds_of
from vado.exchange.ports import Audit, Exchange
from vado.model.delivery import DeliveryState
from vado.model.flow import Grain, Heads, Of
from vado.model.record import Viewer
from vado.model.said import CITIZEN
from vado.model.survey import Organisation, Roster, Round

SEEN = _SEEN.days  # of deliveries and openings that count
_OF_PARTNER = "partner:"  # before the id of an organisation that no register has


def ecosystem(x: Exchange, viewer: Viewer, round_id: str = "", page: str = "network") -> tuple[Ecosystem, Round | None, Heads]:
    """Give the network, with the round whose register and rosters it has (None: there is none), and when people were counted.

    Args:
        x: the exchange.
        viewer: who asks.
        round_id: of which round; "": the latest in which somebody said whom they work with, else the latest.
        page: what is looked at, for the audit.

    Raises:
        NotPermitted: AC-001. NotFound: SV-040.
    """
    allow.check(viewer, "rounds.read")
    heads = counted(x)
    since = (x.clock().date() - timedelta(days=SEEN - 1)).isoformat()
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, page, round_id))
        every = rounds_of(tx)
        told = {r.id: tx.collaboration.all(Roster, r.id) for r in every if round_id in {"", r.id}}
        if round_id and not told:
            raise NotFound("SV-040")
        round_ = next((r for r in every if told.get(r.id)), next((r for r in every if r.id in told), None))
        rosters = told[round_.id] if round_ else ()
        sent = tx.flow.counted(Of.DELIVERIES, Grain.DAY, since=since)
    return _place(x, round_, rosters, heads, {f.partner for f, _ in sent if f.key == DeliveryState.SENT.value}), round_, heads


def choices(x: Exchange, viewer: Viewer) -> tuple[Round, ...]:
    """Give the rounds whose ties can be asked for instead: those that are closed, the newest first. Raises NotPermitted AC-001."""
    allow.check(viewer, "rounds.read")
    with x.store.begin() as tx:
        return tuple(r for r in rounds_of(tx) if r.is_closed(x.clock().date()))


def counted(x: Exchange) -> Heads:
    """Give the counts of persons; they are made on the first look of all."""
    with x.store.begin() as tx:
        heads = tx.flow.heads()
    return count_heads(x) if heads is None or None in (heads.held, heads.opened, heads.monthly) else heads


def _place(x: Exchange, round_: Round | None, rosters: tuple[Roster, ...], heads: Heads, receivers: set[str]) -> Ecosystem:
    held = heads.held or ()
    register = round_.organisations if round_ else ()
    opened = heads.opened or ()
    known = {*(p for partners, _ in held for p in partners), *(p for *pair, _ in opened for p in pair)}
    partners = {*x.profiles, *known, *receivers} - {CITIZEN}
    actors = _actors(x, register, {r.organisation for r in rosters}, partners)
    at = {a.partner: a.id for a in actors if a.partner}
    holdings: Counter[frozenset[str]] = Counter()
    for tellers, n in held:
        if ours := frozenset(at[p] for p in tellers if p in at):
            holdings[ours] += n
    said, strangers = said_ties(rosters, {a.id for a in actors})
    sent = sent_ties(holdings, {at[p] for p in receivers if p in at})
    looked = opened_ties({(at[a], at[b]): n for a, b, n in opened if a in at and b in at})
    return Ecosystem(actors, said, sent, looked, dict(holdings), *grades(rosters), strangers)


def _actors(x: Exchange, register: tuple[Organisation, ...], asked: set[str], partners: set[str]) -> tuple[Actor, ...]:
    """Give the organisations of the register, and those partners that it does not have."""
    names: dict[str, str] = {p: profile.name for p, profile in x.profiles.items()}
    known = [Actor(o.id, o.name or o.id, o.sector, o.partner, o.id in asked) for o in register]
    rest = partners - {o.partner for o in register}
    return (*known, *(Actor(f"{_OF_PARTNER}{p}", names.get(p, p), "", p) for p in sorted(rest)))
