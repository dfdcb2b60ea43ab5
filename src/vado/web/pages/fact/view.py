"""One fact, how we know it, and the very place in the original."""

import re
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult
from vado.exchange.consult import Traced
from vado.model.fact import Evidence, Fact, FhirJson
from vado.model.reading import Box
from vado.model.review import Decision, Standing, from_paper
from vado.model.said import voice_of
from vado.record.words import detail, title
from vado.web.pages.seen import Seen, seen
from vado.web.render import asked, page

_TELLINGS = 50  # listed: a ward or a doctor is told of with every message


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    id: str
    kind: str
    title: str
    detail: str
    evidence: Evidence
    patient: str | None
    versions: tuple[Fact, ...]  # the newest tellings
    more: bool  # there are older ones
    items: tuple[Seen, ...]
    columns: tuple[int, ...]  # 1-based columns of the marked cells
    page_number: int  # page of the picture; 0: no picture
    boxes: tuple[Box, ...]
    media_type: str
    json: str
    standing: Standing
    reviewable: bool
    voice: str  # 'person', 'carer': said by themselves; "": a professional's source
    decisions: tuple[tuple[Decision, str], ...]  # with what stands there in the words of that reader; oldest first


def fact(request: Request) -> Response:
    """Show a fact and where it stood."""
    who = asked(request)
    return page(who, "fact/page.html", _view(consult.trace(who.x, request.path_params["id"], who.viewer, _TELLINGS + 1)))


def _view(traced: Traced) -> View:
    newest = traced.fact
    e = newest.evidence
    first = e.places[0]
    number = re.match(r"page (\d+)", first.path)
    columns = re.search(r"columns? ([\d, ]+)$", first.path)
    here = first.path.partition(" / ")[0]
    boxes = tuple(p.box for p in e.places if p.box and p.path.partition(" / ")[0] == here)
    return View(
        newest.id, newest.kind, title(newest.resource, {}), detail(newest.resource), e, newest.patient,
        traced.versions[:_TELLINGS], len(traced.versions) > _TELLINGS,
        seen(traced.items, traced.marked), tuple(map(int, columns[1].split(","))) if columns else (),
        int(number[1]) if number else 0, boxes,
        traced.row.original.media_type, orjson.dumps(newest.resource, option=orjson.OPT_INDENT_2).decode(),
        traced.standing, from_paper(newest) and not newest.evidence.reviewed and traced.standing is not Standing.REJECTED,
        (voice.value if (voice := voice_of(newest)) else ""), tuple((d, _says(d.after or d.proposed.resource)) for d in traced.decisions),
    )  # fmt: skip


def _says(resource: FhirJson) -> str:
    return ", ".join(w for w in (title(resource, {}), detail(resource)) if w)
