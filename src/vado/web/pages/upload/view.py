"""Files handed over by HTTPS: by a program with a partner's key, or on a page. Told 'received' only when they are on the disk."""

from dataclasses import dataclass

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from vado.channels.keys import UPLOAD
from vado.errors import Refusal, StoreUnavailable, VadoError
from vado.exchange.receive import keep_stream
from vado.model.original import Original
from vado.web.fhir.taken import Sender, sender, stream
from vado.web.fhir.writing import finish
from vado.web.forms import bounded
from vado.web.render import Complaint, asked, page

_FILES = 50  # handed over at once on the page
_SLOWEST = 20_000  # bytes in a second, beyond the seconds of the channel: a telephone on a weak line
_LONGEST_PAGE = 200_000_000  # bytes of everything on the page


@dataclass(frozen=True, slots=True)
class View:
    """The page: what became of what was handed over."""

    new: int = 0
    known: int = 0  # the same bytes were here already
    complaint: Complaint | None = None


async def program(request: Request) -> Response:
    """PUT or POST /upload/[partner]: curl -T scan.pdf -H "Authorization: Bearer ..." https://.../upload/hospital/."""
    try:
        s = sender(request, UPLOAD)
        if s.key.partner != request.path_params["partner"]:
            raise Refusal("FH-050")
        most, declared = s.key.megabytes * 1_000_000, int(request.headers.get("content-length") or 0)
        with await stream(request, most, s.key.seconds + (declared or most) / _SLOWEST) as file:
            if not file.read(1):
                raise Refusal("FH-035", fault="the body is empty")
            file.seek(0)
            name = request.path_params.get("name", "").rpartition("/")[2][:200]
            original, is_new = await run_in_threadpool(
                keep_stream, s.x, file, partner=s.key.partner, channel=UPLOAD, name=name
            )  # fmt: skip
    except (Refusal, StoreUnavailable) as fault:
        return _refused(fault)
    told = {"original": original.id, "bytes": original.size, "new": is_new}
    return JSONResponse(told, 201 if is_new else 200, background=_reading(s, [original] if is_new else []))


async def upload(request: Request) -> Response:
    """Show the page; with POST, take what was chosen on it."""
    who = asked(request)
    if request.method == "GET":
        return page(who, "upload/page.html", View())
    try:
        s, kept = await _taken(request)
    except VadoError as fault:
        return page(who, "upload/page.html", View(complaint=who.told(fault)), fault.kind.http)
    new = [o for o, is_new in kept if is_new]
    response = page(who, "upload/page.html", View(len(new), len(kept) - len(new)), 201 if new else 200)
    response.background = _reading(s, new)
    return response


async def _taken(request: Request) -> tuple[Sender, list[tuple[Original, bool]]]:
    """Keep each file of the form; the form is on the disk where it is big."""
    refusal = Refusal("FH-036", fault=f"more than {_LONGEST_PAGE // 1_000_000} MB")
    limited = Request(request.scope, bounded(request, _LONGEST_PAGE, refusal))
    try:
        async with limited.form(max_files=_FILES, max_fields=10, max_part_size=10_000) as form:
            s = sender(request, UPLOAD, str(form.get("key") or " ").strip())
            kept: list[tuple[Original, bool]] = []
            for told in form.getlist("file"):
                if not isinstance(told, UploadFile) or not told.size:
                    continue
                if told.size > s.key.megabytes * 1_000_000:
                    raise Refusal("FH-036", fault=f"more than {s.key.megabytes} MB")
                name = (told.filename or "").replace("\\", "/").rpartition("/")[2][:200]
                kept.append(
                    await run_in_threadpool(keep_stream, s.x, told.file, partner=s.key.partner, channel=UPLOAD, name=name)
                )
    except HTTPException:
        raise Refusal("FH-035", fault="no form with files") from None
    if not kept:
        raise Refusal("FH-035", fault="no file was chosen")
    return s, kept


def _reading(s: Sender, new: list[Original]) -> BackgroundTask | None:
    return BackgroundTask(finish, s.x, new) if new else None


def _refused(fault: VadoError) -> Response:
    return PlainTextResponse(f"{fault}\n", fault.kind.http, {"www-authenticate": "Bearer"} if fault.kind.http == 401 else None)
