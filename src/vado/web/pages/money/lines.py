"""The lines of a proposal: seen, added, taken out, brought as a file that is looked at first; and what is reckoned with."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration.money.rows import COLUMNS, Refused, Table
from vado.errors import VadoError
from vado.exchange.collaboration import funding
from vado.exchange.collaboration.funding import MEGABYTES, Terms
from vado.model.funding import Line, Proposal
from vado.model.reading import Issue
from vado.outgoing.table.file import for_spreadsheets
from vado.web.forms import one_file, small_form
from vado.web.pages.money.words import Words
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 100  # lines on a page
_REASONS = 100  # rows that are listed


@dataclass(frozen=True, slots=True)
class View:
    """The page of lines."""

    of: Proposal
    words: Words
    lines: tuple[tuple[int, Line, str], ...]  # number, line, its mark
    at: int
    more: int  # number of the first line of the next page; 0: none
    terms: Terms
    complaints: tuple[Complaint, ...] = ()
    cells: dict[str, str] | None = None  # of the line that was not taken
    megabytes: int = MEGABYTES


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file would bring."""

    of: Proposal
    words: Words
    id: str
    table: Table
    refused: tuple[tuple[Refused, tuple[Complaint, ...]], ...]
    doubts: tuple[Complaint, ...]
    shown: int = _REASONS


def lines(request: Request) -> Response:
    """Show lines, and how they are changed."""
    return _show(asked(request))


async def settle(request: Request) -> Response:
    """Change title, currency, rate and what grades mean."""
    who, form = asked(request), await small_form(request)
    careful = tuple(form.get(f"grade-{n}", "") for n in range(1, 7)) if "grade-1" in form else ()
    terms = Terms(form.get("title", ""), form.get("currency", ""), form.get("rate", ""), careful)
    return await run_in_threadpool(_done, who, lambda: funding.settle(who.x, _id(who), terms, who.viewer), terms)


async def add(request: Request) -> Response:
    """Add one line."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_added, who, {c: form.get(c, "")[:500] for c in COLUMNS})


async def remove(request: Request) -> Response:
    """Take one line out."""
    who, form = asked(request), await small_form(request)
    number = form.get("number", "")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else -1
    return await run_in_threadpool(_done, who, lambda: funding.remove(who.x, _id(who), at, form.get("mark", ""), who.viewer))


async def drop(request: Request) -> Response:
    """Forget the proposal."""
    who, form = asked(request), await small_form(request)
    if form.get("sure") != "yes":
        return RedirectResponse(f"/money/{_id(who)}/lines", 303)
    await run_in_threadpool(funding.drop, who.x, _id(who), who.viewer)
    return RedirectResponse("/money", 303)


async def bring(request: Request) -> Response:
    """Read a file, and go to where it is seen what would be taken."""
    who = asked(request)
    try:
        large, none = VadoError("MO-031", megabytes=MEGABYTES), VadoError("MO-032")
        content = await one_file(request, MEGABYTES, large, none)
        table = await run_in_threadpool(funding.look, who.x, _id(who), content, who.viewer)
    except VadoError as fault:
        if not fault.code.startswith("MO-03") or fault.code == "MO-033":
            raise
        return await run_in_threadpool(_show, who, (who.told(fault),), None, None, fault.kind.http)
    id_ = request.app.state.lines_waiting.put(table, _id(who), who.viewer.name)
    return RedirectResponse(f"/money/{_id(who)}/brought/{id_}", 303)


def brought(request: Request) -> Response:
    """Show what a file would bring, and what of it would not be taken."""
    who = asked(request)
    table = _waiting(who)
    of = funding.proposal(who.x, _id(who), who.viewer)
    refused = tuple((r, tuple(map(who.told, r.issues))) for r in table.refused[:_REASONS])
    doubts = tuple(map(who.told, table.doubts[:_REASONS]))
    words = Words(who.say, who.viewer.language, of)
    return page(who, "money/brought.html", Seen(of, words, request.path_params["file"], table, refused, doubts))


def left(request: Request) -> Response:
    """Give the rows that would not be taken as a table, to correct and bring again."""
    who = asked(request)
    table = _waiting(who)
    why = who.say("why it was not taken")
    told = [
        [*table.head, why],
        *([*r.cells, "; ".join(f"{c.what}. {c.do}" for c in map(who.told, r.issues))] for r in table.refused),
    ]
    content = for_spreadsheets(told, ";")
    headers = {"Content-Disposition": f'attachment; filename="{_id(who)}-left.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


async def keep(request: Request) -> Response:
    """Keep what can be taken of a file, in place of the lines or besides them."""
    who, form = asked(request), await small_form(request)
    table = _waiting(who)
    done = await run_in_threadpool(
        _done, who, lambda: funding.take(who.x, _id(who), table, who.viewer, add=form.get("how") == "add")
    )
    if done.status_code == 303:
        request.app.state.lines_waiting.forget(request.path_params["file"])
    return done


def _waiting(who: Asked) -> Table:
    return who.request.app.state.lines_waiting.get(who.request.path_params["file"], _id(who), who.viewer.name)


def _id(who: Asked) -> str:
    return who.request.path_params["proposal"]


def _added(who: Asked, cells: dict[str, str]) -> Response:
    wrong: tuple[Issue, ...] = ()

    def add_() -> None:
        nonlocal wrong
        wrong = funding.add(who.x, _id(who), cells, who.viewer)

    done = _done(who, add_)
    return _show(who, tuple(map(who.told, wrong)), None, cells, 422) if wrong else done


def _done(who: Asked, act: Callable[[], object], terms: Terms | None = None) -> Response:
    try:
        act()
    except VadoError as fault:
        if fault.code not in {"MO-034", "MO-035", "MO-037"}:
            raise
        return _show(who, (who.told(fault),), terms, None, fault.kind.http)
    return RedirectResponse(f"/money/{_id(who)}/lines", 303)


def _show(
    who: Asked, complaints: tuple[Complaint, ...] = (), terms: Terms | None = None, cells: dict[str, str] | None = None, status: int = 200
) -> Response:  # fmt: skip
    of = funding.proposal(who.x, _id(who), who.viewer)
    words = Words(who.say, who.viewer.language, of)
    asked_at = who.request.query_params.get("at", "0")
    at = int(asked_at) if asked_at.isascii() and asked_at.isdigit() and len(asked_at) < 6 else 0
    shown = tuple((at + n, f, funding.mark(f)) for n, f in enumerate(of.lines[at : at + _AT_ONCE]))
    more = at + _AT_ONCE if at + _AT_ONCE < len(of.lines) else 0
    known = Terms(of.title, of.currency, words.percent(of.rate), tuple(words.percent(c) for c in of.careful))
    return page(who, "money/lines.html", View(of, words, shown, at, more, terms or known, complaints, cells), status)
