"""The record of one person on one screen: what is always in view, and one view of all the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from vado.errors import NotFound, NotPermitted
from vado.exchange import consult, deliveries, visits
from vado.exchange.accounts import note_refusal
from vado.model.person import LinkEvent
from vado.model.reading import Fidelity
from vado.model.record import Hidden, Kind, Line, Record, Source
from vado.record.narrow import ONLY, Narrowed, is_new, is_unreviewed, narrow
from vado.record.overview import Part, is_over, summary, void
from vado.record.timeline import entries
from vado.record.trends import Test, Value, tests
from vado.tools.written import day_of
from vado.web.pages.people import Told, heading, told
from vado.web.pages.person.chart import Chart, chart
from vado.web.pages.person.shown import Head, Row, head, row
from vado.web.pages.person.wanted import Wanted, wanted
from vado.web.render import Asked, Complaint, asked, page

T = TypeVar("T")
_PAGE = 50  # entries shown at once
_OF_KIND = 8  # lines of each kind shown where all kinds are
_TESTS, _VALUES = 12, 5  # tests shown at once, and values of each
_DOCUMENTS = {Kind.DOCUMENT, Kind.ENCOUNTER}


@dataclass(frozen=True, slots=True)
class Short:
    """One part of what is always in view."""

    kind: str
    rows: tuple[Row, ...]
    over: int
    denied: tuple[Row, ...]
    untold: bool


@dataclass(frozen=True, slots=True)
class Always:
    """What is always in view, and what must not be overlooked."""

    alerts: tuple[Row, ...]
    parts: tuple[Short, ...]
    conflicts: int
    unreviewed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the time line."""

    day: str
    rows: tuple[Row, ...]
    kind: str
    key: str  # of its kind, as an address names it
    partners: tuple[str, ...]
    marked: tuple[Row, ...]  # rows with a contradiction, disputed, not reviewed, or new: shown at once


@dataclass(frozen=True, slots=True)
class Measured:
    """One test, ready to be shown."""

    id: str
    name: str
    values: tuple[Value, ...]
    total: int
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """Which part of a long list is shown."""

    first: int  # counted from 1; 0: there is nothing
    last: int
    total: int
    before: str | None  # query of the part before; None: this is the first
    after: str | None


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    id: str
    name: str
    head: Head
    told: tuple[tuple[Told, LinkEvent], ...]
    sources: tuple[Source, ...]
    lines: int
    always: Always
    wanted: Wanted
    as_of: str  # YYYY-MM-DD; "": as it stands now
    hidden: tuple[Hidden, ...]  # what the person keeps from this reader
    waiting: tuple[Row, ...]  # read from paper, not sure enough: text, no fact
    since: datetime | None  # when this reader looked the last time; None: never
    new: int  # lines with anything told since
    void: tuple[tuple[str, str], ...]  # (fact, title) of what was entered in error
    shown: int  # lines that fit what is wanted
    undated: int  # of these, left out for want of a date
    counts: tuple[tuple[str, str, int], ...]  # (name, kind, lines) of each kind
    only: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rungs: tuple[Fidelity, ...]
    pages: Pages
    years: tuple[tuple[str, tuple[Entry, ...]], ...] = ()  # of the overview
    groups: tuple[
        tuple[str, str, int, tuple[Row, ...]], ...
    ] = ()  # of kinds and documents: (name, kind, lines, the first of them)
    medicines: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    measured: tuple[Measured, ...] = ()
    pdf: bool = False  # a summary for printing can be written


@dataclass(frozen=True, slots=True)
class Closed:
    """The page in place of a record that this reader may open only by saying why."""

    id: str
    complaint: Complaint


