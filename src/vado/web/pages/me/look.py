"""Who looked, when and why; and asking about it."""

from dataclasses import dataclass
from itertools import groupby

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import looks, replies
from vado.exchange.looks import Look
from vado.record.permit import may
from vado.web.forms import small_form
from vado.web.pages.me.whose import Whose, queried, whose
from vado.web.render import Asked, Complaint, asked, page


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    whose: Whose
    days: tuple[tuple[str, tuple[Look, ...]], ...]
    earlier: int | None  # where the next page goes on
    mine: bool  # one's own looks are listed too
    days_to_reply: int
    complaint: Complaint | None
    me: str


def seen(request: Request) -> Response:
    """Show who looked."""
    who = asked(request)
    return _show(who, queried(who))


async def ask(request: Request) -> Response:
    """Take a question about a look."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_ask, who, form)


def _ask(who: Asked, form: dict[str, str]) -> Response:
    whom, line = whose(who, form.get("of", "")), form.get("line", "")
    try:
        replies.question(
            who.x, whom.id, int(line) if line.isdecimal() and line.isascii() else 0, form.get("text", ""), who.viewer
        )
    except VadoError as fault:
        if fault.code != "ME-004":
            raise
        return _show(who, whom, who.told(fault), fault.kind.http)
    return RedirectResponse(f"/me/asked{whom.of}", 303)


def _show(who: Asked, whom: Whose, complaint: Complaint | None = None, status: int = 200) -> Response:
    query = who.request.query_params
    before, mine = query.get("before", ""), query.get("mine") == "1"
    found, earlier = looks.looks(who.x, whom.id, who.viewer, int(before) if before.isdecimal() and before.isascii() else None)
    shown = [look for look in found if mine or look.why != "own"]
    days = tuple((day, tuple(some)) for day, some in groupby(shown, lambda look: look.day))
    view = View(
        whom, days, earlier, mine, who.x.reply_days, complaint, who.viewer.name if may(who.viewer, "contributions.make") else ""
    )
    return page(who, "me/looks.html", view, status)
