"""Rounds of asking: the list, and one round with who is asked, whose voice is missing, and letters to invite more."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration.keys import instrument_named
from vado.errors import VadoError
from vado.exchange.collaboration import opening
from vado.exchange.collaboration.opening import Standing
from vado.model.survey import Round, Who
from vado.outgoing.invited.write import write
from vado.record.permit import may
from vado.tools.qr import qr_svg
from vado.web.forms import bounded, small_form
from vado.web.render import Asked, Complaint, asked, page
from vado.web.smart import root

MOST_BYTES = 1_000_000  # of a register
_COMPLAINTS = {"SV-054", "SV-059", "SV-066"}  # said on the round's own page


@dataclass(frozen=True, slots=True)
class List:
    """All rounds."""

    rounds: tuple[tuple[Round, bool], ...]  # with whether answers are taken now
    instruments: tuple[str, ...]
    typed: dict[str, str]
    complaint: Complaint | None


@dataclass(frozen=True, slots=True)
class View:
    """One round."""

    standing: Standing
    register: str
    groups: str
    missing: tuple[str, ...]
    roles: tuple[str, ...]
    answer: str  # address of the page of answers
    most: int
    square: str  # the address as a QR code, for a screen that a meeting sees: data:image/svg+xml
    complaint: Complaint | None


def listed(request: Request) -> Response:
    """Show all rounds."""
    return _list(asked(request))


async def make(request: Request) -> Response:
    """Make a round."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_made, who, form)


def show(request: Request) -> Response:
    """Show one round."""
    return _show(asked(request))


async def change(request: Request) -> Response:
    """Put another register in force."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_changed, who, form)


async def invite(request: Request) -> Response:
    """Make letters, and give them as a PDF: the only place where the codes stand."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_invited, who, form)


async def unusual(request: Request) -> Response:
    """Add a voice that is not usually heard."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(
        _complained, who, lambda id_: opening.add_unusual(who.x, id_, form.get("name", ""), who.viewer)
    )


async def register(request: Request) -> Response:
    """Put the register of a table in force."""
    who = asked(request)
    receive = bounded(request, MOST_BYTES, HTTPException(413))
    async with Request(request.scope, receive).form(max_files=1, max_fields=2) as form:
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
    return await run_in_threadpool(
        _complained, who, lambda id_: opening.change(who.x, id_, who.viewer, *opening.lines_of_table(content))
    )


def close(request: Request) -> Response:
    """Take no more answers."""
    who = asked(request)
    opening.close(who.x, request.path_params["round"], who.viewer)
    return RedirectResponse(f"/rounds/{request.path_params['round']}", 303)


def _list(who: Asked, typed: dict[str, str] | None = None, complaint: Complaint | None = None) -> Response:
    today = who.x.clock().date()
    rounds = tuple((r, r.is_open(today)) for r in opening.rounds(who.x, who.viewer))
    named = ("ford|1", *sorted(instrument_named(i) for i in who.x.instruments.values()))
    view = List(rounds, tuple(dict.fromkeys(named)), typed or {"opens": today.isoformat()}, complaint)
    return page(who, "rounds/list.html", view, 422 if complaint else 200)


def _made(who: Asked, form: dict[str, str]) -> Response:
    try:
        opens, closes = _day(form.get("opens", "")), _day(form.get("closes", ""))
        if opens is None:
            raise VadoError("SV-055")
        made = opening.make(
            who.x, form.get("title", ""), opens, closes, who.viewer, form.get("instrument", ""), form.get("register", ""),
            form.get("groups", ""),
        )  # fmt: skip
    except VadoError as fault:
        if not fault.code.startswith("SV-"):
            raise
        return _list(who, form, who.told(fault))
    return RedirectResponse(f"/rounds/{made.id}", 303)


def _changed(who: Asked, form: dict[str, str]) -> Response:
    id_, least = who.request.path_params["round"], form.get("least", "")
    try:
        opening.change(
            who.x, id_, who.viewer, form.get("register", ""), form.get("groups", ""), int(least) if least.isdigit() else None
        )
    except VadoError as fault:
        if fault.code not in _COMPLAINTS:
            raise
        return _show(who, who.told(fault), (form.get("register", ""), form.get("groups", "")))
    return RedirectResponse(f"/rounds/{id_}", 303)


def _complained(who: Asked, do: Callable[[str], object]) -> Response:
    """Do it to a round and show the round, or what is wrong."""
    id_ = who.request.path_params["round"]
    try:
        do(id_)
    except VadoError as fault:
        if fault.code not in _COMPLAINTS:
            raise
        return _show(who, who.told(fault))
    return RedirectResponse(f"/rounds/{id_}", 303)


def _invited(who: Asked, form: dict[str, str]) -> Response:
    id_, count, as_what = who.request.path_params["round"], form.get("count", ""), form.get("who", "")
    voice, roster = form.get("voice", ""), bool(form.get("roster"))
    round_ = opening.known(who.x, id_, who.viewer)
    try:
        is_group = any(g.id == voice for g in round_.groups)
        role = Who.CITIZEN if is_group else Who(as_what) if as_what in set(Who) else Who.PRACTITIONER
        made = opening.invite(
            who.x, id_, voice, role, int(count) if count.isdigit() and len(count) < 6 else 0, who.viewer, roster and not is_group
        )
    except VadoError as fault:
        if not fault.code.startswith("SV-"):
            raise
        return _show(who, who.told(fault))
    named = round_.named(voice)
    content = write(
        round_, named.name if named else "", made, address=f"{root(who.request)}/answer",
        language=form.get("language", "") or who.viewer.language, at=who.x.clock(), roster=roster and not is_group,
    )  # fmt: skip
    names = {"Content-Disposition": f'attachment; filename="{id_}-{voice}.pdf"'}
    return Response(content, media_type="application/pdf", headers=names)


def _show(who: Asked, complaint: Complaint | None = None, typed: tuple[str, str] | None = None) -> Response:
    standing = opening.standing(who.x, who.request.path_params["round"], who.viewer)
    changes = may(who.viewer, "rounds.change")
    register, groups = typed or opening.as_lines(standing.round)
    missing = opening.missing(who.x, standing.round.id, who.viewer) if changes else ()
    view = View(
        standing, register, groups, missing, tuple(w.value for w in Who if w is not Who.CITIZEN), f"{root(who.request)}/answer",
        opening.MOST_CODES, _square(f"{root(who.request)}/answer") if changes else "", complaint,
    )  # fmt: skip
    return page(who, "rounds/page.html", view, 422 if complaint else 200)


def _square(address: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(address, border=True).encode()).decode()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
