"""What a browser sends in a few words, read within bounds."""

from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from vado.errors import VadoError

_MOST = 20_000  # bytes of a form
_FIELDS = 50


async def small_form(request: Request, fields: int = _FIELDS, most: int = _MOST) -> dict[str, str]:
    """Read a form of a few fields, at most so many, in at most so many bytes. Raises HTTPException 413, 415 or 400."""
    raw = await small_body(request, "application/x-www-form-urlencoded", most)
    try:
        return dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=fields))
    except ValueError:
        raise HTTPException(400) from None


async def small_body(request: Request, media_type: str, most: int) -> bytes:
    """Read a body of this kind, up to so many bytes. Raises HTTPException 413 or 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != media_type:
        raise HTTPException(415)
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > most:
            raise HTTPException(413)
    return raw


def bounded(request: Request, most: int, refusal: Exception) -> Receive:
    """Give what receives a request, and raises `refusal` beyond so many bytes."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise refusal
        return message

    return receive


async def one_file(request: Request, megabytes: int, large: VadoError, none: VadoError) -> bytes:
    """Read the one file of a form, within bounds; its name is not believed. Raises `large` beyond them, and `none` where there is no file."""
    limited = Request(request.scope, bounded(request, megabytes * 1_000_000 + 100_000, large))
    try:
        async with limited.form(max_files=1, max_fields=5, max_part_size=10_000) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.size:
                raise none
            return await file.read()
    except HTTPException:
        raise none from None


def way_back(path: str) -> str:
    """Give where to go afterwards: a path of these pages, else the first page. Never another site."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
