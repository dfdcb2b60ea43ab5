"""Add a partner: its questions, and beside them what would come of a sample. The sample lies in memory, for a while, and nowhere else."""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import available_timezones

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.channels.keys import UPLOAD
from vado.errors import NotFound, SettingsError, VadoError
from vado.exchange.receive import receive
from vado.extract.proposal import PATHS
from vado.incoming.table.learn import Proposal
from vado.model.original import Arrival
from vado.model.term import Unmapped
from vado.web.jobs import Job
from vado.web.render import Asked, Complaint, asked, page
from vado.wiring.bench import Answers, Tried
from vado.wiring.newcomer import ASKED, CHANNELS, SENDS

_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_MOST = 10_000_000  # bytes of a sample
_DRAFTS, _SECONDS = 20, 1800.0  # kept at once, and for how long
_LONGEST = 300  # letters of an answer
_COLUMNS = 100
CHOICES = {  # where a column may go, in plain words
    "Patient.name.text": "Full name", "Patient.name.family": "Family name", "Patient.name.given": "Given name",
    "Patient.birthDate": "Birth date", "Patient.gender": "Sex", "Patient.telecom:phone": "Telephone",
    **{PATHS[role]: words for role, words in (
        ("test", "Name of the test"), ("code", "Code of the test"), ("value", "Result"), ("unit", "Unit"), ("date", "Date of the result"),
        ("diagnosis", "Diagnosis"), ("drug", "Medicine"), ("dose", "Dose"), ("allergy", "Allergy"),
    )},
}  # fmt: skip
WAYS = {**CHANNELS, UPLOAD: "files by HTTPS, with a key that is made here"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A partner that is not there yet."""

    by: str
    answers: Answers = Answers()
    sample: bytes = field(default=b"", repr=False)
    name: str = ""
    since: float = 0.0


class Drafts:
    """Those that somebody works on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Draft] = OrderedDict()

    def put(self, draft: Draft, id_: str = "") -> str:
        """Keep it, and forget what is old; give its name."""
        id_ = id_ or secrets.token_hex(16)
        self._kept[id_] = replace(draft, since=time.monotonic())
        self._kept.move_to_end(id_)
        while self._kept and (len(self._kept) > _DRAFTS or time.monotonic() - next(iter(self._kept.values())).since > _SECONDS):
            self._kept.popitem(last=False)
        return id_

    def get(self, id_: str, by: str) -> Draft:
        """Give somebody's own draft. Raises NotFound CO-004."""
        found = self._kept.get(id_)
        if found is None or found.by != by or time.monotonic() - found.since > _SECONDS:
            raise NotFound("CO-004", partner="–")
        return found

    def drop(self, id_: str) -> None:
        """Forget one, with its sample."""
        self._kept.pop(id_, None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: what it seems to mean, and what it may be said to mean."""

    label: str
    filled: int
    goes: str
    sure: int  # percent
    choices: tuple[tuple[str, str], ...]  # path, words


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    draft: str
    answers: Answers
    sample: str  # its name
    sends: dict[str, str]
    ways: dict[str, str]
    asks: tuple[tuple[str, str, str], ...]  # key, question, value of the chosen channel
    zones: tuple[str, ...]
    tried: Tried | None = None
    complaints: tuple[Complaint, ...] = ()  # of the sample
    columns: tuple[Column, ...] = ()
    codes: tuple[Unmapped, ...] = ()
    complaint: Complaint | None = None
    saved: str = ""
    key: str = ""  # shown once
    opens: bool = False  # its channel opens when the server starts again


async def newcomer(request: Request) -> Response:
    """Ask the first questions; with POST, begin a draft."""
    who = asked(request)
    if request.app.state.bench is None:
        raise NotFound("CO-004", partner="–")
    if request.method == "GET":
        return page(who, "newcomer/page.html", _view(who, "", Draft(who.viewer.name)))
    return await _taken(who, "", Draft(who.viewer.name))


async def draft(request: Request) -> Response:
    """Show what would come of the sample; with POST, take other answers."""
    who, id_ = asked(request), request.path_params["draft"]
    known = request.app.state.drafts.get(id_, who.viewer.name)
    if request.method == "POST":
        return await _taken(who, id_, known)
    return page(who, "newcomer/page.html", await run_in_threadpool(_tried, who, id_, known))


async def save(request: Request) -> Response:
    """Write the profile, and take the sample in where that is wished."""
    who, id_ = asked(request), request.path_params["draft"]
    known: Draft = request.app.state.drafts.get(id_, who.viewer.name)
    form = await request.form()
    bench, sample = request.app.state.bench, (known.sample, known.name) if known.sample else None
    try:
        profile, key = await run_in_threadpool(bench.save, known.answers, sample, who.viewer)
    except (VadoError, ValueError) as fault:
        view = replace(await run_in_threadpool(_tried, who, id_, known), complaint=_told(who, known, fault))
        return page(who, "newcomer/page.html", view, 422)
    if key:
        request.app.state.keys = bench.keys()
    request.app.state.drafts.drop(id_)
    if sample and form.get("keep") == "yes":
        arrival = Arrival(profile.id, "sample", known.sample, known.name)
        request.app.state.jobs.begin(profile.id, Job("release", (), 1), lambda: receive(who.x, [arrival]))
    view = replace(
        _view(who, "", known), saved=profile.id, key=key, opens=known.answers.channel not in {"none", UPLOAD},
    )  # fmt: skip
    return page(who, "newcomer/saved.html", view, 201)


async def _taken(who: Asked, id_: str, known: Draft) -> Response:
    """Take the answers of a form; where one will not do, say so beside them."""
    try:
        async with who.request.form(max_files=1, max_fields=_COLUMNS + 40, max_part_size=_MOST) as form:
            known = await _answered(known, form)
    except HTTPException:
        return page(
            who,
            "newcomer/page.html",
            replace(
                _view(who, id_, known),
                complaint=_told(who, known, SettingsError("CO-002", path="sample", fault="the form is too large")),
            ),
            422,
        )  # noqa: E501
    fault = _wrong(who, known.answers)
    if fault:
        return page(who, "newcomer/page.html", replace(_view(who, id_, known), complaint=who.told(fault)), 422)
    return RedirectResponse(f"/bridges/new/{who.request.app.state.drafts.put(known, id_)}", 303)


async def _answered(known: Draft, form: FormData) -> Draft:
    def said(name: str, default: str = "") -> str:
        return " ".join(str(form.get(name, default)).split())[:_LONGEST]

    file = form.get("sample")
    content, name = known.sample, known.name
    if isinstance(file, UploadFile) and file.size:
        content, name = (await file.read(_MOST + 1)), (file.filename or "").replace("\\", "/").rpartition("/")[2][:200]
    columns = {k.removeprefix("column:"): str(v)[:_LONGEST] for k, v in form.items() if k.startswith("column:")}
    channel = said("channel", "none")
    answers = Answers(
        said("id").casefold(), said("name") or said("id"), said("sends", "table"), channel, said("zone", "Europe/Madrid"),
        tuple(w for w in re.split(r"[\s,]+", said("languages", "es, en")) if w), said("dates", "dmy"),
        {k.removeprefix("channel."): said(k) for k in form if k.startswith("channel.")},
        columns if content == known.sample else {},
    )  # fmt: skip
    return replace(known, answers=answers, sample=content, name=name)


def _wrong(who: Asked, a: Answers) -> SettingsError | None:
    """Say what of the answers will not do; None: all will."""
    faults = (
        (not _ID.fullmatch(a.id), "id", "lower case letters, digits and hyphens; begin with a letter"),
        (a.id == "new" or (bool(a.id) and who.request.app.state.bench.is_there(a.id)), "id", "this partner is there already"),
        (a.channel not in WAYS, "channel", "choose one of the ways"),
        (a.zone not in available_timezones(), "time zone", "no such time zone"),
    )
    return next((SettingsError("CO-002", path=where, fault=what) for wrong, where, what in faults if wrong), None)


def _tried(who: Asked, id_: str, known: Draft) -> View:
    """Send the sample through, and show what came."""
    view = _view(who, id_, known)
    if not known.sample:
        return view
    if len(known.sample) > _MOST:
        return replace(view, complaint=who.told(VadoError("IN-008", megabytes=_MOST // 1_000_000)))
    bench = who.request.app.state.bench
    try:
        tried: Tried = bench.try_out(known.answers, known.sample, known.name)
    except (VadoError, ValueError) as fault:
        complaint = _told(who, known, fault)
        proposals = bench.proposed(known.answers, known.sample, known.name)
        return replace(view, complaint=complaint, columns=_columns(who, known.answers, proposals))
    complaints = {(c.code, c.what): c for r in tried.rows for c in (who.told(i) for i in r.issues)}
    return replace(
        view,
        tried=tried,
        complaints=tuple(complaints.values())[:10],
        columns=_columns(who, known.answers, tried.proposals),
        codes=tried.unmapped[:10],
    )


def _columns(who: Asked, answers: Answers, proposals: Sequence[Proposal]) -> tuple[Column, ...]:
    words = [(path, who.say(text)) for path, text in CHOICES.items()]
    number = f"Patient.identifier:urn:x-vado:{answers.id}"
    words.insert(0, (number, who.say("The partner's own number of the person")))
    found: list[Column] = []
    for c in (c for p in proposals for c in p.columns):
        goes = answers.columns.get(c.label, c.path)
        own = [
            (path, words[0][1] if path.startswith("Patient.identifier") else path)
            for path in dict.fromkeys((goes, c.path))
            if path and path not in dict(words)
        ]
        found.append(Column(c.label, c.filled, goes, round(100 * c.confidence), (*own, *words)))
    return tuple(found[:_COLUMNS])


def _told(who: Asked, known: Draft, fault: Exception) -> Complaint:
    if not isinstance(fault, VadoError):
        fault = SettingsError("CO-002", path=f"{known.answers.id}.toml", fault=str(fault))
    return who.told(fault)


def _view(who: Asked, id_: str, known: Draft) -> View:
    a = known.answers
    asks = tuple(
        (key, who.say(question), a.said.get(key, "" if proposal == "-" else proposal.replace("{id}", a.id)))
        for key, question, proposal in ASKED.get(a.channel, ())
    )
    return View(
        id_, a, known.name, {k: who.say(v) for k, (v, _) in SENDS.items()}, {k: who.say(v) for k, v in WAYS.items()}, asks,
        tuple(sorted(z for z in available_timezones() if z.startswith(("Europe/", "America/", "Atlantic/", "Africa/")) or z == "UTC")),
    )  # fmt: skip
