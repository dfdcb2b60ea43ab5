"""Accounts, for the administrator: who can sign in, as what, since when; never whose record they see."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import SettingsError, VadoError
from vado.exchange import accounts as story
from vado.exchange import administer, codes
from vado.exchange.administer import Overview
from vado.model.account import Account, RelationKind, Role
from vado.model.original import PartnerId
from vado.web.forms import small_form
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 50  # accounts of one page
_ROLES = (
    Role.PRACTITIONER,
    Role.MANAGER,
    Role.OPERATOR,
    Role.ADMINISTRATOR,
    Role.CARER,
    Role.CLIENT,
)  # citizens are invited from their record
_LONGEST = 200  # characters of a name
_DAYS = (1, 30, 90, 366)
TIES = {
    RelationKind.DECLARED: "cares for somebody", RelationKind.PROXY: "acts for somebody",
    RelationKind.GLASS: "opened a record for a reason", RelationKind.REASON: "opened an original for a reason",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class List:
    """Some accounts."""

    accounts: tuple[Account, ...]
    begins: str
    further: str  # name after which the next page begins; "": this is the last


@dataclass(frozen=True, slots=True)
class New:
    """The form for a new account."""

    roles: tuple[str, ...]
    partners: tuple[tuple[str, str], ...]
    given: Account | None
    complaint: Complaint | None


@dataclass(frozen=True, slots=True)
class View:
    """One account."""

    of: Overview
    roles: tuple[str, ...]
    partners: tuple[tuple[str, str], ...]
    is_program: bool
    days: tuple[int, ...]
    words: dict[RelationKind, str]  # for kinds of ties
    code: str  # shown this once
    token: str  # shown this once
    me: bool  # the administrator's own
    complaint: Complaint | None


def accounts(request: Request) -> Response:
    """List accounts, by name."""
    who, begins = asked(request), request.query_params.get("begins", "")[:_LONGEST].strip()
    found = story.some(who.x, who.viewer, request.query_params.get("after", "")[:_LONGEST], begins, _AT_ONCE + 1)
    further = found[_AT_ONCE - 1].name if len(found) > _AT_ONCE else ""
    return page(who, "accounts/page.html", List(found[:_AT_ONCE], begins, further))


async def new(request: Request) -> Response:
    """Show the form; make an account."""
    who = asked(request)
    if request.method != "POST":
        return _form(who, None)
    form = await small_form(request)
    return await run_in_threadpool(_made, who, form)


def account_of(request: Request) -> Response:
    """Show one."""
    return _show(asked(request), request.path_params["id"])


async def change(request: Request) -> Response:
    """Change one, as its form says."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_changed, who, request.path_params["id"], form)


def end_token(request: Request) -> Response:
    """Take a token away."""
    who, id_ = asked(request), request.path_params["id"]
    administer.end_token(who.x, id_, request.path_params["token"], who.viewer)
    return _back(who, id_)


def _made(who: Asked, form: dict[str, str]) -> Response:
    name = form.get("name", "").strip()[:_LONGEST]
    role = Role(form["role"]) if form.get("role") in _ROLES else Role.CARER
    wanted = Account("", name, role, _partner(who, form), scopes=_scopes(form), outside=form.get("outside", "").strip()[:500])
    try:
        if not name:
            raise VadoError("AC-014", what="a name", option="the name")
        made = story.add(who.x, wanted, who.viewer)
    except VadoError as fault:
        return _form(who, wanted, who.told(fault), fault.kind.http)
    if administer.is_program(made) or made.outside:
        return _back(who, made.id)
    return _show(who, made.id, code=codes.issue(who.x, made.id, who.viewer))


def _changed(who: Asked, id_: str, form: dict[str, str]) -> Response:
    name, do = administer.named_by(who.x, id_, who.viewer).name, form.get("do", "")
    ways: dict[str, Callable[[], object]] = {
        "role": lambda: story.change(who.x, name, who.viewer, role=_role(form), partner=_partner(who, form)),
        "disable": lambda: story.change(who.x, name, who.viewer, disabled=True),
        "enable": lambda: story.change(who.x, name, who.viewer, disabled=False),
        "keys": lambda: story.change(who.x, name, who.viewer, keys=administer.public_keys(form.get("keys", "").encode())),
        "scopes": lambda: story.change(who.x, name, who.viewer, scopes=_scopes(form)),
    }
    try:
        if do == "reset":
            return _forgotten(who, id_, _show(who, id_, code=codes.issue(who.x, id_, who.viewer)))
        if do == "token":
            days = next((n for n in _DAYS if str(n) == form.get("days")), _DAYS[0])
            return _show(who, id_, token=story.token(who.x, name, days, _scopes(form), who.viewer))
        if do in ways:
            ways[do]()
    except VadoError as fault:
        return _show(who, id_, who.told(fault), fault.kind.http)
    return _back(who, id_)


def _role(form: dict[str, str]) -> Role:
    if form.get("role") not in _ROLES:
        raise VadoError("AC-014", what="a role of people or programs", option="--role")
    return Role(form["role"])


def _partner(who: Asked, form: dict[str, str]) -> PartnerId:
    wanted = PartnerId(form.get("partner", ""))
    if wanted and wanted not in who.x.profiles:
        raise SettingsError("CO-004", partner=wanted)
    return wanted


def _scopes(form: dict[str, str]) -> tuple[str, ...]:
    return tuple(form.get("scopes", "")[:2000].split())


def _back(who: Asked, id_: str) -> Response:
    return _forgotten(who, id_, RedirectResponse(f"/accounts/{id_}", 303))


def _forgotten(who: Asked, id_: str, answer: Response) -> Response:
    """Let what was changed count at once, not in some seconds."""
    who.request.app.state.known.forget_account(id_)
    return answer


def _partners(who: Asked) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((p.id, p.name or p.id) for p in who.x.profiles.values()), key=lambda p: p[1]))


def _form(who: Asked, given: Account | None, complaint: Complaint | None = None, status: int = 200) -> Response:
    return page(who, "accounts/new.html", New(_ROLES, _partners(who), given, complaint), status)


def _show(  # noqa: PLR0913 - what is shown once
    who: Asked, id_: str, complaint: Complaint | None = None, status: int = 200, *, code: str = "", token: str = ""
) -> Response:  # fmt: skip
    of = administer.overview(who.x, id_, who.viewer)
    view = View(
        of, _ROLES, _partners(who), administer.is_program(of.account), _DAYS, TIES, code, token, of.account.id == who.viewer.account, complaint
    )  # fmt: skip
    return page(who, "accounts/account.html", view, status)
