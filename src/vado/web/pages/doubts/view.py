"""Possible matches side by side: the same person or not? And taking back a link."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.exchange import consult, review
from vado.model.person import Contribution
from vado.web.pages.people import Told, told
from vado.web.render import asked, page


@dataclass(frozen=True, slots=True)
class Question:
    """Two patients that may be one person."""

    id: str
    weight: float
    one: Told
    other: Told
    why: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    questions: tuple[Question, ...]


def doubts(request: Request) -> Response:
    """List the open doubts, oldest first."""
    who = asked(request)
    found = consult.doubts(who.x, who.viewer)
    questions = tuple(Question(d.id, d.weight, told(a), told(b), d.why) for d, a, b in found if a and b)
    return page(who, "doubts/page.html", View(questions))


async def settle(request: Request) -> Response:
    """Take a person's answer."""
    who = asked(request)
    verdict = str((await request.form()).get("verdict", ""))
    if verdict in {review.SAME, review.DIFFERENT}:
        review.settle_doubt(who.x, request.path_params["id"], verdict, who.viewer)
    return RedirectResponse("/doubts", 303)


def unlink(request: Request) -> Response:
    """Take a partner's patient out of its person."""
    who = asked(request)
    review.unlink(who.x, request.path_params["patient"], who.viewer)
    return RedirectResponse("/", 303)
