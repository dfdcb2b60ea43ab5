"""What a partner's own codes mean: those without a standard code, what could be meant and why, a choice for each, and what it would lift."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange import meanings as story
from vado.exchange.meanings import EQUIVALENCES, Lift, Suggested, Suggestion
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.term import Accepted, Concept, Unmapped
from vado.terms.load import ICD10, ICD10_CM, LOINC, RXNORM, SNOMED
from vado.tools.units import canonical
from vado.web.forms import small_form
from vado.web.jobs import Job
from vado.web.pages.known import partner_of
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 20  # codes of one page
_ALIKE = 25  # of 100: what is less alike than this is shown only where it is the best
_FIELDS = 6  # of the form, for one code
_MOST = 100_000  # bytes of it
_LONGEST = 300  # letters of an answer
LEAVE, OWN = "leave", "own"
SYSTEMS = {
    LOINC: "LOINC", SNOMED: "SNOMED CT", ICD10: "ICD-10", ICD10_CM: "ICD-10-CM", RXNORM: "RxNorm", "http://www.whocc.no/atc": "ATC",
}  # fmt: skip
SAME = {"equivalent": "it means the same", "wider": "the standard code is wider", "narrower": "the standard code is narrower"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said of one code: to leave it, a standard code that was suggested, or one of the reader's own."""

    choice: str = LEAVE  # LEAVE, OWN, or the value of a suggestion
    system: str = LOINC
    code: str = ""
    display: str = ""
    equivalence: str = "equivalent"

    @property
    def target(self) -> Concept | None:
        """The standard code that was chosen; None: the code is left as it is. What was typed counts though nothing was ticked."""
        if self.choice == OWN or (self.choice == LEAVE and self.code):
            return Concept(self.system, self.code, self.display)
        system, _, rest = self.choice.partition("|")
        code, _, display = rest.partition("|")
        return Concept(system, code, display) if code else None


@dataclass(frozen=True, slots=True)
class Row:
    """One code, what it could mean, and what is said of it."""

    code: Unmapped
    found: tuple[tuple[str, Suggestion, str, str], ...]  # value, suggestion, name of its system, why
    said: Choice


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    partner: PartnerProfile
    rows: tuple[Row, ...]
    first: int  # of these rows among all
    of: int
    at_once: int
    systems: Mapping[str, str]
    same: Mapping[str, str]
    lifts: tuple[Lift, ...]
    accepted: tuple[Accepted, ...]  # in force, last said first
    job: Job | None
    fault: Complaint | None  # of the job
    complaint: Complaint | None
    saved: int  # codes that were given a meaning a moment ago


def show(request: Request) -> Response:
    """Show the codes of a partner that have no standard one."""
    return _page(asked(request), {})


def suggest(request: Request) -> Response:
    """Look for standard codes, beside: every original is gone through."""
    who = asked(request)
    partner = partner_of(who).id
    of = story.work_of(who.x) + len(story.often(who.x, partner, {}))
    work = partial(story.suggest_all, who.x, partner, who.viewer.name, same=canonical)
    request.app.state.jobs.begin(_subject(partner), Job("suggest", (), of), work)
    return RedirectResponse(f"/bridges/{partner}/codes#work", 303)


async def save(request: Request) -> Response:
    """Accept what was chosen, all of it or nothing."""
    who, form = asked(request), await small_form(request, _AT_ONCE * _FIELDS + 5, _MOST)
    return await run_in_threadpool(
        _saved, who, {k: " ".join(v.split())[:_LONGEST] if k[:4] != "own-" else v for k, v in form.items()}
    )


async def withdraw(request: Request) -> Response:
    """Take back what was accepted for one code."""
    who, form = asked(request), await small_form(request)
    partner = partner_of(who).id
    await run_in_threadpool(story.withdraw, who.x, partner, form.get("local", ""), who.viewer.name)
    return RedirectResponse(f"/bridges/{partner}/codes", 303)


def _saved(who: Asked, form: Mapping[str, str]) -> Response:
    partner, now = partner_of(who).id, who.x.clock()
    said = {form[f"own-{n}"]: _choice(form, n) for n in range(_AT_ONCE) if f"own-{n}" in form}
    listed = {one.code.local for one in story.often(who.x, partner, _found(who, partner))}
    rows = [
        Accepted(partner, local, target, choice.equivalence, who.viewer.name, now)
        for local, choice in said.items()
        if (target := choice.target) and local in listed
    ]
    try:
        story.accept(who.x, *rows)
    except VadoError as fault:
        return _page(who, said, who.told(fault), fault.kind.http)
    return RedirectResponse(f"/bridges/{partner}/codes?saved={len(rows)}", 303)


def _choice(form: Mapping[str, str], n: int) -> Choice:
    same = form.get(f"equivalence-{n}", "")
    return Choice(
        form.get(f"choice-{n}", LEAVE), form.get(f"system-{n}", LOINC), form.get(f"code-{n}", ""), form.get(f"display-{n}", ""),
        same if same in EQUIVALENCES else "equivalent",
    )  # fmt: skip


def _page(who: Asked, said: Mapping[str, Choice], complaint: Complaint | None = None, status: int = 200) -> Response:
    request, profile = who.request, partner_of(who)
    job = request.app.state.jobs.of(_subject(profile.id))
    every = story.often(who.x, profile.id, _found(who, profile.id))
    first = _number(request, "from") if _number(request, "from") < len(every) else 0
    rows = tuple(_row(who, one, said) for one in every[first : first + _AT_ONCE])
    with who.x.store.begin() as tx:
        accepted = [row for row in tx.accepted(profile.id) if not row.withdrawn]
    view = View(
        profile, rows, first, len(every), _AT_ONCE, SYSTEMS, {k: who.say(v) for k, v in SAME.items()}, story.lifts(who.x, profile.id),
        tuple(sorted(accepted, key=lambda row: row.at, reverse=True)), job, who.told(job.fault) if job and job.fault else None,
        complaint, _number(request, "saved") if not complaint else 0,
    )  # fmt: skip
    return page(who, "meanings/page.html", view, status)


def _row(who: Asked, one: Suggested, said: Mapping[str, Choice]) -> Row:
    found = tuple(
        (f"{s.concept.system}|{s.concept.code}|{s.concept.display}"[:_LONGEST], s, SYSTEMS.get(s.concept.system, s.concept.system), who.say(s.why))
        for at, s in enumerate(one.found)
        if not at or s.score >= _ALIKE
    )  # fmt: skip
    return Row(one.code, found, said.get(one.code.local, Choice()))


def _found(who: Asked, partner: PartnerId) -> Mapping[str, Suggested]:
    job = who.request.app.state.jobs.of(_subject(partner))
    return cast("Mapping[str, Suggested]", job.came) if job and job.came else {}


def _subject(partner: PartnerId) -> str:
    return f"{partner}/codes"


def _number(request: Request, name: str) -> int:
    said = request.query_params.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 7 else 0
