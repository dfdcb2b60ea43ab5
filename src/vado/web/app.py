"""The pages as one application: routes, safety headers, errors in plain words."""

import logging
import traceback
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vado.channels.keys import Keys
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange.accounts import note_refusal
from vado.exchange.bulk import Exporter
from vado.exchange.ports import Exchange
from vado.exchange.witness import Witness
from vado.model.delivery import sending_named
from vado.settings.settings import Settings
from vado.web import smart
from vado.web.access import FHIR, LOOPBACK, PERMISSIONS, Door, Guard, Known, from_here
from vado.web.fhir import capability, openapi, operations, persons, reading, searching
from vado.web.fhir.answers import problem as fhir_problem
from vado.web.fhir.routes import WRITES
from vado.web.forms import way_back
from vado.web.jobs import Jobs
from vado.web.metrics import TYPE, Metrics
from vado.web.pace import Pace
from vado.web.pages import opening
from vado.web.pages.account import passkeys
from vado.web.pages.account import view as account
from vado.web.pages.accounts import place
from vado.web.pages.accounts import view as accounts
from vado.web.pages.answer import view as answer
from vado.web.pages.authorize.view import authorize
from vado.web.pages.bridges import view as bridges
from vado.web.pages.deliveries.view import deliveries, hold, release, retry
from vado.web.pages.delivery.view import delivery
from vado.web.pages.desk.view import crop, decide, desk
from vado.web.pages.direction import view as direction
from vado.web.pages.doubts.view import doubt, doubts, settle, unlink
from vado.web.pages.fact.view import fact
from vado.web.pages.forms import view as forms
from vado.web.pages.help.view import help_list, help_topic
from vado.web.pages.inbox.view import inbox
from vado.web.pages.invitations import view as invitations
from vado.web.pages.me import add, look, sharing
from vado.web.pages.me import asked as my_asked
from vado.web.pages.me import record as own_record
from vado.web.pages.me.home import me
from vado.web.pages.meanings import view as meanings
from vado.web.pages.money import lines as money_lines
from vado.web.pages.money import view as money
from vado.web.pages.money.agreements import agreements
from vado.web.pages.network import view as network
from vado.web.pages.newcomer import view as newcomer
from vado.web.pages.original.view import content, original, page_picture
from vado.web.pages.overmerged.view import overmerged, split, undo_split
from vado.web.pages.papers import view as papers
from vado.web.pages.person.view import pdf, person
from vado.web.pages.picture import view as said
from vado.web.pages.preview.view import preview
from vado.web.pages.problem.view import problem, unexpected
from vado.web.pages.reason.view import reason
from vado.web.pages.replies.view import answer as reply
from vado.web.pages.replies.view import worklist
from vado.web.pages.rounds import view as rounds
from vado.web.pages.search.view import search
from vado.web.pages.sign_in import code, outside, passkey
from vado.web.pages.sign_in.view import sign_in, sign_in_as, sign_out
from vado.web.pages.upload.view import program, upload
from vado.web.pages.welcome.view import welcome
from vado.web.render import HEADERS, asked
from vado.web.signposts import Signposts
from vado.web.statics import static
from vado.web.timed import Timed
from vado.web.waiting import Waiting
from vado.web.words import LANGUAGES
from vado.wiring.bench import Bench

_SAFE = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
_GUESSED = b"900"  # seconds for which nobody who guessed too often signs in: exchange/guesses.py
_SAFE_BY_TLS = (*_SAFE, (b"strict-transport-security", b"max-age=31536000"))


