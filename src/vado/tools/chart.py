"""Charts as SVG, drawn by matplotlib: text stays text, the same numbers give the same bytes, and nothing is fetched from anywhere.

Only the object API is used (no pyplot: it keeps every figure), and matplotlib is loaded with the first chart that is drawn. A chart is
drawn twice, for light and for dark, and once more for narrow screens; the page chooses (web/charts.py). Axes are plain on purpose: a
grid, no frame, whole numbers. A new kind of chart is one more function that takes an Axes and a Look.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any

_ONE = Lock()  # matplotlib's settings and fonts are shared by all threads


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a chart, the same as of the page around it (web/static/tokens.css), and its size in pixels."""

    ink: str
    quiet: str
    line: str
    main: str
    other: str
    ramp: tuple[str, ...]  # five steps, the lowest rung first
    width: int = 720
    height: int = 280
    paper: str = "#ffffff"


_LIGHT = ("#9a4a12", "#cf8a3a", "#8aa3ad", "#2f8a98", "#0b5563")  # paper is warm, what a machine understands is the river
_DARK = ("#b8622a", "#dfa35c", "#8ea3ac", "#3fa3b3", "#9adfe9")
LIGHT = Look("#17262d", "#4b5c64", "#d6dfe1", "#0b5563", "#cf8a3a", _LIGHT)
DARK = Look("#e3ebed", "#a7b6bc", "#31424a", "#7fcbd7", "#dfa35c", _DARK, paper="#121b20")
NARROW = (360, 260)  # pixels of a chart on a telephone

Series = Mapping[str, Sequence[float]]  # name -> one number for each label


def lines(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw numbers over time, one line a series, each named in the key."""

    def draw(axes: Any) -> None:
        for n, (name, values) in enumerate(series.items()):
            axes.plot(range(len(labels)), list(values), color=(look.main, look.other, look.quiet)[n % 3], linewidth=2.2,
                      linestyle=("-", "--", ":")[n % 3], marker="o", markersize=3.5, label=name)  # fmt: skip
        axes.set_ylim(bottom=0)

    return drawn(draw, labels, look, unit)


def stacked(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw bars over time, the series on each other in the colours of the ramp: the first is the lowest rung."""

    def draw(axes: Any) -> None:
        below = [0.0] * len(labels)
        for (name, values), colour in zip(series.items(), look.ramp, strict=False):
            axes.bar(range(len(labels)), list(values), bottom=below, color=colour, width=0.78, label=name)
            below = [a + b for a, b in zip(below, values, strict=True)]

    return drawn(draw, labels, look, unit)


def shares(labels: Sequence[str], series: Series, look: Look, *, unit: str = "") -> bytes:
    """Draw one lying bar a label, cut into the shares of each series (0 to 100 %) in the colours of the ramp."""

    def draw(axes: Any) -> None:
        sums = [sum(values[n] for values in series.values()) or 1 for n in range(len(labels))]
        left = [0.0] * len(labels)
        for (name, values), colour in zip(series.items(), look.ramp, strict=False):
            part = [100 * v / s for v, s in zip(values, sums, strict=True)]
            axes.barh(range(len(labels)), part, left=left, color=colour, height=0.62, label=name)
            left = [a + b for a, b in zip(left, part, strict=True)]
        axes.set_xlim(0, 100)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()

    return drawn(draw, (), look, unit)


def drawn(  # noqa: PLR0913 - a chart, and how its axes are dressed
    draw: Callable[[Any], None], labels: Sequence[str], look: Look, unit: str, *, whole: bool = True
) -> bytes:  # fmt: skip
    """Draw on one pair of axes, dress them as the page, and give the SVG.

    Args:
        draw: puts what is shown on the axes.
        labels: under the axes, as many as fit; none: the axes keep their own.
        look: colours and size.
        unit: said above.
        whole: figures of axes are whole numbers.
    """

    def dressed(axes: Any) -> None:
        draw(axes)
        _dress(axes, labels, look, unit, _library()[2] if whole else None)

    return drawn_alone(dressed, look)


def drawn_alone(draw: Callable[[Any], None], look: Look) -> bytes:
    """Draw what brings its own look: no axes, no grid."""
    with _ONE:
        figure_class, canvas_class, _, settings = _library()
        with settings:
            figure = figure_class(figsize=(look.width / 72, look.height / 72), layout="constrained")
            canvas = canvas_class(figure)
            axes = figure.add_subplot()
            draw(axes)
            out = BytesIO()
            figure.patch.set_alpha(0)
            axes.patch.set_alpha(0)
            canvas.print_svg(out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    bare = re.sub(rb"<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*", b"", out.getvalue(), flags=re.DOTALL)
    return re.sub(rb"'DejaVu Sans'[^;\"]*", b"system-ui, 'DejaVu Sans', sans-serif", bare)  # letters of the reader's own machine


def _dress(axes: Any, labels: Sequence[str], look: Look, unit: str, ticker: Any) -> None:
    """Give the axes the look of the page."""
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="y" if labels else "x", color=look.line, linewidth=0.8)
    axes.tick_params(colors=look.quiet, length=0, labelsize=11)
    if ticker:
        (axes.yaxis if labels else axes.xaxis).set_major_locator(ticker.MaxNLocator(5, integer=True))
    if labels:
        step = max(1, -(-len(labels) // max(2, look.width // 90)))  # no two labels touch
        axes.set_xticks(range(0, len(labels), step), labels[::step])
    if unit:
        axes.set_title(unit, loc="left", color=look.quiet, fontsize=11)
    names = axes.get_legend_handles_labels()[1]
    if len(names) > 1:
        across = max(1, min(len(names), look.width // 140))
        key = axes.figure.legend(loc="outside lower left", ncols=across, frameon=False, fontsize=11, handlelength=1.2)
        for text in key.get_texts():
            text.set_color(look.ink)


@cache
def _library() -> tuple[Any, Any, Any, Any]:
    """Load matplotlib, once and late: it takes half a second."""
    import matplotlib as mpl
    from matplotlib import ticker
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    return Figure, FigureCanvasSVG, ticker, _Settings(mpl, {"svg.fonttype": "none", "svg.hashsalt": "vado"})


class _Settings:
    """Matplotlib's settings for as long as one chart is drawn."""

    def __init__(self, mpl: Any, wanted: Mapping[str, Any]) -> None:
        self._mpl, self._wanted, self._kept = mpl, wanted, None

    def __enter__(self) -> None:
        self._kept = self._mpl.rc_context(self._wanted)
        self._kept.__enter__()

    def __exit__(self, *fault: Any) -> None:
        assert self._kept  # noqa: S101 - entered before
        self._kept.__exit__(*fault)