def person(request: Request) -> Response:
    """Show everything that partners told about one person, joined."""
    who, wish = asked(request), wanted(request.query_params)
    then = consult.end_of(wish.as_of, who.x.zone)
    try:
        record, news = visits.look(who.x, request.path_params["id"], who.viewer, as_of=then)
    except NotPermitted as fault:
        if fault.code != "AC-002":
            raise
        note_refusal(who.x, who.viewer)
        return page(who, "person/closed.html", Closed(request.path_params["id"], who.told(fault)), fault.kind.http)
    if sending := request.query_params.get("sending", ""):  # the link in a summary that was sent: its receiver opened it
        deliveries.opened_by_link(who.x, sending, record.person.id, who.viewer)
    return page(who, "person/page.html", _view(who, record, news, wish if then else replace(wish, as_of="")))


def pdf(request: Request) -> Response:
    """Give a summary of a record to be printed or kept: tagged PDF/A, in the reader's language."""
    who = asked(request)
    written = visits.printed(who.x, request.path_params["id"], who.viewer)
    headers = {"Content-Disposition": 'inline; filename="record.pdf"'}
    return Response(written.content, media_type="application/pdf", headers=headers)


def _view(who: Asked, record: Record, news: visits.News, wish: Wanted) -> View:
    p = record.person
    fitting = narrow(record.lines, wish.narrow, news.facts)
    counts: dict[Kind, int] = {}
    for line in fitting.lines:
        counts[line.kind] = counts.get(line.kind, 0) + 1
    parts, pages = _PARTS[wish.view](record, fitting, news.facts, wish)
    return View(
        id=p.id, name=heading(p), head=head(p, record.at.astimezone(record.zone).date()),
        told=tuple((told(f), link) for f, link in zip(p.patients, p.links, strict=True)), sources=record.sources,
        lines=len(record.lines), always=_always(record, news.facts), wanted=wish, as_of=wish.as_of, hidden=record.hidden,
        waiting=tuple(row(line, record, news.facts) for line in record.waiting), since=news.since,
        new=sum(is_new(line, news.facts) for line in record.lines) if news.facts else 0, void=void(record),
        shown=len(fitting.lines), undated=fitting.undated,
        counts=tuple((k.value, k.name.lower(), counts[k]) for k in Kind if k in counts), only=ONLY, kinds=tuple(Kind),
        rungs=tuple(Fidelity), pages=pages, pdf=not wish.as_of and "pdf" in who.x.writers, **parts,
    )  # fmt: skip


def _always(record: Record, new: frozenset[str]) -> Always:
    total = summary(record)
    parts = (_short(part, record, new) for part in (total.allergies, total.medicines, total.problems))
    return Always(
        tuple(row(line, record, new) for line in total.alerts), tuple(parts),
        sum(bool(line.conflicts) for line in record.lines), sum(map(is_unreviewed, record.lines)), len(record.waiting),
    )  # fmt: skip


def _short(part: Part, record: Record, new: frozenset[str]) -> Short:
    rows, denied = (tuple(row(line, record, new) for line in some) for some in (part.now, part.denied))
    return Short(part.kind.value, rows, part.over, denied, part.untold)


def _overview(record: Record, fitting: Narrowed, new: frozenset[str], wish: Wanted) -> tuple[dict[str, Any], Pages]:
    """Give what happened, newest first, with what was measured on one day in one entry."""
    found = entries(fitting.lines, lambda when: day_of(when, record.zone))
    some, pages = _part(found, wish, _PAGE)
    made = []
    for entry in some:
        rows = tuple(row(line, record, new) for line in entry.lines)
        marked = tuple(r for r in rows if r.conflicts or r.disputed or r.unreviewed or r.new)
        made.append(
            Entry(
                entry.day,
                rows,
                rows[0].kind,
                entry.lines[0].kind.name.lower(),
                tuple(dict.fromkeys(r.partner for r in rows)),
                marked,
            )
        )
    return {"years": tuple((year, tuple(some)) for year, some in groupby(made, lambda e: e.day[:4]))}, pages