def build(  # noqa: PLR0913 - all that may be open besides the pages
    exchange: Exchange, *, language: str = "en", hosts: tuple[str, ...] = LOOPBACK, door: Door = Door(),  # noqa: B008 - frozen
    keys: Keys | None = None, exporter: Exporter | None = None, settings: Settings | None = None, bench: Bench | None = None,
) -> Starlette:  # fmt: skip
    """Give the pages of an exchange. Every route needs a permission in access.PERMISSIONS, and stands behind a guard.

    Args:
        exchange: whose records are shown.
        language: of readers who have not chosen one: 'en' or 'es'.
        hosts: names under which it may be called.
        door: how people are let in.
        keys: which partners' programs may write over FHIR and HTTPS; None: none by a key.
        exporter: who writes bulk exports; None: there are none.
        settings: of the place, shown to its administrators; None: nothing is shown.
        bench: where partners are added and channels looked at; None: nobody can here.
    """
    metrics = Metrics(exchange)
    routes = [_guarded(route) for route in ROUTES if route.name in PERMISSIONS]
    signposts = Signposts(routes)
    app = Starlette(
        middleware=[
            Middleware(Timed, near=signposts.near, counted=metrics.counted),
            Middleware(SafeAnswers),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
        ],
        exception_handlers={VadoError: _problem, HTTPException: _problem},
    )
    app.router = signposts
    app.state.exchange, app.state.language, app.state.pages = exchange, language, OrderedDict()
    app.state.keys, app.state.exporter = keys or Keys(), exporter
    app.state.door, app.state.known = door, Known()
    app.state.pace, app.state.settings, app.state.verified = Pace(door.limits), settings, place.Verified()
    app.state.witness = Witness(exchange.store)
    app.state.metrics = metrics
    app.state.jobs, app.state.bench = Jobs(), bench
    app.state.drafts = Waiting(NotFound("CO-004", partner="–"), newcomer.DRAFTS, newcomer.SECONDS)
    app.state.papers = Waiting(NotFound("CO-017"), papers.DRAFTS, papers.SECONDS)
    app.state.waiting, app.state.lines_waiting = Waiting(NotFound("SV-025")), Waiting(NotFound("MO-036"))
    return app


def _guarded(route: Route) -> Route:
    """Put the guard before a route. What its endpoint raises is said once, by the layer around all routes."""
    app = _answering(route.endpoint) if iscoroutinefunction(route.endpoint) else route.app
    return Route(route.path, Guard(app, PERMISSIONS[route.name], route.name), methods=list(route.methods or ()), name=route.name)


def _answering(endpoint: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


class SafeAnswers:
    """The outermost layer: safety headers on every answer, no foreign POST, and no fault of ours is logged with its values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                said = {name for name, _ in message["headers"]}
                safe = _SAFE_BY_TLS if scope.get("scheme") == "https" else _SAFE
                if message["status"] == 429 and b"retry-after" not in said:
                    safe = (*safe, (b"retry-after", _GUESSED))
                message["headers"] = [*message["headers"], *(pair for pair in safe if pair[0] not in said)]
            await send(message)

        if not from_here(Request(scope, receive)):
            await Response("403", 403)(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as fault:  # noqa: BLE001 - only the kind and the line may be told: a text may hold a patient's value
            where = traceback.extract_tb(fault.__traceback__)[-1]
            logging.getLogger("vado.web").error("%s at %s:%s", type(fault).__name__, Path(where.filename).name, where.lineno)
            if not began:
                await unexpected(Request(scope, receive))(scope, receive, guarded)


def _asked_for(request: Request) -> str:
    """Give the way back to a page: of what stands behind `?`, only which sending led here."""
    sending = request.query_params.get("sending", "")
    return f"{request.url.path}?sending={sending}" if sending_named(sending) else request.url.path


async def _problem(request: Request, fault: Exception) -> Response:
    """Say what is wrong; who is not signed in is led to where they can, with a way back."""
    path = request.url.path
    if isinstance(fault, NotPermitted) and fault.code == "AC-001":
        await run_in_threadpool(note_refusal, request.app.state.exchange, asked(request).viewer)
    if f"{path}/".startswith(FHIR):
        return _later(fault, fhir_problem(fault))
    if isinstance(fault, NotPermitted) and request.method == "GET":
        if fault.code == "AC-010":
            return RedirectResponse(f"/sign-in?next={quote(_asked_for(request))}" if path != "/" else "/sign-in", 303)
        if fault.code == "AC-030":
            return RedirectResponse(f"/reason?next={quote(_asked_for(request))}", 303)
        if fault.code == "AC-001" and path == "/":  # where everybody comes to first, whatever they may do
            return RedirectResponse("/me", 303)
    return _later(fault, await problem(request, fault))


def _later(fault: Exception, answer: Response) -> Response:
    """Say when to come again to whoever asked too much."""
    if isinstance(fault, VadoError) and fault.code == "AC-020":
        answer.headers["Retry-After"] = str(fault.slots["seconds"])
    return answer


def _language(request: Request) -> Response:
    """Remember the language in a cookie and go back to the page."""
    chosen = request.path_params["language"]
    response = RedirectResponse(way_back(request.query_params.get("back", "/")), 303)
    if chosen in LANGUAGES:
        response.set_cookie(
            "language", chosen, max_age=31_536_000, httponly=True, secure=request.url.scheme == "https", samesite="lax"
        )
    return response


def _health(request: Request) -> Response:
    """Say whether the store answers."""
    with request.app.state.exchange.store.begin() as tx:
        tx.doubts(limit=1)
    return JSONResponse({"status": "ok"})


def _metrics(request: Request) -> Response:
    """Give the figures for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type=TYPE)


