"""What a person adds to their own record, and what they say is not so."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotFound, VadoError
from vado.exchange import consult, contributions, replies
from vado.exchange.own import Added, added
from vado.exchange.receive import carry_on
from vado.model.original import Original
from vado.terms.home import MEASURES, Measure
from vado.web.forms import bounded, small_form
from vado.web.pages.me.record import Entry, entry
from vado.web.pages.me.whose import Whose, queried, whose
from vado.web.render import Asked, Complaint, asked, page

_LISTED = 20
_SLACK = 100_000  # bytes of a form besides its file


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    whose: Whose
    measures: tuple[Measure, ...]
    added: tuple[Added, ...]
    busy: bool  # something is being read this moment
    megabytes: int
    now: str  # YYYY-MM-DDTHH:MM, by this machine's clock
    typed: dict[str, str] = field(default_factory=dict)  # what was typed and not taken
    part: str = ""  # 'measurement', 'story', 'letter': where the complaint belongs
    complaint: Complaint | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """The page on which a person says that an entry is not so."""

    whose: Whose
    entry: Entry
    days: int
    typed: dict[str, str]
    complaint: Complaint | None


def add(request: Request) -> Response:
    """Show what may be added, and what was."""
    who = asked(request)
    return _show(who, queried(who))


async def measurement(request: Request) -> Response:
    """Take a measurement."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_taken, who, form, "measurement")


async def story(request: Request) -> Response:
    """Take what matters to a person."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_taken, who, form, "story")


async def letter(request: Request) -> Response:
    """Take a photo or a PDF: kept before this is answered, read afterwards."""
    who = asked(request)
    refusal = VadoError("ME-006", megabytes=contributions.LARGEST)
    limited = Request(request.scope, bounded(request, contributions.LARGEST * 1_000_000 + _SLACK, refusal))
    try:
        async with limited.form(max_files=1, max_fields=5, max_part_size=10_000) as sent:
            file = sent.get("file")
            form = {k: v for k, v in sent.items() if isinstance(v, str)}
            content = await file.read() if isinstance(file, UploadFile) else b""
    except VadoError as fault:
        whom = await run_in_threadpool(queried, who)
        return await run_in_threadpool(_show, who, whom, "letter", {}, fault)
    return await run_in_threadpool(_taken, who, form, "letter", content)


def _taken(who: Asked, form: dict[str, str], part: str, content: bytes = b"") -> Response:
    whom = whose(who, form.get("of", ""))
    try:
        original = _contributed(who, whom, form, part, content)
    except VadoError as fault:
        if not fault.code.startswith("ME-"):
            raise
        return _show(who, whom, part, form, fault)
    return _read(who, RedirectResponse(f"/me/add{whom.of}#added", 303), original)


def _contributed(who: Asked, whom: Whose, form: dict[str, str], part: str, content: bytes) -> Original:
    if part == "story":
        return contributions.story(who.x, whom.id, form.get("text", ""), who.viewer)
    if part == "letter":
        return contributions.letter(who.x, whom.id, content, form.get("title", ""), who.viewer)
    at = _moment(form.get("at", ""), who.x.zone) or who.x.clock()
    return contributions.measurement(who.x, whom.id, form.get("measure", ""), form, at, who.viewer)


def _read(who: Asked, response: Response, original: Original) -> Response:
    """Read what was just kept; what is inside it (a photo takes seconds) is read after the answer."""
    rows = carry_on(who.x, [original])
    next(rows, None)
    response.background = BackgroundTask(deque, rows, 0)
    return response


def objection(request: Request) -> Response:
    """Show the form for saying that an entry is not so."""
    who = asked(request)
    return _objecting(who, queried(who), request.query_params.get("fact", ""), {})


async def object_to(request: Request) -> Response:
    """Take what a person says is not so."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_objected, who, form)


def _objected(who: Asked, form: dict[str, str]) -> Response:
    whom, fact = whose(who, form.get("of", "")), form.get("fact", "")
    try:
        _, original = replies.dispute(who.x, whom.id, fact, form.get("text", ""), form.get("rather", ""), who.viewer)
    except VadoError as fault:
        if fault.code != "ME-004":
            raise
        return _objecting(who, whom, fact, form, fault)
    return _read(who, RedirectResponse(f"/me/asked{whom.of}", 303), original)


def _objecting(who: Asked, whom: Whose, fact: str, typed: dict[str, str], fault: VadoError | None = None) -> Response:
    record = consult.show_record(who.x, whom.id, who.viewer)
    line = next((one for one in record.lines if one.shown.id == fact), None)
    if line is None:
        raise NotFound("RE-002")
    view = Object(whom, entry(line, record), who.x.reply_days, typed, who.told(fault) if fault else None)
    return page(who, "me/object.html", view, fault.kind.http if fault else 200)


def _show(
    who: Asked, whom: Whose, part: str = "", typed: dict[str, str] | None = None, fault: VadoError | None = None
) -> Response:
    listed = added(who.x, consult.show_record(who.x, whom.id, who.viewer))[:_LISTED]
    view = View(
        whom, tuple(MEASURES.values()), listed, any(a.state == "reading" for a in listed), contributions.LARGEST,
        who.x.clock().astimezone(who.x.zone).strftime("%Y-%m-%dT%H:%M"), typed or {}, part, _complaint(who, fault),
    )  # fmt: skip
    return page(who, "me/add.html", view, fault.kind.http if fault else 200)


def _complaint(who: Asked, fault: VadoError | None) -> Complaint | None:
    return who.told(fault) if fault else None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """Read what a form says of a moment, by the clock of the place; None where it says none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if len(text) >= len("2026-01-01T10:00") else None
    except (ValueError, OverflowError):
        return None