def _kinds(record: Record, fitting: Narrowed, new: frozenset[str], wish: Wanted) -> tuple[dict[str, Any], Pages]:
    """Give the newest of each kind; all of one kind, page by page, where one is chosen."""
    if wish.narrow.kind:
        return _listed(record, fitting.lines, new, wish)
    order = {kind: n for n, kind in enumerate(Kind)}
    lines = sorted(fitting.lines, key=lambda line: order[line.kind])
    groups = []
    for kind, some in ((k, tuple(g)) for k, g in groupby(lines, lambda line: line.kind)):
        rows = tuple(row(line, record, new) for line in some[:_OF_KIND])
        groups.append((kind.value, kind.name.lower(), len(some), rows))
    return {"groups": tuple(groups)}, Pages(1 if lines else 0, len(lines), len(lines), None, None)


def _documents(record: Record, fitting: Narrowed, new: frozenset[str], wish: Wanted) -> tuple[dict[str, Any], Pages]:
    """Give letters, summaries and reports, and contacts with care."""
    lines = tuple(line for line in fitting.lines if line.kind in _DOCUMENTS or line.shown.kind == "DiagnosticReport")
    return _listed(record, lines, new, wish)


def _listed(
    record: Record, lines: tuple[Line, ...], new: frozenset[str], wish: Wanted
) -> tuple[dict[str, Any], Pages]:  # fmt: skip
    some, pages = _part(lines, wish, _PAGE)
    years = ((year, tuple(of)) for year, of in groupby(some, lambda line: line.when[:4]))
    groups = tuple((year, "", len(of), tuple(row(line, record, new) for line in of)) for year, of in years)
    return {"groups": groups}, pages


def _medicines(record: Record, fitting: Narrowed, new: frozenset[str], wish: Wanted) -> tuple[dict[str, Any], Pages]:
    """Give what is taken now, what partners tell differently first; then what is over."""
    lines = [line for line in fitting.lines if line.kind is Kind.MEDICATION]
    lines.sort(key=lambda line: (is_over(line, record.at), not line.conflicts))
    some, pages = _part(tuple(lines), wish, _PAGE)
    groups = groupby((row(line, record, new) for line in some), lambda r: "over" if r.over else "now")
    return {"medicines": tuple((when, tuple(rows)) for when, rows in groups)}, pages


def _results(record: Record, fitting: Narrowed, new: frozenset[str], wish: Wanted) -> tuple[dict[str, Any], Pages]:  # noqa: ARG001 - as the others
    """Give tests with their newest values and charts; of one test all values."""
    found = tests(line for line in fitting.lines if line.kind in {Kind.RESULT, Kind.VITAL})
    if wish.test:
        one = next((t for t in found if any(v.fact.id == wish.test for v in t.values)), None)
        if one is None:
            raise NotFound("RE-002")
        values, pages = _part(one.values, wish, _PAGE)
        return {"measured": (_measured(one, values),)}, pages
    some, pages = _part(found, wish, _TESTS)
    return {"measured": tuple(_measured(t, t.values[:_VALUES]) for t in some)}, pages


def _measured(test: Test, values: Iterable[Value]) -> Measured:
    charts = tuple(drawn for series in test.series if (drawn := chart(series)))
    return Measured(test.id, test.name, tuple(values), len(test.values), charts)


def _part(found: tuple[T, ...], wish: Wanted, size: int) -> tuple[tuple[T, ...], Pages]:
    """Cut one page out of a list. An address that begins beyond its end gives the last page."""
    start = min(wish.start, max(0, (len(found) - 1) // size * size))
    some = found[start : start + size]
    before = wish.to(start=max(0, start - size), test=wish.test) if start else None
    after = wish.to(start=start + size, test=wish.test) if start + size < len(found) else None
    return some, Pages(start + 1 if some else 0, start + len(some), len(found), before, after)


_PARTS = {"overview": _overview, "results": _results, "medicines": _medicines, "documents": _documents, "kinds": _kinds}
