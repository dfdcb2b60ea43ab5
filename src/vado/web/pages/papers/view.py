"""Learn a partner's paper form: bring an empty copy, see the boxes over its picture, correct their names, save. Nothing is kept before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import NotFound, SettingsError, VadoError
from vado.exchange import meanings, papers
from vado.exchange.papers import Correction
from vado.model.form import FieldKind, Form, FormField, FormProposal
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.settings.form import END
from vado.tools.crop import lighter
from vado.web.forms import bounded, small_form
from vado.web.jobs import Job
from vado.web.pages.known import partner_of
from vado.web.pages.newcomer.view import CHOICES
from vado.web.render import Asked, Complaint, asked, page
from vado.web.waiting import Waiting

_FILES = 10  # brought at once
_MEGABYTES = 40  # of them together
_BOXES = 1500  # that are corrected on a page
_MOST = 1_000_000  # bytes of the corrections
_LONGEST = 200  # letters of the name of a file
KINDS = {
    FieldKind.TEXT: "text", FieldKind.DATE: "date", FieldKind.NUMBER: "number", FieldKind.CHECK: "box to tick",
    FieldKind.COMB: "one letter a cell", FieldKind.SIGNATURE: "signature",
}  # fmt: skip
SOURCES = {
    "fields": "The boxes are the form fields of the file: they are exact.",
    "drawing": "The boxes were found by the lines and signs that the file draws: compare them with the picture.",
    "picture": "The boxes were found by the picture alone: compare them with it, some will be missing.",
}
DRAFTS, SECONDS = 30, 1800.0  # kept at once, and for how long
Drafts = Waiting[FormProposal]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one file."""

    file: str
    draft: str = ""  # where it waits; "" nothing could be learned
    boxes: int = 0
    fault: Complaint | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The page of all forms of a partner."""

    partner: PartnerProfile
    known: tuple[str, ...]  # names of its forms
    job: Job | None
    tried: tuple[Tried, ...]
    fault: Complaint | None
    complaint: Complaint | None
    saved: str  # name of the form that was saved a moment ago
    scans: int  # originals on paper that could be read again
    most: tuple[int, int]  # files, megabytes


@dataclass(frozen=True, slots=True)
class Row:
    """One box: as it is now, and where its value goes."""

    number: int  # from 0
    field: FormField
    left_out: bool
    goes: str  # in plain words; "" it is kept as text

    @property
    def label(self) -> str:
        """What it is called, with what a tick means."""
        return f"{self.field.label}: {self.field.option}" if self.field.option else self.field.label


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page with its boxes."""

    number: int
    width: int
    height: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """The page of one form that waits."""

    partner: PartnerProfile
    draft: str
    name: str
    title: str
    sheets: tuple[Sheet, ...]
    kinds: Mapping[str, str]
    source: str
    there: bool  # the partner has a form of this name
    complaint: Complaint | None


async def show(request: Request) -> Response:
    """Show which forms a partner has, and ask for an empty copy; with POST, look at what is brought, beside."""
    who = asked(request)
    partner = _known(who)
    if request.method == "GET":
        return await run_in_threadpool(_page, who, partner)
    fault = SettingsError("CO-012", fault="choose one file at least, and ten at most")
    try:
        limited = Request(
            request.scope, bounded(request, _MEGABYTES * 1_000_000 + 100_000, VadoError("IN-008", megabytes=_MEGABYTES))
        )
        async with limited.form(max_files=_FILES, max_fields=5, max_part_size=10_000) as form:
            files = [(_name(f), await f.read()) for f in form.getlist("file") if isinstance(f, UploadFile) and f.size]
    except VadoError as large:
        return await run_in_threadpool(_page, who, partner, large)
    except HTTPException:
        return await run_in_threadpool(_page, who, partner, fault)
    if not files:
        return await run_in_threadpool(_page, who, partner, fault)
    request.app.state.jobs.begin(
        _subject(who, partner.id), Job("learn", (), len(files)), partial(_looked, who, partner.id, files)
    )
    return RedirectResponse(f"/bridges/{partner.id}/forms#work", 303)


async def draft(request: Request) -> Response:
    """Show one form that waits; with POST, take what is corrected, and save it where that is asked."""
    who = asked(request)
    form = await small_form(request, 5 * _BOXES, _MOST) if request.method == "POST" else {}
    return await run_in_threadpool(_corrected, who, form) if form else await run_in_threadpool(_close, who, _draft(who), {})


def picture(request: Request) -> Response:
    """Give a page of a form that waits, to look at."""
    proposal, number = _draft(asked(request)), request.path_params["page"]
    if not 1 <= number <= len(proposal.pictures):
        raise HTTPException(404)
    return Response(lighter(proposal.pictures[number - 1]), media_type="image/webp")


def _looked(who: Asked, partner: PartnerId, files: list[tuple[str, bytes]]) -> Iterator[tuple[Tried, ...]]:
    """Look at one file after the other, in the limited children."""
    found: tuple[Tried, ...] = ()
    for name, content in files:
        proposal = who.x.room.learn_form(content, papers.name_of(name))
        if proposal.form is None or proposal.issue:
            told = who.told(proposal.issue) if proposal.issue else who.told(SettingsError("CO-012", fault="it has no pages"))
            found = (*found, Tried(name, fault=told))
        else:
            id_ = _drafts(who).put(proposal, who.viewer.name, partner)
            found = (*found, Tried(name, id_, len(proposal.form.fields)))
        yield found


