"""Forms of a round to take away, and files of answers to bring: for whoever runs rounds. What somebody answered is never shown."""

import base64
from dataclasses import dataclass, replace

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration import texts
from vado.collaboration.keys import BLOCK, CANNOT, importance_of
from vado.errors import VadoError
from vado.exchange.collaboration import forms
from vado.exchange.collaboration.bring_in import MEGABYTES, Brought, bring_in, settle
from vado.model.returned import Doubt, Sheet
from vado.model.survey import Instrument, Round, Who
from vado.outgoing.table.file import XLSX, for_spreadsheets
from vado.outgoing.xlsform.write import write
from vado.web.forms import one_file, small_form
from vado.web.render import Asked, Complaint, asked, page

_BOXES = 200  # that somebody looks at on one form
_ROWS = 200  # reasons that are listed


@dataclass(frozen=True, slots=True)
class Choice:
    """One doubtful box as it is shown."""

    label: str
    question: str
    options: tuple[tuple[str, str], ...]  # value, words; (): free text
    picture: str  # data: URL


@dataclass(frozen=True, slots=True)
class Open:
    """A paper form that somebody has to look at."""

    id: str  # of its answer
    page: int
    choices: tuple[Choice, ...]
    voices: tuple[tuple[str, str], ...]  # to choose from, where the voice is not known


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    round: Round
    title: str
    is_closed: bool
    megabytes: int = MEGABYTES
    id: str = ""  # of what was brought
    brought: Brought | None = None
    reasons: tuple[Complaint, ...] = ()
    more: int = 0  # reasons that are not listed
    open: Open | None = None
    complaint: Complaint | None = None


def show(request: Request) -> Response:
    """Show what can be taken away and brought."""
    who = asked(request)
    return page(who, "forms/page.html", _view(who))


def take(request: Request) -> Response:
    """Give one of the forms."""
    who, what = asked(request), request.path_params["what"]
    made = _TAKEN.get(what)
    if made is None:
        raise HTTPException(404)
    content, kind = made(who, request.path_params["round"])
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{what}"'})


async def bring(request: Request) -> Response:
    """Take a file of answers in, then show what became of it."""
    who, round_ = asked(request), request.path_params["round"]
    try:
        large, none = VadoError("SV-014", megabytes=MEGABYTES), VadoError("SV-012")
        content = await one_file(request, MEGABYTES, large, none)
        brought = await run_in_threadpool(bring_in, who.x, round_, content, who.viewer)
    except VadoError as fault:
        if not fault.code.startswith(("SV-01", "SV-069")):
            raise
        view = await run_in_threadpool(_view, who)
        return page(who, "forms/page.html", replace(view, complaint=who.told(fault)), fault.kind.http)
    id_ = request.app.state.waiting.put(brought, round_, who.viewer.name)
    return RedirectResponse(f"/rounds/{round_}/forms/brought/{id_}", 303)


def brought(request: Request) -> Response:
    """Show what became of a file, and the next paper form that somebody has to look at."""
    who, id_ = asked(request), request.path_params["id"]
    kept: Brought = request.app.state.waiting.get(id_, request.path_params["round"], who.viewer.name)
    view, instrument = _view(who), None
    if kept.waiting:
        instrument, _ = forms.asked_in(who.x, view.round.id, who.viewer)
    issues = kept.issues
    return page(
        who, "forms/page.html",
        replace(
            view, id=id_, brought=kept, reasons=tuple(who.told(i) for i in issues[:_ROWS]), more=max(0, len(issues) - _ROWS),
            open=_open(kept.waiting[0], instrument, view.round, who.viewer.language) if instrument else None,
        ),
    )  # fmt: skip


async def look(request: Request) -> Response:
    """Take what somebody said of the doubtful boxes of a form, or leave the form out."""
    who, form = asked(request), await small_form(request, _BOXES)
    return await run_in_threadpool(_settled, who, form)


