"""Answering with a code. The code travels in a body and a cookie of this browser, never in an address."""

from dataclasses import dataclass, replace
from types import ModuleType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.collaboration import texts
from vado.errors import VadoError
from vado.exchange.collaboration import answering
from vado.exchange.collaboration.answering import LONGEST, MOST_BLOCKS, Sheet
from vado.model.survey import Dimension, Item, Organisation, Tie
from vado.web.browsers import address_of
from vado.web.forms import small_form
from vado.web.render import Asked, Complaint, asked, page

COOKIE = "answer"
WITH, OTHERS = "with-", "others"  # screens of a roster; an organisation may be called 'send'
_MOST = 200  # fields of a screen


@dataclass(frozen=True, slots=True)
class Enter:
    """The first screen."""

    complaint: Complaint | None
    code: str


@dataclass(frozen=True, slots=True)
class View:
    """One screen."""

    sheet: Sheet
    step: str
    number: int  # 1-based
    steps: tuple[str, ...]
    dimension: Dimension | None
    items: tuple[Item, ...]
    other: Organisation | None
    tie: Tie
    most: int
    longest: int
    named: tuple[str, ...] = ()  # whom a roster names outside the register
    complaint: Complaint | None = None
    texts: ModuleType = texts  # words that belong to no questionnaire: of the roster

    @property
    def before(self) -> str:
        """Name the screen before; "" at the first."""
        return self.steps[self.number - 2] if self.number > 1 else ""


async def answer(request: Request) -> Response:
    """Show where the code is typed; take it."""
    who = asked(request)
    if request.method != "POST":
        return page(who, "answer/enter.html", Enter(None, ""))
    code = (await small_form(request)).get("code", "")[:100]
    return await run_in_threadpool(_enter, who, code)


async def step(request: Request) -> Response:
    """Show one screen; keep what is said on it and go on."""
    who = asked(request)
    form = await small_form(request, _MOST) if request.method == "POST" else None
    return await run_in_threadpool(_step, who, form)


def _enter(who: Asked, code: str) -> Response:
    try:
        answering.enter(who.x, code, address_of(who.request))
    except VadoError as fault:
        return page(who, "answer/enter.html", Enter(who.told(fault), code), fault.kind.http)
    answer = RedirectResponse("/answer/about", 303)
    secure = who.request.url.scheme == "https"
    answer.set_cookie(COOKIE, code, path="/answer", httponly=True, samesite="strict", secure=secure)
    return answer


def _step(who: Asked, form: dict[str, str] | None) -> Response:
    code, name = who.request.cookies.get(COOKIE, ""), who.request.path_params["step"]
    if name == "thanks":
        return _left(page(who, "answer/thanks.html", None))
    try:
        sheet = answering.resumed(who.x, code, address_of(who.request))
        steps = _steps(sheet)
        if name not in steps:
            return RedirectResponse("/answer/about", 303)
        if form is None:
            return page(who, "answer/page.html", _view(sheet, steps, name))
        return _said(who, code, _view(sheet, steps, name), form)
    except VadoError as fault:
        if not fault.code.startswith("SV-05") and fault.code != "AC-003":
            raise
        return _left(page(who, "answer/enter.html", Enter(who.told(fault), ""), fault.kind.http))


def _said(who: Asked, code: str, view: View, form: dict[str, str]) -> Response:
    """Keep what a screen says, and go where its button leads."""
    go, at = form.get("go", ""), view.number - 1
    try:
        _keep(who, code, view.sheet, view.step, form)
        if view.step == "send" and go not in {"leave", "back"}:
            answering.send(who.x, code, form.get("own", ""))
            return RedirectResponse("/answer/thanks", 303)
    except VadoError as fault:
        if fault.code not in {"SV-056", "SV-067", "SV-068", "SV-070", "SV-071"}:
            raise
        return page(who, "answer/page.html", _again(view, form, who.told(fault)), 422)
    if go == "leave":
        return _left(RedirectResponse("/answer", 303))
    if go == "back":
        return RedirectResponse(f"/answer/{view.steps[max(at - 1, 0)]}", 303)
    return RedirectResponse(f"/answer/{OTHERS if go == 'another' and view.step == OTHERS else view.steps[at + 1]}", 303)


