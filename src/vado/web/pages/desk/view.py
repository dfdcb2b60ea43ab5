"""The review desk: one value from paper at a time, beside the place on the page where it stood."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotFound, VadoError
from vado.exchange import consult, review
from vado.exchange.desk import Desk, Waiting, open_desk
from vado.model.original import PartnerId
from vado.model.review import Decision, Standing, Verdict
from vado.record.correct import correctable
from vado.record.words import detail, title
from vado.web.pages.seen import Seen, seen
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 25  # values looked through for one page
_RECENT = 5  # decisions listed
_FIELD = "value:"  # begins the name of what may be corrected
_LONG = 60  # characters; a longer text gets more lines
WORDS = (  # how an element is called on this page: end of its path, word
    (r"medicationCodeableConcept\.text$", "medicine"), (r"vaccineCode\.text$", "vaccine"), (r"manifestation.*\.text$", "reaction"),
    (r"dosage(Instruction)?\[\d+\]\.text$", "dose"), (r"^code\.text$", "what"), (r"^value.*\.value$|^valueString$|^value.*\.text$", "value"),
    (r"\.unit$", "unit"), (r"^birthDate$", "born"), (r"\.family$", "surname"), (r"\.given\[\d+\]$", "given name"),
    (r"^gender$", "sex"), (r"^identifier.*\.value$", "number"), (r"^telecom.*\.value$", "telephone or mail"),
    (r"^address", "address"), (r"^note.*\.text$", "note"), (r"(Date|DateTime|\.start|\.end|^date|issued)$", "date"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One element that may be corrected."""

    path: str
    word: str  # plain word for it, in English; the path when there is none
    value: str
    long: bool


@dataclass(frozen=True, slots=True)
class Item:
    """The value on the desk."""

    fact: str
    kind: str
    fields: tuple[Field, ...]
    partner: str
    received: datetime
    original: str
    confidence: int  # per cent
    standing: Standing
    votes: tuple[tuple[str, str, str], ...]  # (who, verdict, what they say stands there)
    has_picture: bool
    page_number: int
    lines: tuple[Seen, ...]  # the text around, where there is no picture
    shown: str  # ISO 8601: when this page was made


@dataclass(frozen=True, slots=True)
class Done:
    """One decision of this reader."""

    fact: str
    verdict: str
    settles: bool  # False: another reader has to look as well
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    item: Item | None
    open: int
    more: bool  # than were counted
    samples: int
    following: str  # the fact whose picture may be fetched already; "" for none
    done: tuple[Done, ...]
    decided: int
    partner: str
    past: str
    complaint: Complaint | None


def desk(request: Request) -> Response:
    """Show the most urgent value that waits, or the one that is asked for."""
    who, query = asked(request), request.query_params
    return _show(who, query.get("partner", ""), past=query.get("past", ""), fact=query.get("fact", ""))


async def decide(request: Request) -> Response:
    """Take a decision, or one back; the next value appears."""
    who, form = asked(request), await request.form()
    said = {name: str(value) for name, value in form.items()}
    partner, past, id_ = said.get("partner", ""), said.get("past", ""), request.path_params["id"]
    try:
        if (verdict := said.get("verdict", "")) == Verdict.UNDO:
            review.take_back(who.x, id_, who.viewer)
            return _to(partner=partner, past=past, fact=id_)
        if verdict in {Verdict.ACCEPT, Verdict.REJECT}:
            _decide(who, id_, Verdict(verdict), said)
    except VadoError as fault:
        if isinstance(fault, NotFound):
            raise
        return _show(who, partner, past=past, fact=id_, typed=said, complaint=who.told(fault))
    return _to(partner=partner, past=past)


def crop(request: Request) -> Response:
    """Give the part of the page where a fact stands, as PNG."""
    who = asked(request)
    return Response(consult.cutting(who.x, request.path_params["id"], who.viewer), media_type="image/png")


def _decide(who: Asked, id_: str, verdict: Verdict, said: Mapping[str, str]) -> None:
    """What was changed before it was accepted is a correction."""
    changes = {name.removeprefix(_FIELD): value for name, value in said.items() if name.startswith(_FIELD)}
    verdict = Verdict.CORRECT if verdict is Verdict.ACCEPT and changes else verdict
    review.decide(who.x, id_, verdict, who.viewer, changes=changes, seconds=_seconds(who, said.get("shown", "")))


def _seconds(who: Asked, shown: str) -> float | None:
    try:
        return max((who.x.clock() - datetime.fromisoformat(shown)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _to(**where: str) -> Response:
    """Go on; partner ids and fact ids are no patient's values."""
    query = "&".join(f"{k}={v}" for k, v in where.items() if re.fullmatch(r"[\w.-]+", v))
    return RedirectResponse(f"/desk?{query}" if query else "/desk", 303)


def _show(  # noqa: PLR0913 - what the page depends on
    who: Asked, partner: str, *, past: str, fact: str, typed: Mapping[str, str] | None = None, complaint: Complaint | None = None
) -> Response:  # fmt: skip
    found = open_desk(who.x, who.viewer, PartnerId(partner) if partner else None, fact, past=past, most=_AT_ONCE)
    asked_for = [w for w in found.waiting if w.fact.id == fact]
    order = [*asked_for, *(w for w in found.waiting if w.fact.id != fact)]
    item = _item(who, order[0], typed or {}) if order else None
    following = next((w.fact.id for w in order[1:] if item and item.has_picture), "")
    view = View(
        item,
        found.open,
        found.more,
        len(found.waiting) - found.open,
        following,
        _done(found),
        len(found.decided),
        partner,
        past,
        complaint,
    )
    return page(who, "desk/page.html", view, 422 if complaint else 200)


def _item(who: Asked, waiting: Waiting, typed: Mapping[str, str]) -> Item:
    fact = waiting.fact
    traced = consult.trace(who.x, fact.id, who.viewer, most=1)
    media, first = traced.row.original.media_type, fact.evidence.places[0]
    has_picture = media.startswith("image/") or media == "application/pdf"
    fields = tuple(
        Field(path, _word(path), typed.get(_FIELD + path, value), len(value) > _LONG)
        for path, value in correctable(fact.resource)
    )
    return Item(
        fact.id, fact.kind, fields, fact.evidence.partner, waiting.received, fact.evidence.original,
        int(100 * fact.evidence.confidence), waiting.standing, tuple(_vote(v) for v in waiting.votes), has_picture,
        consult.page_of(first), () if has_picture else seen(traced.items, traced.marked), who.x.clock().isoformat(),
    )  # fmt: skip


def _word(path: str) -> str:
    return next((word for end, word in WORDS if re.search(end, path)), path)


def _vote(decision: Decision) -> tuple[str, str, str]:
    resource = decision.after or decision.proposed.resource
    return decision.by, decision.verdict.value, ", ".join(w for w in (title(resource, {}), detail(resource)) if w)


def _done(found: Desk) -> tuple[Done, ...]:
    return tuple(
        Done(d.fact, d.verdict.value, d.settles, d.proposed.kind, title(d.after or d.proposed.resource, {}))
        for d in found.decided[:_RECENT]
    )
