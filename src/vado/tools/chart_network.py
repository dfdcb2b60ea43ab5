"""The map of a network as SVG: organisations as dots, ties as lines, told apart by line as well as by colour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vado.tools.chart import Look, drawn_alone

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "h")  # one for each sector, again from the first after the eighth


@dataclass(frozen=True, slots=True)
class Dot:
    """One organisation on the map."""

    name: str
    x: float  # -1..1
    y: float
    size: float  # 0..1
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One tie between two dots, by their places in the list."""

    a: int
    b: int
    kind: str  # of the key
    width: float = 0.3  # 0..1


def network(dots: Sequence[Dot], lines: Sequence[Line], kinds: Mapping[str, str], look: Look) -> bytes:
    """Draw the map.

    Args:
        dots: organisations.
        lines: ties without direction.
        kinds: kind -> what the key calls it, in the order of the styles: whole, dashed, dotted.
        look: colours and size.
    """
    return drawn_alone(_map(dots, lines, kinds, look), look)


def _map(
    dots: Sequence[Dot], lines: Sequence[Line], kinds: Mapping[str, str], look: Look
) -> Callable[[Any], None]:  # fmt: skip
    styles = dict(zip(kinds, zip((look.main, look.other, look.quiet), ("-", "--", ":"), strict=True), strict=False))
    sectors = list(dict.fromkeys(d.sector for d in dots))

    def draw(axes: Any) -> None:
        axes.set_axis_off()
        axes.set_xlim(-1.25, 1.25)
        axes.set_ylim(-1.15, 1.15)
        for kind, name in kinds.items():
            mine = [line for line in lines if line.kind == kind]
            colour, style = styles[kind]
            for n, line in enumerate(mine):
                a, b = dots[line.a], dots[line.b]
                axes.plot((a.x, b.x), (a.y, b.y), color=colour, linestyle=style, linewidth=1 + 4 * line.width, zorder=1,
                          solid_capstyle="round", label=name if not n else "_")  # fmt: skip
        for n, sector in enumerate(sectors):
            mine = [d for d in dots if d.sector == sector]
            axes.scatter(
                [d.x for d in mine], [d.y for d in mine], s=[70 + 400 * d.size for d in mine], marker=_MARKS[n % len(_MARKS)],
                color=look.ramp[(4 - n) % len(look.ramp)], edgecolors=look.ink, linewidths=1, zorder=2, label=sector or "_",
            )  # fmt: skip
        for d in dots:
            axes.annotate(d.name, (d.x, d.y), xytext=(0, 9 + 6 * d.size), textcoords="offset points", ha="center", fontsize=11,
                          color=look.ink, parse_math=False, zorder=3,
                          bbox={"facecolor": look.paper, "alpha": 0.8, "edgecolor": "none", "pad": 1})  # fmt: skip
        _key(axes, look)

    return draw


def _key(axes: Any, look: Look) -> None:
    handles, names = axes.get_legend_handles_labels()
    if not names:
        return
    key = axes.figure.legend(
        handles, names, loc="outside lower left", ncols=max(1, min(3, look.width // 200)), frameon=False, fontsize=10
    )
    for handle in key.legend_handles:
        if hasattr(handle, "set_sizes"):
            handle.set_sizes([60])
    for text in key.get_texts():
        text.set_color(look.ink)
        text.set_parse_math(False)
