"""Charts of money: bars either side of nothing, steps from nothing to the total, a fan of what may come, and which line matters most."""

from collections.abc import Callable, Sequence
from typing import Any

from vado.tools.chart import Look, Series, drawn

_WIDE = 0.8  # of a year, for the bars of all organisations
_HATCHES = ("", "///", "...", "xxx", "\\\\\\")  # besides the colour, for those who do not tell colours apart


def diverging(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw bars side by side for each label, up for plus and down for minus, one a series."""

    def draw(axes: Any) -> None:
        colours = (look.main, look.other, look.quiet, *look.ramp)
        width = _WIDE / max(1, len(series))
        for n, (name, values) in enumerate(series.items()):
            at = [k - _WIDE / 2 + width * (n + 0.5) for k in range(len(labels))]
            axes.bar(at, list(values), width=width * 0.92, color=colours[n % len(colours)], label=name,
                     hatch=_HATCHES[n // len(colours) % len(_HATCHES)], edgecolor="none")  # fmt: skip
        axes.axhline(0, color=look.ink, linewidth=1)

    return drawn(draw, labels, look, unit, whole=False)


def waterfall(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw lying steps, each beginning where the one before ended; the last label is what all come to."""
    (values,) = series.values()

    def draw(axes: Any) -> None:
        at = 0.0
        for n, value in enumerate(values[:-1]):
            axes.barh(n, value, left=at, color=look.main if value >= 0 else look.other, height=0.62)
            axes.plot((at + value, at + value), (n, n + 1), color=look.quiet, linewidth=0.8)
            _tell(axes, look, max(at, at + value), n, value)
            at += value
        axes.barh(len(values) - 1, values[-1], color=look.ink, height=0.62)
        _tell(axes, look, max(0.0, values[-1]), len(values) - 1, values[-1])
        _lie(axes, labels, look)

    return drawn(draw, (), look, unit, whole=False)


def fan(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw three lines over years, low, middle and high, and fill what lies between the outer ones."""
    (low, below), (middle, likely), (high, above) = series.items()

    def draw(axes: Any) -> None:
        at = range(len(labels))
        axes.fill_between(at, list(below), list(above), color=look.main, alpha=0.2, linewidth=0)
        for name, values, style in ((low, below, ":"), (middle, likely, "-"), (high, above, "--")):
            axes.plot(at, list(values), color=look.main, linestyle=style, linewidth=2 if style == "-" else 1.4, marker="o",
                      markersize=3.5, label=name)  # fmt: skip
        axes.axhline(0, color=look.ink, linewidth=1)

    return drawn(draw, labels, look, unit, whole=False)


def tornado(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw one lying bar a label: the total with the line's low amount, and with its high one, around the total as likely (third)."""
    (low, lows), (high, highs), (_, (middle, *_)) = series.items()

    def draw(axes: Any) -> None:
        for n, (a, b) in enumerate(zip(lows, highs, strict=True)):
            axes.barh(n, a - middle, left=middle, color=look.other, height=0.62, label=low if not n else None)
            axes.barh(n, b - middle, left=middle, color=look.main, height=0.62, label=high if not n else None)
        axes.axvline(middle, color=look.ink, linewidth=1)
        _lie(axes, labels, look)

    return drawn(draw, (), look, unit, whole=False)


def _tell(axes: Any, look: Look, x: float, y: float, value: float) -> None:
    axes.annotate(
        f"{value:+,.1f}".replace(",", "\u202f"),
        (x, y),
        (5, 0),
        textcoords="offset points",
        va="center",
        color=look.ink,
        fontsize=11,
    )


def _lie(axes: Any, labels: Sequence[str], look: Look) -> None:
    most = max(10, look.width // 18)  # letters of a label
    axes.set_yticks(range(len(labels)), [name if len(name) <= most else f"{name[: most - 1]}…" for name in labels])
    axes.invert_yaxis()
    axes.margins(x=0.16)


KINDS: dict[str, Callable[..., bytes]] = {"diverging": diverging, "waterfall": waterfall, "fan": fan, "tornado": tornado}
