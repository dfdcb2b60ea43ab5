"""Search a person. The words travel in the body, never in the address: URLs hold no patient data."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult
from vado.model.person import Person
from vado.web.pages.people import Told, heading, told
from vado.web.render import asked, page


@dataclass(frozen=True, slots=True)
class Found:
    """One person in the list."""

    id: str
    name: str
    born: tuple[str, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    words: str
    searched: bool
    persons: tuple[Found, ...]
    originals: int
    doubts: int


async def search(request: Request) -> Response:
    """Show the search form, and after a search whom it found."""
    who = asked(request)
    words = ""
    if request.method == "POST":
        words = str((await request.form()).get("words", ""))[:200]
    persons = consult.find_persons(who.x, words, who.viewer) if words.strip() else ()
    counts = consult.status(who.x)
    view = View(
        words,
        request.method == "POST",
        tuple(map(_found, persons)),
        sum(c.originals for c in counts),
        sum(c.doubts for c in counts),
    )
    return page(who, "search/page.html", view)


def _found(person: Person) -> Found:
    tellings = tuple(map(told, person.patients))
    return Found(person.id, heading(person), tuple(dict.fromkeys(t.birth_date for t in tellings if t.birth_date)), tellings)