def _left(answer: Response) -> Response:
    answer.delete_cookie(COOKIE, path="/answer")
    return answer


def _steps(sheet: Sheet) -> tuple[str, ...]:
    if sheet.invitation.roster:
        return ("about", *(WITH + o.id for o in sheet.round.organisations if o.id != sheet.invitation.voice), OTHERS, "send")
    asked_ = [d.id for d, items in sheet.instrument.asked(sheet.invitation.who) if items]
    return ("about", *asked_, "blocks", "send")


def _view(sheet: Sheet, steps: tuple[str, ...], name: str) -> View:
    parts = {d.id: (d, items) for d, items in sheet.instrument.asked(sheet.invitation.who)}
    dimension, items = parts.get(name, (None, ())) if not sheet.invitation.roster else (None, ())
    if name == "blocks":
        items = tuple(i for _, some in parts.values() for i in some if not i.extra)
    other = next((o for o in sheet.round.organisations if WITH + o.id == name), None) if sheet.invitation.roster else None
    told = sheet.roster.ties if sheet.roster else ()
    tie = next((t for t in told if other and t.other == other.id), Tie(""))
    named = tuple(t.other for t in told if sheet.round.named(t.other) is None)
    return View(sheet, name, steps.index(name) + 1, steps, dimension, items, other, tie, MOST_BLOCKS, LONGEST, named)


def _again(view: View, form: dict[str, str], complaint: Complaint) -> View:
    """Show a screen again as it was filled in, and what is wrong with it."""
    draft = replace(view.sheet.draft, blocks=_blocks(form), missing=form.get("missing", "")[:LONGEST])
    return replace(view, sheet=replace(view.sheet, draft=draft), tie=_tie(form.get("other", ""), form), complaint=complaint)


def _keep(who: Asked, code: str, sheet: Sheet, name: str, form: dict[str, str]) -> None:
    """Keep what this screen says; what is not marked stays unsaid."""
    if name in {"about", "send"}:
        return
    if sheet.invitation.roster:
        for gone in (k.removeprefix("drop:") for k in form if k.startswith("drop:")):
            answering.tell(who.x, code, Tie(gone))
        _keep_tie(who, code, _tie(form.get("other", "") if name == OTHERS else name.removeprefix(WITH), form), form)
    elif name == "blocks":
        answering.save(who.x, code, blocks=_blocks(form), missing=form.get("missing", ""))
    else:
        scores = {k.removeprefix("item:"): int(v) for k, v in form.items() if k.startswith("item:") and v in "012345" and v}
        weight = form.get("importance", "")
        answering.save(who.x, code, scores=scores, importance={name: int(weight)} if weight in {"1", "2", "3"} else None)


def _keep_tie(who: Asked, code: str, tie: Tie, form: dict[str, str]) -> None:
    """Keep a tie; a screen that is left empty says nothing. Raises VadoError SV-067 where all but the most important is said."""
    says = tie != Tie(tie.other, direction=tie.direction) or bool(form.get("other", "").strip())
    if not says and "often" not in form:
        return
    if "often" not in form:
        raise VadoError("SV-067")
    answering.tell(who.x, code, tie)


def _blocks(form: dict[str, str]) -> tuple[str, ...]:
    return tuple(k.removeprefix("block:") for k in form if k.startswith("block:"))


def _tie(other: str, form: dict[str, str]) -> Tie:
    often, way = form.get("often", ""), form.get("direction", "")
    made = Tie(
        other, int(often) if often in set("01234") else 0, way if way in texts.DIRECTIONS else "both",
        tuple(w for w in texts.WHATS if form.get(f"what:{w}")), tuple(m for m in texts.MEANSES if form.get(f"means:{m}")),
        wish=form.get("wish", "").strip()[:LONGEST],
    )  # fmt: skip
    return replace(made, **{t: int(form[t]) for t in texts.GRADED if form.get(t, "") in {"1", "2", "3", "4"}})
