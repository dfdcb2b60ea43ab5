"""The record of one person: by kind, or by time."""

from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotPermitted
from vado.exchange import consult, deliveries
from vado.exchange.accounts import note_refusal
from vado.model.fact import Fact
from vado.model.person import LinkEvent
from vado.model.reading import Fidelity
from vado.model.record import Hidden, Kind, Line, Source
from vado.model.review import from_pixels
from vado.record.words import detail, title
from vado.web.pages.people import Told, heading, told
from vado.web.render import Complaint, asked, page


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the record, ready to be shown."""

    kind: str
    title: str
    detail: str
    when: str
    fact: str
    rung: Fidelity
    confidence: int | None  # per cent; None: certain
    unreviewed: bool
    partner: str
    also: tuple[tuple[str, str, Fidelity], ...]  # (partner, fact, rung): who tells the same
    reviewed: bool
    why: str
    conflicts: tuple[tuple[str, str, str], ...]  # (partner, what it says, fact)
    original: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    id: str
    name: str
    by_time: bool
    told: tuple[tuple[Told, LinkEvent], ...]
    groups: tuple[tuple[str, tuple[Row, ...]], ...]
    sources: tuple[Source, ...]
    lines: int
    waiting: tuple[Row, ...]  # read from paper, not sure enough: text, no fact
    as_of: str  # YYYY-MM-DD; "": as it stands now
    hidden: tuple[Hidden, ...]  # what the person keeps from this reader


@dataclass(frozen=True, slots=True)
class Closed:
    """The page in place of a record that this reader may open only by saying why."""

    id: str
    complaint: Complaint


def person(request: Request) -> Response:
    """Show everything that partners told about one person, joined."""
    who = asked(request)
    asked_for = request.query_params.get("as_of", "")
    then = consult.end_of(asked_for)
    try:
        record = consult.show_record(who.x, request.path_params["id"], who.viewer, as_of=then)
    except NotPermitted as fault:
        if fault.code != "AC-002":
            raise
        note_refusal(who.x, who.viewer)
        return page(who, "person/closed.html", Closed(request.path_params["id"], who.told(fault)), fault.kind.http)
    if sending := request.query_params.get("sending", ""):  # the link in a summary that was sent: its receiver opened it
        deliveries.opened_by_link(who.x, sending, record.person.id, who.viewer)
    by_time = request.query_params.get("by") == "time"
    rows = [_row(line) for line in record.lines]
    if by_time:
        rows.sort(key=lambda r: r.when, reverse=True)
        groups = tuple((year, tuple(some)) for year, some in groupby(rows, lambda r: r.when[:4]))
    else:
        order = {kind.value: n for n, kind in enumerate(Kind)}
        rows.sort(key=lambda r: order[r.kind])
        groups = tuple((kind, tuple(some)) for kind, some in groupby(rows, lambda r: r.kind))
    p = record.person
    tellings = tuple((told(f), link) for f, link in zip(p.patients, p.links, strict=True))
    waiting = tuple(_row(line) for line in record.waiting)
    view = View(
        p.id,
        heading(p),
        by_time,
        tellings,
        groups,
        record.sources,
        len(rows),
        waiting,
        then.date().isoformat() if then else "",
        record.hidden,
    )
    return page(who, "person/page.html", view)


def _row(line: Line) -> Row:
    e = line.shown.evidence
    also = {(f.evidence.partner, f.evidence.fidelity): f.id for f in line.same}
    also.pop((e.partner, e.fidelity), None)
    return Row(
        line.kind.value, line.title, line.detail, line.when, line.shown.id, e.fidelity,
        None if e.confidence >= 1 else int(100 * e.confidence), from_pixels(e) and not e.reviewed,
        e.partner, tuple((partner, id_, rung) for (partner, rung), id_ in also.items()), e.reviewed,
        line.why.value if line.same or line.conflicts else "",
        tuple((f.evidence.partner, _says(f), f.id) for f in line.conflicts), e.original,
    )  # fmt: skip


def _says(fact: Fact) -> str:
    return ", ".join(part for part in (title(fact.resource, {}), detail(fact.resource)) if part)
