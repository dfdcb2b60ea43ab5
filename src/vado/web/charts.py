"""Charts as a picture of their own: drawn for the language, the light and the width that the page's <picture> asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from vado.tools import chart, chart_money, chart_picture

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "private, max-age=60",
    "Vary": "Cookie, Accept-Language",
}
KINDS: dict[str, Callable[..., bytes]] = {
    "lines": chart.lines, "stacked": chart.stacked, "shares": chart.shares, "radar": chart_picture.radar,
    "scatter": chart_picture.scatter, **chart_money.KINDS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart as a page shows it: a picture, what it says in words, and the same numbers as a table."""

    kind: str  # of KINDS
    address: str  # of the picture; it names no person
    title: str
    says: str  # the main thing, for who does not see it
    first: str  # heading of the labels
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]  # None: hidden, or nobody
    unit: str = ""
    pixels: int = 0  # height; 0: as its kind is

    @property
    def height(self) -> int:
        """Pixels: lying bars need a line each."""
        if self.pixels:
            return self.pixels
        return 90 + 34 * len(self.labels) if self.kind == "shares" else chart.LIGHT.height


def picture(request: Request, shown: Chart) -> Response:
    """Draw one; ?dark and ?narrow say for what."""
    query = request.query_params
    look = chart.DARK if "dark" in query else chart.LIGHT
    width = chart.NARROW[0] if "narrow" in query else look.width
    drawn = _drawn(shown.kind, shown.labels, shown.series, replace(look, width=width, height=shown.height), shown.unit)
    return Response(drawn, media_type="image/svg+xml", headers=HEADERS)


@lru_cache(64)
def _drawn(
    kind: str, labels: tuple[str, ...], series: tuple[tuple[str, tuple[float | None, ...]], ...], look: chart.Look, unit: str
) -> bytes:  # fmt: skip
    named: Mapping[str, Sequence[float | None]] = dict(series)
    return KINDS[kind](labels, named, look, unit=unit)
