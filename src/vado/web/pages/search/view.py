"""Search a person. The words travel in the body, never in the address: URLs hold no patient data."""

from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import visits
from vado.exchange.bridges import came
from vado.exchange.doubts import open_doubts
from vado.exchange.find import MOST, Finds, find
from vado.model.person import Person
from vado.web.forms import small_form
from vado.web.pages.people import Told, heading, told
from vado.web.pages.person.shown import Head, head
from vado.web.render import Asked, asked, page


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person in the list."""

    id: str
    name: str
    head: Head
    told: tuple[Told, ...]
    towns: tuple[str, ...]
    open: bool  # the record may be read without a reason
    at: datetime | None = None  # when this reader looked the last time, in the list of these


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    words: str
    searched: bool
    alike: bool  # nobody has every word; these are like it
    persons: tuple[Somebody, ...]
    more: bool
    most: int
    recent: tuple[Somebody, ...]
    originals: int
    doubts: int


async def search(request: Request) -> Response:
    """Show the search form, and after a search whom it found."""
    words = (await small_form(request)).get("words", "")[:200] if request.method == "POST" else ""
    return await run_in_threadpool(_show, asked(request), words, request.method == "POST")


def _show(who: Asked, words: str, searched: bool) -> Response:
    finds = find(who.x, words, who.viewer) if words.strip() else Finds()
    recent = () if searched else tuple(_somebody(who, r.person, r.open, r.at) for r in visits.recent(who.x, who.viewer))
    view = View(
        words, searched, any(f.alike for f in finds.persons), tuple(_somebody(who, f.person, f.open) for f in finds.persons),
        finds.more, MOST, recent, sum(c.originals for c in came(who.x)), open_doubts(who.x),
    )  # fmt: skip
    return page(who, "search/page.html", view)


def _somebody(who: Asked, person: Person, open_: bool, at: datetime | None = None) -> Somebody:
    towns = (a.get("city") for p in person.patients for a in p.resource.get("address", ()))
    return Somebody(
        person.id, heading(person), head(person, who.x.clock().astimezone(who.x.zone).date()), tuple(map(told, person.patients)),
        tuple(dict.fromkeys(t for t in towns if t)), open_, at,
    )  # fmt: skip
