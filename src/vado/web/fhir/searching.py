"""Search of every resource type, by GET and POST, whole or within one patient; further pages by a token that says nothing."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import fhir as shelf
from vado.model.fact import FhirJson
from vado.record.criteria import Asking, split
from vado.record.question import Question, question
from vado.tools.units import canonical
from vado.web.fhir import bundles
from vado.web.fhir.answers import Refused, base, fhir, issue, who
from vado.web.fhir.reading import JSON, kind_of
from vado.web.told import told

_KEPT = 10_000  # pages that may still be asked for
_BODY = 100_000  # bytes of a search by POST
_AT_ONCE = 4  # searches; one that takes its five seconds leaves room for others
T = TypeVar("T")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that may still be asked for."""

    question: Question
    place: shelf.Place
    domains: frozenset[str]
    whose: str = ""  # who asked: to anybody else it is as if it were not kept


@fhir
async def search(request: Request) -> Response:
    """Search one type; with `id` and `other` in the address, what of another type belongs to this patient."""
    kind, patient = kind_of(request), request.path_params.get("id", "")
    if patient:
        if kind != "Patient" or not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", patient):
            raise Refused(404, "not-supported", "only Patient has a compartment here")
        kind = request.path_params["other"]
    given = await _given(request)
    controls = dict(given)
    if "page" in controls:
        return await _further(request, kind, controls)
    here, strict = base(request), "handling=strict" in request.headers.get("prefer", "")
    now = round(who(request).x.clock().timestamp() * 1000)
    asked = question(kind, given, Asking(here, canonical, now), strict=strict, patient=patient)
    domains = await told(_in_turn(request, _domains, request, asked)) if kind == "Patient" else frozenset[str]()
    page = await _looked(request, asked)
    path = f"Patient/{patient}/{kind}" if patient else kind
    own = f"{here}/{path}" + (f"?{urlencode(asked.used)}" if asked.used else "")
    return _answer(request, Kept(asked, shelf.Place(0), domains), page, own)


def _in_turn(request: Request, look: Callable[..., T], *args: Any) -> Future[T]:
    """Look in a thread, a few at a time: Python runs one at once anyway, and a crowd of threads only takes turns from each other."""
    state = request.app.state
    if not hasattr(state, "searching"):
        state.searching = ThreadPoolExecutor(_AT_ONCE, "search")
    return state.searching.submit(look, *args)


async def _looked(request: Request, asked: Question, place: shelf.Place | None = None) -> shelf.Page:
    """Search, and give the page when it is durably noted who is shown what: one thread tells the next, and only the last the loop."""
    x, viewer, witness = who(request).x, who(request).viewer, request.app.state.witness
    given: Future[shelf.Page] = Future()

    def look() -> None:
        try:
            page = shelf.search(x, viewer, asked, place)
            noted = witness.note(shelf.seen(x, viewer, "read", (*page.found, *page.included)))
        except BaseException as fault:  # noqa: BLE001 - who waits hears of it
            given.set_exception(fault)
        else:
            noted.add_done_callback(lambda done: _pass_on(done, page))

    def _pass_on(done: Future[Any], page: shelf.Page) -> None:
        if fault := done.exception():
            given.set_exception(fault)
        else:
            given.set_result(page)

    _in_turn(request, look)
    return await told(given)


async def _further(request: Request, kind: str, controls: dict[str, str]) -> Response:
    kept: Kept | None = request.app.state.pages.get(controls["page"])
    if kept is None or kept.question.query.kind != kind or kept.whose != who(request).viewer.name:
        raise Refused(410, "not-found", "FH-009: this page is kept no longer: search again")
    page = await _looked(request, kept.question, kept.place)
    return _answer(request, kept, page, f"{base(request)}/{kind}?{urlencode({'page': controls['page']})}")


def _answer(request: Request, kept: Kept, page: shelf.Page, own: str) -> Response:
    asked, here, q = who(request), base(request), kept.question
    links = {"self": own}
    if page.next:
        token = _keep(request, Kept(q, page.next, kept.domains, asked.viewer.name))
        links["next"] = f"{here}/{q.query.kind}?{urlencode({'page': token})}"
    found = [(s, _confined(bundles.shortened(s, q.summary, q.elements), kept.domains)) for s in page.found]
    included = [(s, s.body) for s in page.included]
    body = bundles.searchset(here, found, included, links=links, total=page.total, notes=_notes(q, page))
    return Response(body, media_type=JSON)


def _notes(q: Question, page: shelf.Page) -> list[FhirJson]:
    notes = []
    if page.withheld:
        notes.append(
            issue("warning", "suppressed", f"{page.withheld} records read from paper and not reviewed by a person are left out")
        )
    if page.cut:
        notes.append(
            issue("warning", "incomplete", "more is there than a sorted search pages through, or than may be included; say more")
        )
    notes += [issue("warning", "not-supported", f"the parameter {name} is not known here and was left out") for name in q.ignored]
    return notes


def _keep(request: Request, kept: Kept) -> str:
    """Keep a page under a new unguessable token; the oldest is forgotten."""
    pages: OrderedDict[str, Kept] = request.app.state.pages
    token = secrets.token_urlsafe(16)
    pages[token] = kept
    while len(pages) > _KEPT:
        pages.popitem(last=False)
    return token


async def _given(request: Request) -> Pairs:
    """Read the parameters of the address and, with POST, of the form."""
    given = list(request.query_params.multi_items())
    if request.method != "POST":
        return given
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > _BODY:
            raise Refused(413, "too-long", "the body is too long")
    if raw and kind != "application/x-www-form-urlencoded":
        raise Refused(415, "not-supported", "the body must be application/x-www-form-urlencoded")
    try:
        return given + parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Refused(400, "structure", "the body is no form") from None


# Patient: PDQm, ITI-78


def _domains(request: Request, asked: Question) -> frozenset[str]:
    """Give the issuers that the answer is confined to (identifier=system|); raises Refused 404 for one that nobody knows."""
    values = [v for name, value in asked.used if name == "identifier" for v in split(value)]
    found = frozenset(v[:-1] for v in values if v.endswith("|") and len(v) > 1)
    if any(not shelf.is_issuer(who(request).x, system) for system in found):
        raise Refused(404, "not-found", "targetSystem not found")
    return found


def _confined(body: bytes, domains: frozenset[str]) -> bytes:
    if not domains:
        return body
    resource = orjson.loads(body)
    numbers = [i for i in resource.pop("identifier", ()) if i.get("system") in domains]
    return orjson.dumps(resource | ({"identifier": numbers} if numbers else {}))
