"""Persons who may be two: what contradicts what, taking them apart, and who has to be told."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import faces, review
from vado.exchange.faces import Correction, OverMerge
from vado.web.pages.people import Told, heading, told
from vado.web.render import Asked, Complaint, asked, page

_ID = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Against:
    """One contradiction: its kind, and who says so in which fact."""

    kind: str
    facts: tuple[tuple[str, str], ...]  # (partner, fact id)


@dataclass(frozen=True, slots=True)
class Face:
    """A person who may be two."""

    person: str
    name: str
    told: tuple[Told, ...]
    clashes: tuple[Against, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    faces: tuple[Face, ...]
    after: str  # where the next page begins; "" at the end
    parted: str  # a patient that was taken out of its person just now; "" none
    corrections: tuple[Correction, ...]
    complaint: Complaint | None


def overmerged(request: Request) -> Response:
    """List persons who may be two."""
    return _show(asked(request))


async def split(request: Request) -> Response:
    """Take the ticked patients, together, into a person of their own."""
    who, form = asked(request), await request.form()
    patients = [str(p) for p in form.getlist("patient") if _ID.fullmatch(str(p))]
    try:
        if not patients:
            raise VadoError("RE-010")
        review.split(who.x, patients, who.viewer)
    except VadoError as fault:
        return _show(who, who.told(fault), fault.kind.http)
    return RedirectResponse(f"/overmerged?parted={patients[0]}", 303)


def undo_split(request: Request) -> Response:
    """Take back the last word by which this patient was linked or unlinked."""
    who = asked(request)
    try:
        review.undo(who.x, request.path_params["patient"], who.viewer)
    except VadoError as fault:
        return _show(who, who.told(fault), fault.kind.http)
    return RedirectResponse("/overmerged", 303)


def _show(who: Asked, complaint: Complaint | None = None, status: int = 200) -> Response:
    query = who.request.query_params
    found, after = faces.over_merged(who.x, who.viewer, after=query.get("after", ""))
    parted = query.get("parted", "")
    told_to = faces.corrections(who.x, parted, who.viewer) if parted else ()
    return page(who, "overmerged/page.html", View(tuple(map(_face, found)), after, parted, told_to, complaint), status)


def _face(one: OverMerge) -> Face:
    partner = {p.id: p.evidence.partner for p in one.person.patients}
    clashes = tuple(
        Against(c.kind, tuple((partner[p], fact) for p, fact in zip((c.one, c.other), c.facts, strict=False)))
        for c in one.clashes
    )
    return Face(one.person.id, heading(one.person), tuple(map(told, one.person.patients)), clashes)
