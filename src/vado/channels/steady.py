"""Which of the things that lie somewhere are whole: those that have not changed for a while, or whose marker has come."""

import time
from collections.abc import Collection, Hashable, Mapping

from vado.channels.names import unfinished


def marker_of(form: str, name: str) -> str:
    """Name the second file that says that `name` is whole: '{name}.done', '{stem}.ok'."""
    return form.replace("{name}", name).replace("{stem}", name.rpartition(".")[0] or name)


def check_marker(form: str) -> None:
    """Refuse a form that is the same for every file. Raises ValueError."""
    if form and "{name}" not in form and "{stem}" not in form:
        raise ValueError("marker holds {name} or {stem}")


class Steady:
    """Remembers how things looked, and since when by our own clock: clocks of others are not believed."""

    def __init__(self, seconds: float, marker: str = "") -> None:
        self._seconds, self._marker = seconds, marker
        self._seen: dict[str, tuple[Hashable, float]] = {}

    def ripe(self, found: Mapping[str, Hashable]) -> list[str]:
        """Give the names of what is whole, in order; what is gone is forgotten."""
        now = time.monotonic()
        self._seen = {
            n: before if (before := self._seen.get(n)) and before[0] == look else (look, now) for n, look in found.items()
        }
        return sorted(name for name in found if self._is_ripe(name, found, now))

    def markers(self, found: Collection[str]) -> set[str]:
        """Give those that are only markers of others."""
        return {m for name in found if (m := marker_of(self._marker, name)) in found} if self._marker else set()

    def _is_ripe(self, name: str, found: Collection[str], now: float) -> bool:
        if unfinished(name):
            return False
        if self._marker:
            return marker_of(self._marker, name) in found and name not in self.markers(found)
        return now - self._seen[name][1] >= self._seconds
