"""Invitations by letter, for those who run the place. They see no name: the letter says it."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import invitations
from vado.model.account import Invitation
from vado.outgoing.invitation.write import write
from vado.web.forms import small_form
from vado.web.render import Asked, Complaint, asked, page
from vado.web.smart import root


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    invitations: tuple[tuple[Invitation, str], ...]
    days: int
    complaint: Complaint | None


def listed(request: Request) -> Response:
    """Show the list."""
    return _show(asked(request))


async def invite(request: Request) -> Response:
    """Make a letter, and give it as a PDF: the only place where its code stands."""
    who, form = asked(request), await small_form(request)
    return await run_in_threadpool(_invited, who, form)


def revoke(request: Request) -> Response:
    """Take a letter back."""
    who = asked(request)
    invitations.revoke(who.x, request.path_params["id"], who.viewer)
    return RedirectResponse("/invitations", 303)


def _invited(who: Asked, form: dict[str, str]) -> Response:
    language = form.get("language", "") if form.get("language") in {"en", "es"} else who.viewer.language
    try:
        person = invitations.found(who.x, form.get("number", "")[:100], form.get("born", "")[:10], who.viewer)
        made = invitations.invite(who.x, person, language, who.viewer)
    except VadoError as fault:
        if not fault.code.startswith("ME-"):
            raise
        return _show(who, who.told(fault), fault.kind.http)
    content = write(made, address=f"{root(who.request)}/welcome", zone=who.x.zone)
    named = {"Content-Disposition": f'attachment; filename="{made.invitation.id}.pdf"'}
    return Response(content, media_type="application/pdf", headers=named)


def _show(who: Asked, complaint: Complaint | None = None, status: int = 200) -> Response:
    return page(
        who, "invitations/page.html", View(invitations.listed(who.x, who.viewer), who.x.invitation_days, complaint), status
    )
