"""The report of a round: a page, one file that needs nothing else, and a PDF."""

import re
from base64 import b64encode
from dataclasses import dataclass, replace

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.model.report import Report
from vado.outgoing.report.write import write
from vado.tools.chart import LIGHT, NARROW
from vado.web.pages.report.laid import Draw, Laid, laid_out
from vado.web.render import Reader, asked, filled, page
from vado.web.statics import content

_STYLES = ("kept/pico.min.css", "tokens.css", "vado.css")
_LETTERS = "kept/atkinson.woff2"
_ELSEWHERE = re.compile(r"@font-face\s*{[^}]*atkinson-ext[^}]*}\s*")  # letters beyond Spanish: the reader's machine has its own


@dataclass(frozen=True, slots=True)
class View:
    """What the page sees."""

    report: Report


@dataclass(frozen=True, slots=True)
class Alone:
    """What a file sees that has to hold all it needs."""

    report: Report
    style: Markup
    pictures: dict[str, tuple[str, str]]  # by name: its address as data, wide and narrow


def show(request: Request) -> Response:
    """Show it as a page."""
    who = asked(request)
    laid = laid_out(who, request.path_params["round"])
    return page(who, "report/page.html", View(laid.report)) if laid else _still_open(request)


def as_html(request: Request) -> Response:
    """Give it as one file."""
    who = asked(request)
    laid = laid_out(who, request.path_params["round"])
    return _file(html(who, laid).encode(), "text/html; charset=utf-8", f"{laid.report.id}.html") if laid else _still_open(request)


def as_pdf(request: Request) -> Response:
    """Give it as PDF."""
    who = asked(request)
    laid = laid_out(who, request.path_params["round"])
    return _file(pdf(who, laid), "application/pdf", f"{laid.report.id}.pdf") if laid else _still_open(request)


def html(who: Reader, laid: Laid) -> str:
    """Write it as one HTML file, with its style, letters and pictures in it: it fetches nothing, and is white in the dark too."""
    pictures = {name: (_data(draw, 0), _data(draw, NARROW[0])) for name, draw in laid.draw.items()}
    return filled(who, "report/file.html", Alone(laid.report, _style(), pictures))


def pdf(who: Reader, laid: Laid) -> bytes:
    """Write it as PDF."""
    return write(laid.report, laid.draw, who.x.clock())


def _style() -> Markup:
    style = "\n".join(content(name).decode() for name in _STYLES)
    letters = f"data:font/woff2;base64,{b64encode(content(_LETTERS)).decode()}"
    return Markup(_ELSEWHERE.sub("", style).replace(f"/static/{_LETTERS}", letters))  # noqa: S704 - our own files


def _data(draw: Draw, width: int) -> str:
    drawn = draw(replace(LIGHT, width=width) if width else LIGHT)
    return f"data:image/svg+xml;base64,{b64encode(drawn).decode()}"


def _file(body: bytes, kind: str, name: str) -> Response:
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _still_open(request: Request) -> Response:
    return RedirectResponse(f"/rounds/{request.path_params['round']}/picture", 303)
