"""Possible matches: one pair at a time with all that helps to decide, or all in a list. And taking back a link."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotFound, VadoError
from vado.exchange import consult, review
from vado.exchange import doubts as worklist
from vado.exchange.doubts import Answer, Asked, Shown, Side
from vado.exchange.link import DIFFERENT, SAME
from vado.linkage.model import Thresholds
from vado.model.fact import FhirJson
from vado.model.person import Contribution, Doubt
from vado.model.review import from_pixels
from vado.record.beside import Row, rows
from vado.record.words import name_of
from vado.web.pages.people import Told, told
from vado.web.render import Asked as Who
from vado.web.render import Complaint, asked, page

_PAGE = 50  # pairs on one page of the list
_PAGES = worklist.MOST // _PAGE  # pages of one set
_FARTHEST = 100 * _PAGES  # page that is shown at all
_HALF = 40.0  # bits from the middle of a bar to its end


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the evidence, as a bar around a middle: all in units of a drawing that is 80 wide, its middle at 40."""

    field: str
    how: str
    bits: float
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two, beside its values."""

    told: Told
    person: str
    facts: int
    others: int
    received: object  # datetime
    original: str
    has_picture: bool
    unreviewed: bool


@dataclass(frozen=True, slots=True)
class Question:
    """The pair on the page."""

    id: str
    verdict: str
    by: str
    weight: float
    one: Half
    other: Half
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    total: Bar
    possible: float
    probable: float
    marks: tuple[float, float]  # the two thresholds, on the drawing
    grows: str  # what the answer would do, in plain words


@dataclass(frozen=True, slots=True)
class Line:
    """A pair in the list."""

    id: str
    one: Told
    other: Told
    weight: float
    against: tuple[Contribution, ...]
    spares: int


@dataclass(frozen=True, slots=True)
class Done:
    """One answer of this reader."""

    id: str
    verdict: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    question: Question | None
    lines: tuple[Line, ...]  # of the list; empty when one pair is shown
    is_list: bool
    order: str  # 'teaches' or 'harm'
    open: int
    number: int  # place of the pair in the list, 1-based; 0: it is not in it
    before: str
    after: str
    done: tuple[Done, ...]
    opens: frozenset[str]  # the records of these that this reader may open
    complaint: Complaint | None
    first: int  # pairs in the list before this page
    earlier: int  # number of the page of the list before this one; -1: there is none
    later: int


def doubts(request: Request) -> Response:
    """Show the pair that helps most, or the list of all."""
    return _show(asked(request), "", is_list=request.query_params.get("view") == "list")


def doubt(request: Request) -> Response:
    """Show one pair."""
    return _show(asked(request), request.path_params["id"])


async def settle(request: Request) -> Response:
    """Take a person's answer, or one back; the next pair appears."""
    who, form = asked(request), await request.form()
    id_, verdict = request.path_params["id"], str(form.get("verdict", ""))
    query = "?order=harm" if form.get("order") == "harm" else ""
    after = str(form.get("after", ""))
    try:
        if verdict == "undo":
            worklist.take_back(who.x, id_, who.viewer)
            return RedirectResponse(f"/doubts/{id_}{query}", 303)
        if verdict in {SAME, DIFFERENT}:
            review.settle_doubt(who.x, id_, verdict, who.viewer)
    except VadoError as fault:
        if isinstance(fault, NotFound):
            raise
        return _show(who, id_, complaint=who.told(fault))
    where = "/doubts?view=list" + query.replace("?", "&") if form.get("list") else f"/doubts{query}"
    return RedirectResponse(f"/doubts/{after}{query}" if re.fullmatch(r"\w+", after) else where, 303)


def unlink(request: Request) -> Response:
    """Take a partner's patient out of its person."""
    who = asked(request)
    review.unlink(who.x, request.path_params["patient"], who.viewer)
    return RedirectResponse("/", 303)


