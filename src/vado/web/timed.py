"""Every answer is counted and noted by the name of its route, never by its address, which may be wrong in any way."""

import time
from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vado.tools.log import Level, say

Counted = Callable[[str, str, int, float], None]  # route, method, status, seconds
Near = Callable[[str], Sequence[BaseRoute]]  # the routes that an address may lead to, in their order
ROUTE = "vado.route"  # key in the scope: the name of the route that was taken
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Timed:
    """The layer around all others: how long each answer took, for the figures and the log."""

    def __init__(self, app: ASGIApp, near: Near, counted: Counted) -> None:
        self._app, self._near, self._counted = app, near, counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - began
            route = scope.get(ROUTE) or self._name(scope)  # who was turned away before came to none
            self._counted(route, method, status, seconds)
            level = Level.ERROR if status >= 500 else Level.INFO
            say("vado.answers", "answered", level, route=route, method=method, status=status, ms=round(1000 * seconds, 1))

    def _name(self, scope: Scope) -> str:
        for route in self._near(scope["path"]):
            if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
                return route.name
        return "none"
