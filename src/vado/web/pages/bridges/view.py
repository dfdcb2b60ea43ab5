"""The bridges: what flows, what fails and what to do about it, and the next best step. No person, no value of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.channels.health import Health
from vado.errors import CODES, NotFound, VadoError
from vado.exchange import bridges as story
from vado.exchange import hold as holding
from vado.exchange.bridges import Bridges, Close
from vado.exchange.replay import Difference, replay
from vado.exchange.rows import Which
from vado.exchange.steps import Step, sentences
from vado.model.original import PartnerId, State
from vado.model.reading import Fidelity, Issue
from vado.web.charts import Chart, picture
from vado.web.jobs import Job
from vado.web.render import Asked, Complaint, asked, page
from vado.web.words import translations

_STEPS = 8  # shown at once
_CODES, _LOSSES = 25, 25
_TRIED = 64  # originals of a dry run
_LONGEST = 200  # letters of a reason


@dataclass(frozen=True, slots=True)
class Told:
    """A step in the reader's words."""

    step: Step
    do: str
    gain: str
    why: str
    about: str  # address where it is done; "" none


@dataclass(frozen=True, slots=True)
class View:
    """The page of all."""

    found: Bridges
    steps: tuple[Told, ...]
    chart: Chart | None
    values: int
    came: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Originals that could not be read for one cause."""

    code: str
    n: int
    told: Complaint


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a replay, or would come."""

    n: int = 0
    readable: int = 0  # of these: read, and not before
    added: int = 0
    removed: int = 0
    changed: int = 0
    understood: int = 0
    moved: int = 0  # patients who come to be one person with others
    asked: int = 0  # doubts that were not there before


@dataclass(frozen=True, slots=True)
class Near:
    """The page of one."""

    found: Close
    steps: tuple[Told, ...]
    failures: tuple[Failure, ...]
    channels: tuple[tuple[str, tuple[int, int, int], Health | None, str, Complaint | None], ...]
    charts: tuple[Chart, ...]
    job: Job | None
    fault: Complaint | None  # of the job
    complaint: Complaint | None
    shown: tuple[int, int]  # codes and losses shown at once


def bridges(request: Request) -> Response:
    """Show every partner, and the next best step."""
    who = asked(request)
    found = story.bridges(who.x, who.viewer, _versions(request))
    values, came = sum(b.values for b in found.bridges), tuple(map(sum, zip(*(b.came for b in found.bridges), strict=True)))
    steps = tuple(told(who, s) for s in found.steps[:_STEPS] if s.facts or s.rungs)
    return page(who, "bridges/page.html", View(found, steps, _ladder(who, found), values, came or (0, 0, 0)))


def bridge(request: Request) -> Response:
    """Show one partner from near."""
    return _near(asked(request), request.path_params["partner"])


def chart(request: Request) -> Response:
    """Draw the chart of all partners."""
    who = asked(request)
    shown = _ladder(who, story.bridges(who.x, who.viewer))
    if shown is None:
        raise NotFound("CO-004", partner="–")
    return picture(request, shown)


def partner_chart(request: Request) -> Response:
    """Draw one of the charts of a partner."""
    who = asked(request)
    found = story.bridge(who.x, PartnerId(request.path_params["partner"]), who.viewer)
    which = next((c for c in _charts(who, found) if c.address.endswith(f"/{request.path_params['chart']}.svg")), None)
    if which is None:
        raise NotFound("CO-004", partner=request.path_params["chart"])
    return picture(request, which)


async def hold(request: Request) -> Response:
    """Let nothing of this partner be read, for the reason of the form."""
    who, form, partner = asked(request), await request.form(), request.path_params["partner"]
    reason = " ".join(str(form.get("why", "")).split())[:_LONGEST]
    return _done(who, partner, lambda: holding.hold(who.x, _known(who, partner), reason, who.viewer))


def release(request: Request) -> Response:
    """Read what waits of this partner, beside, and end the hold."""
    who, partner = asked(request), request.path_params["partner"]

    def begin() -> None:
        of = holding.waiting(who.x, _known(who, partner))
        if all(h.partner != partner for h in holding.holds(who.x)):
            raise VadoError("OP-005", partner=partner)
        request.app.state.jobs.begin(
            partner, Job("release", (), of), lambda: holding.release(who.x, PartnerId(partner), who.viewer)
        )

    return _done(who, partner, begin)


async def again(request: Request) -> Response:
    """Read originals anew: those held for one cause, or all of one format. First what would change, then in force."""
    who, form, partner = asked(request), await request.form(), PartnerId(request.path_params["partner"])
    code, format_ = str(form.get("code", "")), str(form.get("format", ""))
    dry = form.get("how") != "in-force"

    def begin() -> None:
        found = story.bridge(who.x, _known(who, partner), who.viewer)
        of = found.bridge.failures.get(code, 0) if code else sum(sum(s.values()) for f, s in found.formats if f == format_)
        which = (
            Which(partner=partner, states=frozenset((State.HELD,)), code=code) if code else Which(partner=partner, format=format_)
        )
        found_all = replay(who.x, which, dry_run=dry, by=who.viewer.name)
        job = Job("dry-run" if dry else "replay", (code, format_, str(of)), min(of, _TRIED) if dry else of)
        request.app.state.jobs.begin(partner, job, lambda: _adding_up(islice(found_all, _TRIED) if dry else found_all))

    return _done(who, partner, begin)


