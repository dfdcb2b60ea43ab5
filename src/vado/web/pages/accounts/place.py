"""How the place is set, and whether its audit trail is as it was written: to be read, not changed."""

import re
import threading
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vado.errors import VadoError
from vado.exchange.ports import Exchange
from vado.exchange.trail import anchors_in, verify
from vado.settings.settings import Settings
from vado.web.render import Complaint, asked, page


@dataclass(frozen=True, slots=True)
class Told:
    """What came of going through the trail."""

    began: datetime
    ended: datetime | None = None  # None: it goes on still
    rows: int = 0
    anchors: int = 0
    fault: VadoError | None = None


class Verified:
    """Goes through the trail beside everything else, once at a time, and remembers what came of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.told: Told | None = None

    def begin(self, x: Exchange, anchors: Path | None) -> threading.Thread | None:
        """Begin, where it does not go on already."""
        with self._lock:
            if self.told and self.told.ended is None:
                return None
            self.told = Told(x.clock())
        thread = threading.Thread(target=self._go, args=(x, anchors), daemon=True, name="verify")
        thread.start()
        return thread

    def _go(self, x: Exchange, path: Path | None) -> None:
        began, rows, known, fault = self.told.began if self.told else x.clock(), 0, (), None
        try:
            known = anchors_in(path.read_bytes()) if path and path.exists() else ()
            rows, _ = verify(x, known)
        except VadoError as found:
            fault = found
        except OSError:
            fault = VadoError("ST-001")
        self.told = Told(began, x.clock(), rows, len(known), fault)


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    settings: tuple[tuple[str, str, bool], ...]  # name, value, whether it is as it comes
    told: Told | None
    fault: Complaint | None
    here: str  # version and so on are the machine's; the place's folder


def place(request: Request) -> Response:
    """Show it; go through the trail when asked."""
    who, verified = asked(request), request.app.state.verified
    settings: Settings | None = request.app.state.settings
    if request.method == "POST":
        verified.begin(who.x, settings.place / "data" / "audit-anchors.jsonl" if settings else None)
        return RedirectResponse("/accounts/place", 303)
    told: Told | None = verified.told
    fault = who.told(told.fault) if told and told.fault else None
    view = View(_shown(settings) if settings else (), told, fault, str(settings.place) if settings else "")
    return page(who, "accounts/place.html", view)


def _shown(settings: Settings) -> tuple[tuple[str, str, bool], ...]:
    """Give every setting; the password in the address of a database is no one's to read here."""
    found = []
    for f in fields(Settings):
        if f.name != "place":
            value = getattr(settings, f.name)
            found.append((f.name, re.sub(r"(//[^:/@]*):[^@]*@", r"\1:…@", str(value)), value == f.default))
    return tuple(found)
