"""The first page of whoever is signed in."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import accounts, bridges, consents, consult, looks, replies
from vado.exchange.bridges import Came as Sent
from vado.exchange.looks import Look
from vado.exchange.own import Came, came_lately, own
from vado.model.record import Kind
from vado.model.said import Owed
from vado.record.permit import may
from vado.web.pages.me.whose import Whose, queried
from vado.web.render import Asked, asked, page


@dataclass(frozen=True, slots=True)
class Desk:
    """The first page of those who work here."""

    name: str
    role: str
    partner: str
    sent: tuple[Sent, ...]  # of those who look after the flow; no clinical detail
    replies: int  # open ones among the first


@dataclass(frozen=True, slots=True)
class View:
    """A person's first page."""

    whose: Whose
    came: tuple[Came, ...]
    kinds: tuple[tuple[str, int], ...]  # what is there, in the order of the record
    entries: int
    sources: tuple[str, ...]
    waiting: tuple[Owed, ...]  # for a reply
    answered: tuple[Owed, ...]  # of late
    looks: tuple[Look, ...]
    glass: tuple[Look, ...]  # opened in an emergency
    decided: int
    carers: tuple[tuple[str, datetime | None], ...]
    now: datetime


def me(request: Request) -> Response:
    """Show it."""
    who = asked(request)
    if not may(who.viewer, "accesses.read") or not own(who.x, who.viewer):
        return _desk(who)
    return page(who, "me/home.html", _view(who))


def _desk(who: Asked) -> Response:
    sent = bridges.came(who.x) if may(who.viewer, "counts.read") else ()
    owed = replies.worklist(who.x, who.viewer, mark=False) if may(who.viewer, "replies.read") else ()
    view = Desk(
        accounts.name_of(who.x, who.viewer), who.viewer.role.value, who.viewer.partner, sent, sum(w.owed.answered is None for w in owed)
    )  # fmt: skip
    return page(who, "me/desk.html", view)


def _view(who: Asked) -> View:
    whom, now = queried(who), who.x.clock()
    record = consult.show_record(who.x, whom.id, who.viewer)
    owed = replies.mine(who.x, whom.id, who.viewer)
    seen, _ = looks.looks(who.x, whom.id, who.viewer)
    said = consents.mine(who.x, whom.id, who.viewer)
    counts = {kind.value: 0 for kind in Kind}
    for line in record.lines:
        counts[line.kind.value] += 1
    others = tuple(look for look in seen if look.why != "own")
    return View(
        whom, came_lately(who.x, record)[:5], tuple((k, n) for k, n in counts.items() if n), len(record.lines),
        tuple(s.partner for s in record.sources), tuple(o for o in owed if not o.answered),
        tuple(o for o in owed if o.answered)[:3], others[:4], tuple(look for look in others if look.why == "glass"),
        sum(c.in_force(now) for c in said.consents),
        tuple((name, r.until) for r, name in said.proxies if r.until is None or now < r.until), now,
    )  # fmt: skip