def _settled(who: Asked, form: dict[str, str]) -> Response:
    waiting, round_, id_ = who.request.app.state.waiting, who.request.path_params["round"], who.request.path_params["id"]
    kept: Brought = waiting.get(id_, round_, who.viewer.name)
    sheet = next((s for s in kept.waiting if s.answer.id == form.get("form")), None)
    if sheet:
        rest = tuple(s for s in kept.waiting if s is not sheet)
        b = replace(kept, waiting=rest)
        if form.get("leave"):
            b = replace(b, refused=b.refused + 1)
        else:
            told = settle(who.x, round_, sheet, form, who.viewer)
            b = replace(
                b, taken=b.taken + told.taken, again=b.again + told.again, refused=b.refused + told.refused,
                issues=(*told.issues, *b.issues),
            )  # fmt: skip
        waiting.put(b, round_, who.viewer.name, id_=id_)
    return RedirectResponse(f"/rounds/{round_}/forms/brought/{id_}", 303)


def _view(who: Asked) -> View:
    instrument, round_ = forms.asked_in(who.x, who.request.path_params["round"], who.viewer)
    language = who.viewer.language
    return View(round_, instrument.title.get(language, instrument.id), round_.is_closed(who.x.clock().date()))


def _open(sheet: Sheet, instrument: Instrument, round_: Round, language: str) -> Open:
    choices = tuple(_choice(d, instrument, language) for d in sheet.doubts)
    voices = () if sheet.answer.voice else tuple((v.id, v.name) for v in (*round_.organisations, *round_.groups))
    return Open(sheet.answer.id, sheet.page, choices, voices)


def _choice(doubt: Doubt, instrument: Instrument, language: str) -> Choice:
    label, item = doubt.label, instrument.items.get(doubt.label.removeprefix(BLOCK))
    weighed = {importance_of(d.id): d.text[language] for d in instrument.dimensions}
    levels = instrument.importance if label in weighed else item.levels or instrument.levels if item else ()
    words = {str(n): said[language] for n, said in enumerate(levels, 1)} | {CANNOT: instrument.cannot_say[language]}
    if label.startswith(BLOCK):
        question, words = f"{texts.BLOCKS[language]}: {item.text[language] if item else ''}", {"1": "✓"}
    elif item:
        question = item.text[language]
    else:
        question = f"{weighed[label]}: {texts.IMPORTANCE[language]}" if label in weighed else texts.MISSING[language]
    picture = f"data:image/png;base64,{base64.b64encode(doubt.crop).decode()}" if doubt.crop else ""
    return Choice(label, question, tuple((o, words.get(o, o)) for o in doubt.options), picture)


def _book(who: Asked, round_: str, *, roster: bool) -> tuple[bytes, str]:
    return write(forms.workbook(who.x, round_, who.viewer, roster=roster), who.x.clock()), XLSX


def _json(who: Asked, round_: str) -> tuple[bytes, str]:
    return orjson.dumps(forms.fhir(who.x, round_, who.viewer), option=orjson.OPT_INDENT_2), "application/fhir+json"


def _csv(who: Asked, round_: str) -> tuple[bytes, str]:
    return for_spreadsheets(forms.table(who.x, round_, who.viewer)), "text/csv; charset=utf-8"


def _pdf(who: Asked, round_: str) -> tuple[bytes, str]:
    told = who.request.query_params
    role = next((w for w in Who if w.value == told.get("who")), Who.PRACTITIONER)
    language, voice = told.get("language", who.viewer.language), told.get("voice", "")
    return forms.blank(who.x, round_, who.viewer, who=role, language=language, voice=voice), "application/pdf"


_TAKEN = {
    "answers.xlsx": lambda who, round_: _book(who, round_, roster=False),
    "roster.xlsx": lambda who, round_: _book(who, round_, roster=True),
    "questionnaire.json": _json,
    "answers.csv": _csv,
    "paper.pdf": _pdf,
}
