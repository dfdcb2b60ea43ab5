"""What people asked or dispute, and whoever works here has to answer: the next due first, what is late marked."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import replies
from vado.exchange.replies import PAGE, Waiting
from vado.model.said import Answer
from vado.record.words import detail, title
from vado.web.forms import small_form
from vado.web.render import Asked, Complaint, asked, page


@dataclass(frozen=True, slots=True)
class Row:
    """One of them."""

    waiting: Waiting
    words: str  # of the entry that it is about


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    open: tuple[Row, ...]
    done: tuple[Row, ...]
    late: int
    next: str  # cursor of the next page; ""
    first: bool
    complaint: Complaint | None
    about: str  # which one the complaint belongs to
    typed: str


def worklist(request: Request) -> Response:
    """Show the list."""
    return _show(asked(request))


async def answer(request: Request) -> Response:
    """Take a reply."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_answered, who, form)


def _answered(who: Asked, form: dict[str, str]) -> Response:
    id_, given = who.request.path_params["id"], form.get("answer", "")
    try:
        replies.answer(who.x, id_, Answer(given) if given in set(Answer) else Answer.ANSWERED, form.get("reply", ""), who.viewer)
    except VadoError as fault:
        if not fault.code.startswith("ME-") or fault.code == "ME-008":
            raise
        return _show(who, who.told(fault), fault.kind.http, id_, form.get("reply", ""))
    return RedirectResponse("/replies", 303)


def _show(who: Asked, complaint: Complaint | None = None, status: int = 200, about: str = "", typed: str = "") -> Response:
    after = who.request.query_params.get("after", "")[:200]
    rows = tuple(Row(w, _words(who, w)) for w in replies.worklist(who.x, who.viewer, after))
    view = View(
        tuple(r for r in rows if not r.waiting.owed.answered), tuple(r for r in rows if r.waiting.owed.answered),
        sum(r.waiting.late for r in rows), rows[-1].waiting.owed.cursor if len(rows) == PAGE else "", not after, complaint, about, typed,
    )  # fmt: skip
    return page(who, "replies/page.html", view, status)


def _words(who: Asked, waiting: Waiting) -> str:
    resource = waiting.fact.resource if waiting.fact else None
    return ", ".join(w for w in (who.named(title(resource, {})), detail(resource)) if w) if resource else ""
