"""What a person sees of themselves: who they are here, who looked, what they decided; and the two ways to open what is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import accounts, consents, consult
from vado.exchange.consents import Access, Mine
from vado.exchange.consult import end_of
from vado.exchange.ports import Count
from vado.model.account import ConsentKind
from vado.model.original import OriginalId, PartnerId
from vado.record.permit import may
from vado.web.forms import small_form
from vado.web.pages.people import heading
from vado.web.render import Asked, Complaint, asked, page


@dataclass(frozen=True, slots=True)
class Home:
    """The first page of whoever is signed in."""

    name: str
    role: str
    partner: str
    persons: tuple[tuple[str, str], ...]  # (id, name): one's own, and those one may act for
    counts: tuple[Count, ...]  # of those who look after the flow; no clinical detail


@dataclass(frozen=True, slots=True)
class View:
    """Who may and who did."""

    person: str
    name: str
    me: str  # as the audit trail calls this reader
    accesses: tuple[Access, ...]
    opened: tuple[Access, ...]  # by breaking the glass
    mine: Mine
    now: datetime
    sources: tuple[str, ...]
    partners: tuple[tuple[str, str], ...]
    complaint: Complaint | None


def mine(request: Request) -> Response:
    """Show who one is here, and where one may go."""
    who = asked(request)
    own = consents.own_persons(who.x, who.viewer) if may(who.viewer, "accesses.read") else ()
    persons = tuple((id_, heading(consult.show_record(who.x, id_, who.viewer).person)) for id_ in own)
    counts = consult.status(who.x) if may(who.viewer, "counts.read") else ()
    name = accounts.name_of(who.x, who.viewer)
    return page(who, "mine/page.html", Home(name, who.viewer.role.value, who.viewer.partner, persons, counts))


def accesses(request: Request) -> Response:
    """Show who looked at a record, and who may."""
    return _show(asked(request), request.path_params["id"])


async def consent(request: Request) -> Response:
    """Take a decision of a person."""
    who, form, person = asked(request), await small_form(request), request.path_params["id"]
    kind = form.get("kind", "")
    if kind not in set(ConsentKind):
        return RedirectResponse(f"/mine/{person}", 303)
    partner, original, fact = (form.get(name, "")[:100] for name in ("partner", "original", "fact"))
    said = consents.said(ConsentKind(kind), partner=partner, original=original, fact=fact, until=end_of(form.get("until", "")))
    return await run_in_threadpool(_done, who, person, lambda: consents.give(who.x, person, said, who.viewer))


def withdraw(request: Request) -> Response:
    """Take a decision back."""
    who, person, id_ = asked(request), request.path_params["id"], request.path_params["consent"]
    return _done(who, person, lambda: consents.withdraw(who.x, person, id_, who.viewer))


async def appoint(request: Request) -> Response:
    """Let a carer act for oneself, until a day."""
    who, form, person = asked(request), await small_form(request), request.path_params["id"]
    until = end_of(form.get("until", ""))
    if until is None:
        return RedirectResponse(f"/mine/{person}", 303)
    name = form.get("name", "").strip()[:200]
    return await run_in_threadpool(_done, who, person, lambda: consents.appoint(who.x, person, name, until, who.viewer))


def end_proxy(request: Request) -> Response:
    """Let a carer act no longer."""
    who, person, id_ = asked(request), request.path_params["id"], request.path_params["relation"]
    return _done(who, person, lambda: consents.end(who.x, person, id_, who.viewer))


async def break_glass(request: Request) -> Response:
    """Open a record, for a reason."""
    who, form, person = asked(request), await small_form(request), request.path_params["id"]
    await run_in_threadpool(consents.break_glass, who.x, person, form.get("reason", ""), who.viewer)
    return RedirectResponse(f"/person/{person}", 303)


async def explain(request: Request) -> Response:
    """Open an original, for a reason."""
    who, form = asked(request), await small_form(request)
    partner, id_ = PartnerId(request.path_params["partner"]), OriginalId(request.path_params["id"])
    await run_in_threadpool(consents.explain, who.x, partner, id_, form.get("reason", ""), who.viewer)
    return RedirectResponse(f"/original/{partner}/{id_}", 303)


def _done(who: Asked, person: str, change: Callable[[], object]) -> Response:
    try:
        change()
    except VadoError as fault:
        if fault.code in {"RE-001", "AC-001"}:
            raise
        return _show(who, person, who.told(fault), fault.kind.http)
    return RedirectResponse(f"/mine/{person}", 303)


def _show(who: Asked, person: str, complaint: Complaint | None = None, status: int = 200) -> Response:
    seen = consents.accesses(who.x, person, who.viewer)
    record = consult.show_record(who.x, person, who.viewer)
    partners = tuple((p.id, p.name) for p in who.x.profiles.values())
    view = View(
        person, heading(record.person), who.viewer.name, seen[:200], tuple(a for a in seen if a.action == "break-glass"),
        consents.mine(who.x, person, who.viewer), who.x.clock(), tuple(s.partner for s in record.sources), partners, complaint,
    )  # fmt: skip
    return page(who, "mine/accesses.html", view, status)
