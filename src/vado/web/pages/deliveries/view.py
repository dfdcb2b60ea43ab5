"""What went where: each destination with its states, and what a person does about it. No clinical detail, and nobody's name."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import CODES, VadoError
from vado.exchange import deliveries as story
from vado.exchange.deliveries import Standing
from vado.model.delivery import Delivery, DeliveryState
from vado.model.reading import Issue
from vado.web.render import Asked, Complaint, asked, page

_AT_ONCE = 50
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 200  # characters of a reason


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as the list shows it."""

    delivery: Delivery
    wrong: Complaint | None  # why it has not arrived
    may_retry: bool


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    standings: tuple[Standing, ...]
    states: tuple[DeliveryState, ...]
    to: str
    state: str
    rows: tuple[Sent, ...]
    after: str  # id of the last one shown; "" when there are no more
    complaint: Complaint | None


def deliveries(request: Request) -> Response:
    """Count per destination, and list the newest; ?to= and ?state= filter, ?after= goes on."""
    return _show(asked(request))


async def hold(request: Request) -> Response:
    """Hold the destination of the form, for the reason of the form."""
    who, form = asked(request), await request.form()
    why = " ".join(str(form.get("why", "")).split())[:_LONGEST] or "–"
    return _done(who, lambda: story.hold(who.x, str(form.get("destination", "")), why, who.viewer))


async def release(request: Request) -> Response:
    """Release the destination of the form."""
    who, form = asked(request), await request.form()
    return _done(who, lambda: story.release(who.x, str(form.get("destination", "")), who.viewer))


def retry(request: Request) -> Response:
    """Try one that failed again, or one that waits at once."""
    who = asked(request)
    return _done(who, lambda: story.retry(who.x, request.path_params["id"], who.viewer))


def _done(who: Asked, act: Callable[[], object]) -> Response:
    try:
        act()
    except VadoError as fault:
        return _show(who, who.told(fault), fault.kind.http)
    return RedirectResponse("/deliveries", 303)


def _show(who: Asked, complaint: Complaint | None = None, status: int = 200) -> Response:
    query = who.request.query_params
    standings = story.standings(who.x, who.viewer)
    to = query.get("to", "") if query.get("to") in {s.destination for s in standings} else ""
    state = DeliveryState(query["state"]) if query.get("state") in set(DeliveryState) else None
    after = query.get("after", "") if _ID.fullmatch(query.get("after", "")) else ""
    found = story.deliveries(who.x, who.viewer, to=to, state=state, after=after, limit=_AT_ONCE + 1)
    rows = tuple(_sent(who, d) for d in found[:_AT_ONCE])
    more = found[_AT_ONCE - 1].id if len(found) > _AT_ONCE else ""
    view = View(standings, tuple(DeliveryState), to, state.value if state else "", rows, more, complaint)
    return page(who, "deliveries/page.html", view, status)


def _sent(who: Asked, d: Delivery) -> Sent:
    wrong = who.told(Issue(d.why, None, tuple((slot, d.word or "–") for slot in CODES[d.why].slots))) if d.why in CODES else None
    return Sent(d, wrong, d.state is DeliveryState.FAILED or (d.state is DeliveryState.WAITING and d.attempts > 0))