def _corrected(who: Asked, form: Mapping[str, str]) -> Response:
    """Take the corrections; save, where that is asked and nothing is wrong."""
    proposal, partner, bench = _draft(who), _known(who), who.request.app.state.bench
    said, name = _said(form), form.get("name", "").strip()
    try:
        made = papers.corrected(_form(proposal), name, form.get("title", ""), said)
        if form.get("do") != "save":
            return _close(who, replace(proposal, form=_as_typed(_form(proposal), form, said)), said)
        if bench.has_paper(partner.id, name) and form.get("replace") != "yes":
            raise SettingsError("CO-016")
        bench.save_paper(partner.id, replace(proposal, form=made), who.viewer)
    except (VadoError, ValueError) as fault:
        told = fault if isinstance(fault, VadoError) else SettingsError("CO-010", form=name, fault=str(fault))
        return _close(who, replace(proposal, form=_as_typed(_form(proposal), form, said)), said, who.told(told))
    _drafts(who).forget(who.request.path_params["draft"])
    return RedirectResponse(f"/bridges/{partner.id}/forms?saved={name}", 303)


def _said(form: Mapping[str, str]) -> dict[int, Correction]:
    """Read what is said of each box."""
    kinds = {k.value for k in FieldKind}
    return {
        n: Correction(form[f"label-{n}"], FieldKind(kind), form.get(f"option-{n}", ""), form.get(f"out-{n}") == "yes")
        for n in range(_BOXES)
        if f"label-{n}" in form and (kind := form.get(f"kind-{n}", "")) in kinds
    }


def _as_typed(form: Form, typed: Mapping[str, str], said: Mapping[int, Correction]) -> Form:
    """Give the form with every box as it was typed, those left out too: so that the page shows what somebody was about."""
    fields = tuple(
        replace(f, label=said[n].label, kind=said[n].kind, option=said[n].option if said[n].kind is FieldKind.CHECK else "") if n in said else f
        for n, f in enumerate(form.fields)
    )  # fmt: skip
    return replace(form, name=typed.get("name", form.name), title=typed.get("title", form.title), fields=fields)


def _page(who: Asked, partner: PartnerProfile, complaint: VadoError | None = None) -> Response:
    job = who.request.app.state.jobs.of(_subject(who, partner.id))
    saved = who.request.query_params.get("saved", "")
    known = tuple(path.rpartition("/")[2].removesuffix(END) for path in partner.papers)
    tried = cast("tuple[Tried, ...]", job.came) if job and job.came else ()
    view = View(
        partner, known, job, tuple(t for t in tried if _waits(who, partner.id, t)),
        who.told(job.fault) if job and job.fault else None, who.told(complaint) if complaint else None,
        saved if saved in known else "", meanings.originals_of(who.x, partner.id, "scan"), (_FILES, _MEGABYTES),
    )  # fmt: skip
    return page(who, "papers/page.html", view, complaint.kind.http if complaint else 200)


def _close(who: Asked, proposal: FormProposal, said: Mapping[int, Correction], complaint: Complaint | None = None) -> Response:
    form, partner = _form(proposal), _known(who)
    kept = replace(form, fields=tuple(f for n, f in enumerate(form.fields) if n not in said or not said[n].left_out))
    goes = _goes(who, kept)
    sheets = tuple(
        Sheet(
            number, p.width, p.height,
            tuple(
                Row(n, f, n in said and said[n].left_out, goes.get(f.label, ""))
                for n, f in enumerate(form.fields)
                if f.page == number
            ),
        )
        for number, p in enumerate(form.pages, 1)
    )  # fmt: skip
    view = Close(
        partner, who.request.path_params["draft"], form.name, form.title, sheets, {k.value: who.say(v) for k, v in KINDS.items()},
        who.say(SOURCES.get(proposal.source, "")), who.request.app.state.bench.has_paper(partner.id, form.name), complaint,
    )  # fmt: skip
    return page(who, "papers/form.html", view, 422 if complaint else 200)


def _goes(who: Asked, form: Form) -> dict[str, str]:
    """Say where the value of each box goes, in plain words where there are any."""
    try:
        layout = papers.layout_of(form)
    except (VadoError, ValueError):
        return {}
    told: dict[str, str] = {}
    for label, path in layout.get("map", {}).items():
        known = next((words for of, words in CHOICES.items() if of == path), "")
        told[label] = who.say(known) if known else who.named(path.partition(":")[0].partition("#")[0].partition(".")[0])
    return told | {f.label: who.say("said to be there, never read") for f in form.fields if f.kind is FieldKind.SIGNATURE}


def _name(file: UploadFile) -> str:
    return (file.filename or "").replace("\\", "/").rpartition("/")[2][:_LONGEST]


def _form(proposal: FormProposal) -> Form:
    if proposal.form is None:
        raise SettingsError("CO-012", fault="it has no pages")
    return proposal.form


def _draft(who: Asked) -> FormProposal:
    return _drafts(who).get(who.request.path_params["draft"], who.viewer.name, _known(who).id)


def _drafts(who: Asked) -> Drafts:
    return who.request.app.state.papers


def _waits(who: Asked, partner: PartnerId, tried: Tried) -> bool:
    """Say whether a form still waits, or a fault was found: not what was saved, or is too old."""
    try:
        return bool(tried.fault or _drafts(who).get(tried.draft, who.viewer.name, partner))
    except NotFound:
        return False


def _known(who: Asked) -> PartnerProfile:
    found = partner_of(who)
    if who.request.app.state.bench is None:
        raise NotFound("CO-004", partner=found.id)
    return found


def _subject(who: Asked, partner: PartnerId) -> str:
    return f"{partner}/forms/{who.viewer.account or who.viewer.name}"
