"""Which route an address leads to, without trying them all: routes are looked up by the number and the beginning of their parts.

Sixty routes tried one after the other cost more than reading a resource.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from vado.web.timed import ROUTE

_MOST = 1_000  # kinds of address that are remembered


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


class Signposts(Router):
    """Leads where Starlette's own router would lead: the first route that fits, in their order."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        super().__init__(list(routes))
        self._near: dict[tuple[int, tuple[str, ...]], tuple[BaseRoute, ...]] = {}
        self._first: frozenset[str] = frozenset()
        self._known = -1

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            method = scope["method"]
            for route in self.near(scope["path"]):
                if isinstance(route, Route) and route.methods and method not in route.methods:
                    continue
                match, more = route.matches(scope)
                if match is Match.FULL:
                    scope.update(more)
                    scope.setdefault("router", self)
                    scope[ROUTE] = getattr(route, "name", "")
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)  # nothing fits: it is said as Starlette says it

    def near(self, path: str) -> tuple[BaseRoute, ...]:
        """Give the routes that may fit, in their order."""
        if self._known != len(self.routes):  # a route was added: look anew
            said = [_parts(r.path) for r in self.routes if isinstance(r, Route)]
            self._first = frozenset(p for parts in said for p in parts[:2] if "{" not in p)
            self._near, self._known = {}, len(self.routes)
        parts = _parts(path)
        key = len(parts), tuple(p if p in self._first else "" for p in parts[:2])
        found = self._near.get(key)
        if found is None:
            found = tuple(r for r in self.routes if _may_fit(r, *key))
            if len(self._near) < _MOST:
                self._near[key] = found
        return found


def _may_fit(route: BaseRoute, count: int, begins: tuple[str, ...]) -> bool:
    """Say whether an address of so many parts, which begins with these ('': any other word), may lead there."""
    if not isinstance(route, Route) or ":path}" in route.path:
        return True
    own = _parts(route.path)
    return len(own) == count and all("{" in mine or mine == said for mine, said in zip(own, begins, strict=False))
