"""One original: where it stands, what was seen, what it means, what was not understood."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult, history
from vado.exchange.history import Story
from vado.exchange.ports import Row
from vado.model.fact import End, Entry, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.review import Standing
from vado.record.permit import may
from vado.record.words import detail, title
from vado.tools.crop import lighter
from vado.web.pages.seen import Seen, seen
from vado.web.render import Asked, asked, page

_MISSED = 200  # lines of the ledger shown


@dataclass(frozen=True, slots=True)
class Said:
    """One fact of this original."""

    id: str
    kind: str
    title: str
    detail: str
    mark: str  # how far it may be believed; "" when it was told without doubt


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    row: Row
    items: tuple[Seen, ...]
    total_items: int
    facts: tuple[Said, ...]
    ledger: tuple[Entry, ...]
    has_pages: bool
    story: Story
    closed: bool  # opened only with a reason
    compares: bool  # the reader may look at what a delivery carried


def original(request: Request) -> Response:
    """Show one original."""
    who, partner, id_ = _named(request)
    shown = consult.show_original(who.x, partner, id_, who.viewer)
    ledger = sorted(shown.ledger, key=lambda e: (e.end is not End.NOT_UNDERSTOOD, -e.count, e.path))[:_MISSED]
    media = shown.row.original.media_type
    view = View(
        shown.row, seen(shown.items), shown.total_items, tuple(map(_said, shown.facts, shown.standings)), tuple(ledger),
        media.startswith("image/") or media == "application/pdf", history.tell(who.x, partner, id_, who.viewer), shown.closed,
        may(who.viewer, "deliveries.read"),
    )  # fmt: skip
    return page(who, "original/page.html", view)


def page_picture(request: Request) -> Response:
    """Give a page of an original: as PNG in full size, or as WebP to look at beside text."""
    who, partner, id_ = _named(request)
    if (form := request.path_params["form"]) not in {"png", "webp"}:
        raise HTTPException(404)
    drawn = consult.picture(who.x, partner, id_, request.path_params["page"], who.viewer)
    drawn = drawn if form == "png" else lighter(drawn)
    return Response(drawn, media_type=f"image/{form}")


def content(request: Request) -> Response:
    """Give the bytes to save: never shown or run by the browser, under a name that says nothing of a person."""
    who, partner, id_ = _named(request)
    raw = consult.content(who.x, partner, id_, who.viewer)
    headers = {
        "Content-Disposition": f'attachment; filename="{id_[:12]}.bin"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(raw, media_type="application/octet-stream", headers=headers)


def _named(request: Request) -> tuple[Asked, PartnerId, OriginalId]:
    return asked(request), PartnerId(request.path_params["partner"]), OriginalId(request.path_params["id"])


def _said(fact: Fact, standing: Standing) -> Said:
    mark = "" if standing is Standing.TOLD else standing.value
    return Said(fact.id, fact.kind, title(fact.resource, {}), detail(fact.resource), mark)
