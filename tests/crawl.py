"""A browser that walks through every page that a role can reach, as a reader would: from link to link."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import Match, Route

from vado.web.app import ROUTES

_EACH = 2  # pages looked at of one kind: two persons, two originals
_LINKS = "Array.from(document.querySelectorAll('a[href]'), a => a.getAttribute('href'))"


@dataclass(slots=True)
class Crawl:
    """One reader's walk through the pages of a served place."""

    browser_page: Any
    address: str  # 'http://127.0.0.1:1234'
    begin: tuple[str, ...] = ("/",)
    wait: dict[str, int] = field(default_factory=dict)  # route name -> pages still to be looked at
    seen: set[str] = field(default_factory=set)
    via: dict[str, str] = field(default_factory=dict)  # path -> the page that led there first

    def pages(self) -> Iterator[tuple[str, str]]:
        """Go to each page; give the name of its route and its path while it stands in the browser."""
        waiting = deque(self.begin)
        while waiting:
            path = waiting.popleft()
            name = route_of(path)
            if path in self.seen or not name or not self.wait.setdefault(name, _EACH):
                continue
            self.seen.add(path)
            answer = self.browser_page.goto(self.address + path)
            if answer.status >= 400 and answer.status != 403:
                raise AssertionError(f"{self.via.get(path)} leads to {path}, which answers {answer.status}")
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            self.wait[name] -= 1
            links = self._links()
            self.via |= {link: path for link in links if link not in self.via}
            waiting.extend(links)
            yield name, path

    def _links(self) -> list[str]:
        found = [urlsplit(link) for link in self.browser_page.evaluate(_LINKS)]
        return [f"{u.path}?{u.query}" if u.query else u.path for u in found if not u.netloc and u.path.startswith("/")]


def route_of(path: str) -> str:
    """Give the name of the page that a path leads to; "" for what is no page: pictures, downloads, FHIR, a change of language."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(path).path, "headers": []}
    name = next((r.name for r in ROUTES if r.matches(scope)[0] is Match.FULL), "")
    return name if name in PAGES else ""


def _is_page(route: Route) -> bool:
    no_page = ("/fhir", "/oauth", "/static", "/metrics", "/health", "/language", "/sign-in/outside", "/sign-in/back")
    return (
        route.name not in {"download", "person-pdf", "forms-take", "proposal-take", "money-template", "lines-left", "round-file"}
        and "GET" in (route.methods or ())
        and not route.path.startswith(no_page)
        and not route.path.endswith((".png", ".{form:str}", "/content", ".svg", ".webp", ".graphml", ".json"))
    )


PAGES = {r.name: r.path for r in ROUTES if _is_page(r)}
