"""The inbox: every original with its state."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vado.exchange import consult, hold, watch
from vado.exchange.bridges import came
from vado.exchange.ports import Row
from vado.model.original import State
from vado.model.traffic import Alert, Hold
from vado.web.render import asked, page

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    rows: tuple[Row, ...]
    state: str
    states: tuple[tuple[str, int], ...]
    after: str  # cursor of the next page; "" when this is the last
    alerts: tuple[Alert, ...]  # where more fails than usual
    holds: tuple[Hold, ...]  # who is held


def inbox(request: Request) -> Response:
    """List originals by time received; ?state= filters, ?after= goes on."""
    who = asked(request)
    state = request.query_params.get("state", "")
    chosen = State(state) if state in set(State) else None
    rows = consult.inbox(who.x, who.viewer, chosen, request.query_params.get("after", ""), _AT_ONCE + 1)
    sent = came(who.x)
    states = tuple((s.value, sum(c.states.get(s, 0) for c in sent)) for s in State)
    more = len(rows) > _AT_ONCE
    rows = rows[:_AT_ONCE]
    view = View(
        rows, chosen.value if chosen else "", states, rows[-1].original.cursor if more else "",
        watch.alerts_now(who.x), hold.holds(who.x),
    )  # fmt: skip
    return page(who, "inbox/page.html", view)
