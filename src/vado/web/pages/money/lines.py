"""The lines of a proposal: seen, added, taken out, brought as a file that is looked at first; and what is reckoned with."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration.money.rows import COLUMNS, Refused, Table
from vado.errors import NotFound, VadoError
from vado.exchange.collaboration import funding
from vado.exchange.collaboration.funding import MEGABYTES, Terms
from vado.model.funding import Line, Proposal
from vado.model.reading import Issue
from vado.outgoing.table.cells import neutral
from vado.outgoing.table.file import csv_file
from vado.web.forms import bounded, small_form
from vado.web.pages.money.words import Words
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 100  # lines on a page
_REASONS = 100  # rows that are listed
_KEPT, _SECONDS = 50, 2 * 3600  # files that wait, and for how long


@dataclass(frozen=True, slots=True)
class Waits:
    """A file that somebody brought and has not decided on; nobody else can see it."""

    proposal: str
    by: str
    table: Table
    since: float


class Waiting:
    """Files that wait, in memory: what is not decided in time is brought again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Waits] = OrderedDict()

    def put(self, proposal: str, by: str, table: Table) -> str:
        """Keep one, and forget what is old; give its name."""
        id_ = secrets.token_hex(16)
        self._kept[id_] = Waits(proposal, by, table, time.monotonic())
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return id_

    def get(self, id_: str, proposal: str, by: str) -> Table:
        """Give what somebody brought. Raises NotFound MO-036."""
        found = self._kept.get(id_)
        if found is None or (found.proposal, found.by) != (proposal, by) or time.monotonic() - found.since > _SECONDS:
            raise NotFound("MO-036")
        return found.table

    def forget(self, id_: str) -> None:
        """Wait no longer for what is decided."""
        self._kept.pop(id_, None)


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
        content = await _content(request)
        table = await run_in_threadpool(funding.look, who.x, _id(who), content, who.viewer)
    except VadoError as fault:
        if not fault.code.startswith("MO-03") or fault.code == "MO-033":
            raise
        return await run_in_threadpool(_show, who, (who.told(fault),), None, None, fault.kind.http)
    id_ = request.app.state.lines_waiting.put(_id(who), who.viewer.name, table)
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
    content = b"\xef\xbb\xbf" + csv_file([[neutral(c) for c in row] for row in told], ";", "utf-8")[0]
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


async def _content(request: Request) -> bytes:
    """Read the file of the form, within bounds. Raises VadoError MO-031, MO-032."""
    most = MEGABYTES * 1_000_000
    limited = Request(request.scope, bounded(request, most + 100_000, VadoError("MO-031", megabytes=MEGABYTES)))
    try:
        async with limited.form(max_files=1, max_fields=5, max_part_size=10_000) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.size:
                raise VadoError("MO-032")
            return await file.read()
    except HTTPException:
        raise VadoError("MO-032") from None
