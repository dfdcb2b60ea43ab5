"""One's own record in everyday words: what it is, who told it, when. How it is known stands behind one click."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult
from vado.model.reading import Fidelity
from vado.model.record import Kind, Line, Record
from vado.model.review import from_pixels
from vado.model.said import Owed, voice_of
from vado.record.words import detail, title
from vado.web.pages.me.whose import Whose, queried
from vado.web.render import asked, page

_FEW, _PAGE = 5, 40  # entries of each part on the first page; on the page of one part


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, ready to be shown."""

    fact: str
    original: str
    title: str
    detail: str
    when: str
    partner: str
    voice: str  # 'person', 'carer'; "": a professional's source
    rung: Fidelity
    unreviewed: bool
    also: tuple[str, ...]  # partners who say the same
    otherwise: tuple[tuple[str, str, str], ...]  # (partner, what it says, fact)
    disputed: tuple[Owed, ...]
    mine: bool  # said by the person: nobody to dispute it with


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the record."""

    kind: str
    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class View:
    """The page: all parts, some entries of each, or one part."""

    whose: Whose
    parts: tuple[Part, ...]
    one: str  # the only part that is shown; ""
    page: int
    pages: int
    waiting: int  # read from paper, not compared yet


def record(request: Request) -> Response:
    """Show it."""
    who = asked(request)
    whom = queried(who)
    told = consult.show_record(who.x, whom.id, who.viewer)
    kind = request.query_params.get("part", "")
    kind = kind if kind in set(Kind) else ""
    return page(who, "me/record.html", _view(whom, told, kind, request.query_params.get("page", "")))


def _view(whom: Whose, told: Record, kind: str, number: str) -> View:
    by_kind: dict[str, list[Line]] = {k.value: [] for k in Kind if not kind or k.value == kind}
    for line in told.lines:
        if line.kind.value in by_kind:
            by_kind[line.kind.value].append(line)
    longest = max((len(lines) for lines in by_kind.values()), default=0)
    pages = max(1, -(-longest // _PAGE)) if kind else 1
    at = min(int(number), pages) if number.isdecimal() and number.isascii() and int(number[:6]) > 0 else 1
    some = slice(_PAGE * (at - 1), _PAGE * at) if kind else slice(0, _FEW)
    parts = tuple(Part(k, tuple(entry(line, told) for line in lines[some]), len(lines)) for k, lines in by_kind.items() if lines)
    return View(whom, parts, kind, at, pages, len(told.waiting))


def entry(line: Line, told: Record) -> Entry:
    """Make one line of a record ready to be shown."""
    e, voice = line.shown.evidence, voice_of(line.shown)
    return Entry(
        line.shown.id, e.original, line.title, line.detail, line.when, e.partner, voice.value if voice else "", e.fidelity,
        from_pixels(e) and not e.reviewed, tuple(sorted({f.evidence.partner for f in line.same} - {e.partner})),
        tuple((f.evidence.partner, ", ".join(w for w in (title(f.resource, {}), detail(f.resource)) if w), f.id) for f in line.conflicts),
        told.disputed.get(line.shown.id, ()), bool(voice),
    )  # fmt: skip