ROUTES = [  # tried in this order: what programs ask for most stands first
    Route("/fhir/.well-known/smart-configuration", smart.configuration, name="smart-configuration"),
    Route("/fhir/metadata", capability.metadata, name="fhir-metadata"),
    Route("/fhir/openapi.json", openapi.openapi, name="fhir-openapi"),
    Route("/fhir/Patient/$match", operations.match, name="fhir-match", methods=["POST"]),
    Route("/fhir/Patient/$ihe-pix", operations.pix, name="fhir-pix", methods=["GET", "POST"]),
    Route("/fhir/Person", persons.persons, name="fhir-person-search"),
    Route("/fhir/Person/{id:str}", persons.person, name="fhir-person"),
    *WRITES,
    Route("/fhir/{kind:str}", searching.search, name="fhir-search"),
    Route("/fhir/{kind:str}/_search", searching.search, name="fhir-search", methods=["POST"]),
    Route("/fhir/{kind:str}/_history", reading.history, name="fhir-history"),
    Route("/fhir/{kind:str}/{id:str}", reading.read, name="fhir-read"),
    Route("/fhir/{kind:str}/{id:str}/_history", reading.history, name="fhir-history"),
    Route("/fhir/{kind:str}/{id:str}/_history/{version:str}", reading.vread, name="fhir-read"),
    Route("/fhir/{kind:str}/{id:str}/{other:str}", searching.search, name="fhir-search"),
    Route("/fhir/{kind:str}/{id:str}/{other:str}/_search", searching.search, name="fhir-search", methods=["POST"]),
    Route("/", search, name="search", methods=["GET", "POST"]),
    Route("/person/{id:str}", person, name="person"),
    Route("/person/{id:str}/summary.pdf", pdf, name="person-pdf"),
    Route("/fact/{id:str}", fact, name="fact"),
    Route("/original/{partner:str}/{id:str}", original, name="original"),
    Route("/original/{partner:str}/{id:str}/page/{page:int}.{form:str}", page_picture, name="page"),
    Route("/original/{partner:str}/{id:str}/content", content, name="content"),
    Route("/inbox", inbox, name="inbox"),
    Route("/doubts", doubts, name="doubts"),
    Route("/doubts/{id:str}", doubt, name="doubt"),
    Route("/doubts/{id:str}", settle, name="settle", methods=["POST"]),
    Route("/unlink/{patient:str}", unlink, name="unlink", methods=["POST"]),
    Route("/overmerged", overmerged, name="overmerged"),
    Route("/split/{person:str}", split, name="split", methods=["POST"]),
    Route("/undo-link/{patient:str}", undo_split, name="undo-link", methods=["POST"]),
    Route("/preview", preview, name="preview", methods=["GET", "POST"]),
    Route("/language/{language:str}", _language, name="language"),
    Route("/health", _health, name="health"),
    Route("/metrics", _metrics, name="metrics"),
    Route("/desk", desk, name="desk"),
    Route("/desk/{id:str}", decide, name="decide", methods=["POST"]),
    Route("/fact/{id:str}/crop.png", crop, name="crop"),
    Route("/bridges", bridges.bridges, name="bridges"),
    Route("/bridges/ladder.svg", bridges.chart, name="bridges-chart"),
    Route("/bridges/new", newcomer.newcomer, name="newcomer", methods=["GET", "POST"]),
    Route("/bridges/new/{draft:str}", newcomer.draft, name="newcomer-draft", methods=["GET", "POST"]),
    Route("/bridges/new/{draft:str}/save", newcomer.save, name="newcomer-save", methods=["POST"]),
    Route("/bridges/{partner:str}", bridges.bridge, name="bridge"),
    Route("/bridges/{partner:str}/chart/{chart:str}.svg", bridges.partner_chart, name="bridge-chart"),
    Route("/bridges/{partner:str}/hold", bridges.hold, name="hold-partner", methods=["POST"]),
    Route("/bridges/{partner:str}/release", bridges.release, name="release-partner", methods=["POST"]),
    Route("/bridges/{partner:str}/replay", bridges.again, name="replay", methods=["POST"]),
    Route("/bridges/{partner:str}/codes", meanings.show, name="meanings"),
    Route("/bridges/{partner:str}/codes", meanings.save, name="meanings-save", methods=["POST"]),
    Route("/bridges/{partner:str}/codes/suggest", meanings.suggest, name="meanings-suggest", methods=["POST"]),
    Route("/bridges/{partner:str}/codes/withdraw", meanings.withdraw, name="meanings-withdraw", methods=["POST"]),
    Route("/bridges/{partner:str}/forms", papers.show, name="papers", methods=["GET", "POST"]),
    Route("/bridges/{partner:str}/forms/{draft:str}", papers.draft, name="paper", methods=["GET", "POST"]),
    Route("/bridges/{partner:str}/forms/{draft:str}/page/{page:int}.webp", papers.picture, name="paper-page"),
    Route("/deliveries", deliveries, name="deliveries"),
    Route("/deliveries/hold", hold, name="hold", methods=["POST"]),
    Route("/deliveries/release", release, name="release", methods=["POST"]),
    Route("/deliveries/{id:str}", delivery, name="delivery"),
    Route("/deliveries/{id:str}/retry", retry, name="retry", methods=["POST"]),
    Route("/help", help_list, name="help"),
    Route("/help/{topic:str}", help_topic, name="help-topic"),
    Route("/static/{name:path}", static, name="static"),
    Route("/sign-in", sign_in, name="sign-in", methods=["GET", "POST"]),
    Route("/sign-in/as/{name:str}", sign_in_as, name="sign-in-as", methods=["POST"]),
    Route("/sign-in/outside", outside.begin, name="oidc-begin"),
    Route("/sign-in/back", outside.back, name="oidc-back"),
    Route("/sign-in/passkey/ask", passkey.ask, name="passkey-ask", methods=["POST"]),
    Route("/sign-in/passkey", passkey.enter_by_passkey, name="passkey-enter", methods=["POST"]),
    Route("/sign-in/code", code.code, name="code", methods=["GET", "POST"]),
    Route("/sign-out", sign_out, name="sign-out", methods=["POST"]),
    Route("/reason", reason, name="reason", methods=["GET", "POST"]),
    Route("/account", account.account, name="account"),
    Route("/account/password", account.change_password, name="change-password", methods=["POST"]),
    Route("/account/passkeys/ask", passkeys.wish, name="passkey-wish", methods=["POST"]),
    Route("/account/passkeys", passkeys.add, name="passkey-add", methods=["POST"]),
    Route("/account/passkeys/{id:str}", account.change_passkey, name="passkey-change", methods=["POST"]),
    Route("/account/sessions/end", account.end_others, name="sessions-end", methods=["POST"]),
    Route("/account/sessions/{id:str}/end", account.end_one, name="session-end", methods=["POST"]),
    Route("/accounts", accounts.accounts, name="accounts"),
    Route("/accounts/new", accounts.new, name="account-new", methods=["GET", "POST"]),
    Route("/accounts/place", place.place, name="place", methods=["GET", "POST"]),
    Route("/accounts/{id:str}", accounts.account_of, name="account-of"),
    Route("/accounts/{id:str}", accounts.change, name="account-change", methods=["POST"]),
    Route("/accounts/{id:str}/tokens/{token:str}/end", accounts.end_token, name="token-end", methods=["POST"]),
    Route("/me", me, name="me"),
    Route("/me/record", own_record.record, name="my-record"),
    Route("/me/looks", look.seen, name="looks"),
    Route("/me/ask", look.ask, name="ask", methods=["POST"]),
    Route("/me/sharing", sharing.sharing, name="sharing"),
    Route("/me/sharing", sharing.decide, name="consent", methods=["POST"]),
    Route("/me/sharing/check", sharing.check, name="foresee", methods=["POST"]),
    Route("/me/add", add.add, name="add"),
    Route("/me/add/letter", add.letter, name="add-letter", methods=["POST"]),
    Route("/me/add/measurement", add.measurement, name="add-measurement", methods=["POST"]),
    Route("/me/add/story", add.story, name="add-story", methods=["POST"]),
    Route("/me/object", add.objection, name="objection"),
    Route("/me/object", add.object_to, name="object", methods=["POST"]),
    Route("/me/asked", my_asked.mine, name="asked"),
    Route("/me/download", my_asked.away, name="take-away"),
    Route("/me/download/{form:str}", my_asked.download, name="download"),
    Route("/replies", worklist, name="replies"),
    Route("/replies/{id:str}", reply, name="reply", methods=["POST"]),
    Route("/invitations", invitations.listed, name="invitations"),
    Route("/invitations", invitations.invite, name="invite", methods=["POST"]),
    Route("/invitations/{id:str}/revoke", invitations.revoke, name="revoke", methods=["POST"]),
    Route("/welcome", welcome, name="welcome", methods=["GET", "POST"]),
    Route("/person/{id:str}/open", opening.break_glass, name="break-glass", methods=["POST"]),
    Route("/original/{partner:str}/{id:str}/open", opening.explain, name="explain", methods=["POST"]),
    Route(smart.TOKEN, smart.token, name="smart-token", methods=["POST"]),
    Route(smart.AUTHORIZE, authorize, name="smart-authorize", methods=["GET", "POST"]),
    Route("/answer", answer.answer, name="answer", methods=["GET", "POST"]),
    Route("/answer/{step:str}", answer.step, name="answer-step", methods=["GET", "POST"]),
    Route("/rounds", rounds.listed, name="rounds"),
    Route("/rounds", rounds.make, name="round-make", methods=["POST"]),
    Route("/rounds/{round:str}", rounds.show, name="round"),
    Route("/rounds/{round:str}", rounds.change, name="round-change", methods=["POST"]),
    Route("/rounds/{round:str}/invite", rounds.invite, name="round-invite", methods=["POST"]),
    Route("/rounds/{round:str}/unusual", rounds.unusual, name="round-unusual", methods=["POST"]),
    Route("/rounds/{round:str}/register", rounds.register, name="round-register", methods=["POST"]),
    Route("/rounds/{round:str}/close", rounds.close, name="round-close", methods=["POST"]),
    Route("/money", money.proposals, name="money"),
    Route("/money", money.make, name="money-make", methods=["POST"]),
    Route("/money/template/{form:str}", money.template, name="money-template"),
    Route("/money/{proposal:str}", money.proposal, name="proposal"),
    Route("/money/{proposal:str}/chart/{chart:str}.svg", money.chart, name="proposal-chart"),
    Route("/money/{proposal:str}/take/{what:str}", money.take, name="proposal-take"),
    Route("/money/{proposal:str}/agreements", agreements, name="agreements"),
    Route("/money/{proposal:str}/lines", money_lines.lines, name="lines"),
    Route("/money/{proposal:str}/lines/add", money_lines.add, name="line-add", methods=["POST"]),
    Route("/money/{proposal:str}/lines/remove", money_lines.remove, name="line-remove", methods=["POST"]),
    Route("/money/{proposal:str}/terms", money_lines.settle, name="proposal-terms", methods=["POST"]),
    Route("/money/{proposal:str}/drop", money_lines.drop, name="proposal-drop", methods=["POST"]),
    Route("/money/{proposal:str}/bring", money_lines.bring, name="lines-bring", methods=["POST"]),
    Route("/money/{proposal:str}/brought/{file:str}", money_lines.brought, name="lines-brought"),
    Route("/money/{proposal:str}/brought/{file:str}/left.csv", money_lines.left, name="lines-left"),
    Route("/money/{proposal:str}/brought/{file:str}", money_lines.keep, name="lines-keep", methods=["POST"]),
    Route("/rounds/{round:str}/forms", forms.show, name="forms"),
    Route("/rounds/{round:str}/forms", forms.bring, name="bring", methods=["POST"]),
    Route("/rounds/{round:str}/forms/take/{what:str}", forms.take, name="forms-take"),
    Route("/rounds/{round:str}/forms/brought/{id:str}", forms.brought, name="forms-brought"),
    Route("/rounds/{round:str}/forms/brought/{id:str}", forms.look, name="forms-look", methods=["POST"]),
    *(
        Route(f"/rounds/{{round:str}}/{page}", said.show, name=f"round-{page}")
        for page in ("picture", "gaps", "talk", "blocks", "voices", "workshop")
    ),
    Route("/rounds/{round:str}/workshop", said.workshop, name="round-agree", methods=["POST"]),
    Route("/rounds/{round:str}/picture.svg", said.chart, name="round-picture-chart"),
    Route("/rounds/{round:str}/talk.svg", said.chart, name="round-talk-chart"),
    Route("/rounds/{round:str}/results.csv", said.as_file, name="round-file"),
    Route("/network", network.show, name="network"),
    Route("/network/map/{layer:str}.svg", network.drawn_map, name="network-map"),
    Route("/network/network.graphml", network.graphml, name="network-graphml"),
    Route("/network/network.kumu.json", network.kumu, name="network-kumu"),
    Route("/direction", direction.show, name="direction"),
    Route("/direction/chart/{chart:str}.svg", direction.drawn, name="direction-chart"),
    Route("/upload", upload, name="upload", methods=["GET", "POST"]),
    Route("/upload/{partner:str}", program, name="upload-program", methods=["PUT", "POST"]),
    Route("/upload/{partner:str}/{name:path}", program, name="upload-program", methods=["PUT", "POST"]),
]