def _adding_up(found: Iterator[Difference]) -> Iterator[Came]:
    """Add up what came, one original after the other."""
    sum_ = Came()
    for d in found:
        sum_ = Came(
            sum_.n + 1, sum_.readable + bool(d.now and not d.before), sum_.added + d.added.total(), sum_.removed + d.removed.total(),
            sum_.changed + d.changed.total(), sum_.understood + d.understood, sum_.moved + d.linked, sum_.asked + d.asked,
        )  # fmt: skip
        yield sum_


def _done(who: Asked, partner: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except VadoError as fault:
        return _near(who, partner, who.told(fault), fault.kind.http)
    return RedirectResponse(f"/bridges/{partner}#work", 303)


def _known(who: Asked, partner: str) -> PartnerId:
    return story.bridge(who.x, PartnerId(partner), who.viewer).bridge.partner


def _near(who: Asked, partner: str, complaint: Complaint | None = None, status: int = 200) -> Response:
    request = who.request
    found = story.bridge(who.x, PartnerId(partner), who.viewer, _versions(request))
    b, job = found.bridge, request.app.state.jobs.of(partner)
    bench = request.app.state.bench
    health = {h.name: h for h in bench.health() if h.partner == partner} if bench else {}
    counts = {name: (day, week, quarter) for name, day, week, quarter in found.channels}
    channels = tuple(
        (name, counts.get(name, (0, 0, 0)), h, _fares(h, who), _complaint(who, h.code) if h and h.code else None)
        for name in sorted({*counts, *health})
        for h in [health.get(name)]
    )
    failures = tuple(
        Failure(code, n, _complaint(who, code)) for code, n in sorted(b.failures.items(), key=lambda c: (-c[1], c[0]))
    )
    view = Near(
        found, tuple(told(who, s) for s in found.steps if s.facts or s.rungs), failures, channels, _charts(who, found), job,
        who.told(job.fault) if job and job.fault else None, complaint, (_CODES, _LOSSES),
    )  # fmt: skip
    return page(who, "bridges/near.html", view, status)


def _fares(h: Health | None, who: Asked) -> str:
    if h is None:
        return ""
    return "well" if h.well(who.x.clock()) else "failing" if h.open and h.in_a_row else "not open"


def _complaint(who: Asked, code: str) -> Complaint:
    """Say what a code means, whatever it was about."""
    return who.told(Issue(code, None, tuple((slot, "…") for slot in CODES[code].slots)))


def _versions(request: Request) -> dict[str, str]:
    bench = request.app.state.bench
    return bench.versions if bench else {}


def told(who: Asked, step: Step) -> Told:
    """Say a step in the reader's language."""
    do, gain, why = sentences(step, translations(who.viewer.language))
    return Told(step, do, gain, why, f"/bridges/{step.partner}")


def _ladder(who: Asked, found: Bridges) -> Chart | None:
    rows = [b for b in found.bridges if b.values]
    if not rows:
        return None
    series = tuple((who.say(r.name.lower()), tuple(b.rungs.get(r, 0) for b in rows)) for r in Fidelity)
    all_, coded = sum(b.values for b in rows), sum(b.rungs.get(Fidelity.CODED, 0) for b in rows)
    says = who.say("{share} % of all facts are coded; the chart shows each partner's shares.").format(
        share=round(100 * coded / all_)
    )
    return Chart(
        "shares", "/bridges/ladder.svg", who.say("Facts per rung of the fidelity ladder"), says, who.say("partner"),
        tuple(b.partner for b in rows), series, "%",
    )  # fmt: skip


def _charts(who: Asked, found: Close) -> tuple[Chart, ...]:
    here, language = f"/bridges/{found.bridge.partner}", who.viewer.language
    weeks = tuple(format_date(date.fromisoformat(day), "d MMM", locale=language) for day in found.weeks)
    week = who.say("week from")
    rungs = tuple((who.say(r.name.lower()), found.rungs[r]) for r in Fidelity)
    sums = [sum(values) for _, values in rungs]
    most = max(rungs, key=lambda r: sum(r[1]))[0]
    flow = ((who.say("in"), tuple(i for i, _ in found.weekly)), (who.say("out"), tuple(o for _, o in found.weekly)))
    charts = [
        (
            any(sums), "stacked", "rungs", "Facts by week and rung",
            who.say("{n} facts in thirteen weeks, most of them {rung}.").format(n=sum(sums), rung=most), rungs,
        ),
        (
            any(map(any, found.weekly)), "lines", "flow", "Originals in and deliveries out, by week",
            who.say("{came} originals came and {went} deliveries went in thirteen weeks.").format(came=sum(flow[0][1]), went=sum(flow[1][1])),
            flow,
        ),
    ]  # fmt: skip
    return tuple(
        Chart(kind, f"{here}/chart/{name}.svg", who.say(title), says, week, weeks, series)
        for there, kind, name, title, says, series in charts
        if there
    )
