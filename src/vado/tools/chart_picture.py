"""Charts of what people say of working together: a radar, and a scatter of what to talk about. Where nobody answered is a hole."""

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any

from vado.tools.chart import Look, drawn

Series = Mapping[str, Sequence[float | None]]
_RINGS = (25, 50, 75, 100)


def radar(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw scores 0 to 100 around a centre, a line for each series. A line breaks where there is no score: a hole is no zero."""
    angles = [pi / 2 - 2 * pi * n / len(labels) for n in range(len(labels))]

    def at(n: int, value: float) -> tuple[float, float]:
        return value * cos(angles[n]), value * sin(angles[n])

    def draw(axes: Any) -> None:
        for ring in _RINGS:
            points = [at(n % len(labels), ring) for n in range(len(labels) + 1)]
            axes.plot(*zip(*points, strict=True), color=look.line, linewidth=0.8)
            axes.text(1, ring + 1, str(ring), color=look.quiet, fontsize=9)
        for n, label in enumerate(labels):
            axes.plot(*zip((0, 0), at(n, 100), strict=True), color=look.line, linewidth=0.8)
            x, y = at(n, 112)
            side = "center" if abs(x) < 15 else "left" if x > 0 else "right"
            axes.text(x, y, _broken(label), ha=side, va="center", color=look.ink, fontsize=10)
        for k, (name, values) in enumerate(series.items()):
            ring = [at(n, v) if (v := values[n]) is not None else (float("nan"),) * 2 for n in (*range(len(labels)), 0)]
            style = {"color": (look.main, look.other, look.quiet, look.ink)[k % 4], "linestyle": ("-", "--", ":", "-.")[k % 4]}
            axes.plot(
                *zip(*ring, strict=True), linewidth=2.2, marker=("o", "s", "^", "D")[k % 4], markersize=4, label=name, **style
            )
        wide = 185 if look.width > 500 else 165
        axes.set_xlim(-wide, wide)
        axes.set_ylim(-128, 128)
        axes.set_aspect("equal")
        axes.set_axis_off()

    return drawn(draw, (), look, unit)


def scatter(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw points by their first two series, across and up; a number at each, that the list beside the chart explains."""
    (across, xs), (up, ys), *_ = series.items()

    def draw(axes: Any) -> None:
        for label, x, y in zip(labels, xs, ys, strict=True):
            if x is not None and y is not None:
                axes.plot([x], [y], marker="o", markersize=7, color=look.main, alpha=0.75, linestyle="none")
                axes.annotate(label, (x, y), xytext=(5, 4), textcoords="offset points", color=look.ink, fontsize=9)
        axes.set_xlabel(across, color=look.quiet, fontsize=11)
        axes.set_ylabel(up, color=look.quiet, fontsize=11)
        axes.margins(0.12)

    return drawn(draw, (), look, unit, whole=False)


def _broken(label: str, most: int = 18) -> str:
    """Break a label into lines."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
