"""Forms of a round to take away, and files of answers to bring: for whoever runs rounds. What somebody answered is never shown."""

import base64
import csv
import io
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration import texts
from vado.collaboration.keys import BLOCK, CANNOT, importance_of
from vado.errors import NotFound, VadoError
from vado.exchange.collaboration import forms
from vado.exchange.collaboration.bring_in import MEGABYTES, Brought, bring_in, settle
from vado.model.returned import Doubt, Sheet
from vado.model.survey import Instrument, Round, Who
from vado.outgoing.xlsform.write import write
from vado.web.forms import bounded, small_form
from vado.web.render import Asked, Complaint, asked, page

_KEPT, _SECONDS = 50, 2 * 3600  # files whose forms wait for somebody, and for how long
_BOXES = 200  # that somebody looks at on one form
_ROWS = 200  # reasons that are listed
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a file, and what of it waits; nobody else can see it."""

    round: str
    by: str
    brought: Brought
    since: float = 0.0


class Waiting:
    """Files that somebody looks at, in memory: what is not settled in time is brought again, and what was taken is taken once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def put(self, kept: Kept, id_: str = "") -> str:
        """Keep it, and forget what is old; give its name."""
        id_ = id_ or secrets.token_hex(16)
        self._kept[id_] = replace(kept, since=time.monotonic())
        self._kept.move_to_end(id_)
        while len(self._kept) > _KEPT or time.monotonic() - next(iter(self._kept.values())).since > _SECONDS:
            self._kept.popitem(last=False)
        return id_

    def get(self, id_: str, round_: str, by: str) -> Kept:
        """Give what somebody brought. Raises NotFound SV-025."""
        found = self._kept.get(id_)
        if found is None or (found.round, found.by) != (round_, by) or time.monotonic() - found.since > _SECONDS:
            raise NotFound("SV-025")
        return found


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
        name, content = await _file(request)
        brought = await run_in_threadpool(bring_in, who.x, round_, name, content, who.viewer)
    except VadoError as fault:
        if not fault.code.startswith("SV-01"):
            raise
        view = await run_in_threadpool(_view, who)
        return page(who, "forms/page.html", replace(view, complaint=who.told(fault)), fault.kind.http)
    id_ = request.app.state.waiting.put(Kept(round_, who.viewer.name, brought))
    return RedirectResponse(f"/rounds/{round_}/forms/brought/{id_}", 303)


def brought(request: Request) -> Response:
    """Show what became of a file, and the next paper form that somebody has to look at."""
    who, id_ = asked(request), request.path_params["id"]
    kept: Kept = request.app.state.waiting.get(id_, request.path_params["round"], who.viewer.name)
    view, instrument = _view(who), None
    if kept.brought.waiting:
        instrument, _ = forms.asked_in(who.x, kept.round, who.viewer)
    issues = kept.brought.issues
    return page(
        who, "forms/page.html",
        replace(
            view, id=id_, brought=kept.brought, reasons=tuple(who.told(i) for i in issues[:_ROWS]), more=max(0, len(issues) - _ROWS),
            open=_open(kept.brought.waiting[0], instrument, view.round, who.viewer.language) if instrument else None,
        ),
    )  # fmt: skip


async def look(request: Request) -> Response:
    """Take what somebody said of the doubtful boxes of a form, or leave the form out."""
    who, form = asked(request), await small_form(request, _BOXES)
    return await run_in_threadpool(_settled, who, form)


def _settled(who: Asked, form: dict[str, str]) -> Response:
    waiting, round_, id_ = who.request.app.state.waiting, who.request.path_params["round"], who.request.path_params["id"]
    kept: Kept = waiting.get(id_, round_, who.viewer.name)
    sheet = next((s for s in kept.brought.waiting if s.answer.id == form.get("form")), None)
    if sheet:
        rest = tuple(s for s in kept.brought.waiting if s is not sheet)
        b = replace(kept.brought, waiting=rest)
        if form.get("leave"):
            b = replace(b, refused=b.refused + 1)
        else:
            told = settle(who.x, round_, sheet, form, who.viewer)
            b = replace(
                b, taken=b.taken + told.taken, again=b.again + told.again, refused=b.refused + told.refused,
                issues=(*told.issues, *b.issues),
            )  # fmt: skip
        waiting.put(replace(kept, brought=b), id_)
    return RedirectResponse(f"/rounds/{round_}/forms/brought/{id_}", 303)


async def _file(request: Request) -> tuple[str, bytes]:
    """Read the file of the form, within bounds. Raises VadoError SV-014, SV-012."""
    most = MEGABYTES * 1_000_000
    limited = Request(request.scope, bounded(request, most + 100_000, VadoError("SV-014", megabytes=MEGABYTES)))
    try:
        async with limited.form(max_files=1, max_fields=5, max_part_size=10_000) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.size:
                raise VadoError("SV-012")
            return file.filename or "", await file.read()
    except HTTPException:
        raise VadoError("SV-012") from None


def _view(who: Asked) -> View:
    instrument, round_ = forms.asked_in(who.x, who.request.path_params["round"], who.viewer)
    language = who.viewer.language
    return View(round_, instrument.title.get(language, instrument.id))


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
    return write(forms.workbook(who.x, round_, who.viewer, roster=roster), who.x.clock()), _XLSX


def _json(who: Asked, round_: str) -> tuple[bytes, str]:
    return orjson.dumps(forms.fhir(who.x, round_, who.viewer), option=orjson.OPT_INDENT_2), "application/fhir+json"


def _csv(who: Asked, round_: str) -> tuple[bytes, str]:
    return table_text(forms.table(who.x, round_, who.viewer)), "text/csv; charset=utf-8"


def _pdf(who: Asked, round_: str) -> tuple[bytes, str]:
    told = who.request.query_params
    role = next((w for w in Who if w.value == told.get("who")), Who.PRACTITIONER)
    language, voice = told.get("language", who.viewer.language), told.get("voice", "")
    return forms.blank(who.x, round_, who.viewer, who=role, language=language, voice=voice), "application/pdf"


def table_text(rows: list[list[str]]) -> bytes:
    """Write a table so that spreadsheets open it with its accents."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


_TAKEN = {
    "answers.xlsx": lambda who, round_: _book(who, round_, roster=False),
    "roster.xlsx": lambda who, round_: _book(who, round_, roster=True),
    "questionnaire.json": _json,
    "answers.csv": _csv,
    "paper.pdf": _pdf,
}
