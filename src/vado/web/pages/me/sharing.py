"""What a person lets others see: first the consequence, then the decision. And who may act for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import allow, consents, consult
from vado.exchange.consents import Mine
from vado.exchange.consult import end_of
from vado.exchange.foresee import Foreseen, foresee
from vado.model.account import Consent, ConsentKind
from vado.record.words import detail, title
from vado.web.forms import small_form
from vado.web.pages.me.whose import Whose, queried, whose
from vado.web.render import Asked, Complaint, asked, page

_FARTHEST = timedelta(days=5 * 366)
_FIELDS = ("what", "kind", "partner", "original", "fact", "until", "name", "id")


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    whose: Whose
    mine: Mine
    titles: dict[str, str]  # fact -> its words
    sources: tuple[str, ...]
    others: tuple[str, ...]  # organisations that do not know the person
    now: datetime
    complaint: Complaint | None


@dataclass(frozen=True, slots=True)
class Check:
    """The page before a decision: what it would change."""

    whose: Whose
    said: dict[str, str]  # the decision, to be sent on
    foreseen: Foreseen | None  # None: of a carer
    title: str  # of the one entry that it is about
    taking_back: Consent | None


def sharing(request: Request) -> Response:
    """Show what is decided, and what may be."""
    who = asked(request)
    return _show(who, queried(who))


async def check(request: Request) -> Response:
    """Show what a decision would change; nothing is changed."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_checked, who, form)


async def decide(request: Request) -> Response:
    """Take a decision."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_decided, who, form)


def _checked(who: Asked, form: dict[str, str]) -> Response:
    whom, said = whose(who, form.get("of", "")), {k: form[k][:200] for k in _FIELDS if form.get(k)}
    if not whom.is_self:
        raise NotPermitted("AC-001")
    try:
        seen, back = _foreseen(who, whom, said)
    except VadoError as fault:
        return _refused(who, whom, fault)
    fact = seen.title if seen else None
    words = ", ".join(w for w in (who.named(title(fact.resource, {})), detail(fact.resource)) if w) if fact else ""
    return page(who, "me/check.html", Check(whom, said, seen, words, back))


def _foreseen(who: Asked, whom: Whose, said: dict[str, str]) -> tuple[Foreseen | None, Consent | None]:
    if said.get("what") == "proxy":
        _until(who, said)
        return None, None
    if said.get("what") == "end":
        return None, None
    if said.get("what") == "withdraw":
        mine = consents.mine(who.x, whom.id, who.viewer)
        back = next((c for c in mine.consents if c.id == said.get("id") and c.in_force(who.x.clock())), None)
        if back is None:
            raise NotFound("AC-013")
        return foresee(who.x, whom.id, who.viewer, without=back.id), back
    return foresee(who.x, whom.id, who.viewer, adding=_consent(who, said)), None


def _decided(who: Asked, form: dict[str, str]) -> Response:
    x, whom = who.x, whose(who, form.get("of", ""))
    said = {k: form[k][:200] for k in _FIELDS if form.get(k)}
    changes: dict[str, Callable[[], object]] = {
        "proxy": lambda: consents.appoint(x, whom.id, said.get("name", "").strip(), _until(who, said), who.viewer),
        "end": lambda: consents.end(x, whom.id, said.get("id", ""), who.viewer),
        "withdraw": lambda: consents.withdraw(x, whom.id, said.get("id", ""), who.viewer),
    }
    try:
        changes.get(said.get("what", ""), lambda: consents.give(x, whom.id, _consent(who, said), who.viewer))()
    except VadoError as fault:
        return _refused(who, whom, fault)
    return RedirectResponse(f"/me/sharing{whom.of}", 303)


def _refused(who: Asked, whom: Whose, fault: VadoError) -> Response:
    if fault.code in {"RE-001", "AC-001"}:
        raise fault
    return _show(who, whom, who.told(fault), fault.kind.http)


def _consent(who: Asked, said: dict[str, str]) -> Consent:
    kind = said.get("kind", "")
    if kind not in set(ConsentKind):
        raise NotFound("AC-013")
    partner, original, fact = (said.get(name, "") for name in ("partner", "original", "fact"))
    return consents.said(
        ConsentKind(kind), partner=partner, original=original, fact=fact, until=end_of(said.get("until", ""), who.x.zone)
    )


def _until(who: Asked, said: dict[str, str]) -> datetime:
    """Give the last moment of the day until which a carer may act. Raises VadoError ME-014."""
    until, now = end_of(said.get("until", ""), who.x.zone), who.x.clock()
    if until is None or not now < until < now + _FARTHEST:
        raise VadoError("ME-014")
    return until


def _show(who: Asked, whom: Whose, complaint: Complaint | None = None, status: int = 200) -> Response:
    allow.check(who.viewer, "accesses.read")
    record = consult.show_record(who.x, whom.id, who.viewer)
    mine = consents.mine(who.x, whom.id, who.viewer)
    named = {c.fact for c in mine.consents if c.fact}
    told = [f for line in record.lines for f in (line.shown, *line.same, *line.conflicts) if f.id in named]
    titles = {f.id: ", ".join(w for w in (who.named(title(f.resource, {})), detail(f.resource)) if w) for f in told}
    sources = tuple(s.partner for s in record.sources)
    others = tuple(p for p in who.x.profiles if p not in sources)
    view = View(whom, mine, titles, sources, others, who.x.clock(), complaint)
    return page(who, "me/sharing.html", view, status)