def _show(who: Who, id_: str, *, is_list: bool = False, complaint: Complaint | None = None) -> Response:
    by_harm = who.request.query_params.get("order") == "harm"
    number = _number(who.request) if is_list else 0
    of_set, at = divmod(number, _PAGES)
    part = slice(at * _PAGE, (at + 1) * _PAGE if is_list else 0)
    found = worklist.worklist(who.x, who.viewer, by_harm, of_set=of_set, shown=part)
    ids = found.ids
    shown = id_ or (ids[0] if ids and not is_list else "")
    earlier, later = _around(number, len(ids), more=found.more) if is_list else (-1, -1)
    at = ids.index(shown) if shown in ids else -1
    pair = worklist.show(who.x, shown, who.viewer) if shown else None
    sides = [f for a in found.asked for f in (a.one, a.other)] + ([pair.one.patient, pair.other.patient] if pair else [])
    opens = consult.open_to(who.x, sides, who.viewer)
    view = View(
        question(who, pair) if pair else None, tuple(map(_line, found.asked)), is_list,
        "harm" if by_harm else "teaches", found.open, at + 1, ids[at - 1] if at > 0 else "",
        next((i for i in ids[at + 1 :] if i != shown), ""),
        tuple(map(_done, worklist.recent(who.x, who.viewer))), opens, complaint, number * _PAGE, earlier, later,
    )  # fmt: skip
    return page(who, "doubts/page.html", view, 409 if complaint else 200)


def _number(request: Request) -> int:
    said = request.query_params.get("page", "0")
    return min(int(said), _FARTHEST) if said.isascii() and said.isdigit() and len(said) < 7 else 0


def _around(number: int, count: int, *, more: bool) -> tuple[int, int]:
    """Give the pages before and after one: within its set of `count` pairs, else the first of the set next to it; -1: none."""
    of_set, at = divmod(number, _PAGES)
    earlier = number - 1 if at else max(of_set - 1, 0) * _PAGES if of_set else -1
    later = number + 1 if (at + 1) * _PAGE < count else (of_set + 1) * _PAGES if more else -1
    return earlier, later


def question(who: Who, found: Shown) -> Question:
    """Make one pair ready to be shown."""
    d, bits = found.doubt, who.x.model.thresholds
    one, other = half(found.one), half(found.other)
    bars = tuple(_bar(field, how, bits_) for field, how, bits_ in who.why(d.why))
    return Question(
        d.id, d.verdict if d.verdict in {SAME, DIFFERENT} else "", d.by, d.weight, one, other,
        rows(*(_in_words(who, side.patient.resource) for side in (found.one, found.other))), bars,
        _bar("", "", d.weight), bits.possible, bits.probable, _marks(bits), _grows(d),
    )  # fmt: skip


def _in_words(who: Who, patient: FhirJson) -> FhirJson:
    """Give a Patient with its coded value as the reader's language says it."""
    return {**patient, "gender": who.say(patient["gender"])} if patient.get("gender") else patient


def _grows(d: Doubt) -> str:
    return "partner" if any(c.field == "partner" for c in d.why) else "unasked" if not d.why else ""


def _marks(bits: Thresholds) -> tuple[float, float]:
    return tuple(_HALF + max(-_HALF, min(_HALF, b)) for b in (bits.possible, bits.probable))  # type: ignore[return-value]


def _bar(field: str, how: str, bits: float) -> Bar:
    length = min(abs(bits), _HALF)
    return Bar(field, how, bits, _HALF if bits >= 0 else _HALF - length, length)


def half(side: Side) -> Half:
    """Make one side ready to be shown."""
    e, media = side.patient.evidence, side.original.media_type
    has_picture = from_pixels(e) and (media.startswith("image/") or media == "application/pdf")
    return Half(
        told(side.patient), side.person, side.facts, side.others, side.original.received, e.original, has_picture,
        e.confidence < 1 and not e.reviewed,
    )  # fmt: skip


def _line(a: Asked) -> Line:
    against = tuple(c for c in a.doubt.why if c.bits < 0)
    return Line(a.doubt.id, told(a.one), told(a.other), a.doubt.weight, against, a.spares)


def _done(a: Answer) -> Done:
    return Done(
        a.doubt.id, a.doubt.verdict, name_of(a.one.resource) if a.one else "?", name_of(a.other.resource) if a.other else "?"
    )
