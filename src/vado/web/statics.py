"""The files that pages are made of: style, letters, scripts. Their address names their content, so a browser fetches each once."""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".webp": "image/webp"}
_YEAR = "public, max-age=31536000, immutable"


@cache
def _kept(name: str) -> tuple[str, bytes, bytes]:
    """Give a file's media type, its bytes, and these compressed (b"": it is compressed already). Raises HTTPException 404."""
    path = files("vado.web") / "static"
    for part in name.split("/"):
        path = path / part
    suffix = name[name.rfind(".") :]
    if ".." in name or suffix not in _TYPES or not path.is_file():
        raise HTTPException(404)
    content = path.read_bytes()
    return _TYPES[suffix], content, b"" if suffix in {".woff2", ".webp"} else gzip.compress(content, 9, mtime=0)


@cache
def address(name: str) -> str:
    """Give the address of a file, which changes with its content."""
    return f"/static/{name}?v={sha256(_kept(name)[1]).hexdigest()[:10]}"


def content(name: str) -> bytes:
    """Give what is in a file, for a page that has to hold all it needs."""
    return _kept(name)[1]


def static(request: Request) -> Response:
    """Serve one of these files; for a year where the address names its content."""
    name = request.path_params["name"]
    media_type, body, smaller = _kept(name)
    headers = {"Cache-Control": _YEAR if request.url.query else "max-age=300", "Vary": "Accept-Encoding"}
    if smaller and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = smaller, "gzip"
    return Response(body, media_type=media_type, headers=headers)
