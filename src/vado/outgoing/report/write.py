"""The report of a round as a PDF: A4, tagged (PDF/UA-1), for archives (PDF/A-2a), in the report's language."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from vado.model.report import Block, Picture, Report, Table
from vado.tools.chart import LIGHT, Look
from vado.tools.typeset import pdf

_WORDS = {
    "en": {"page": "Page", "of": "of", "contents": "What is in it"},
    "es": {"page": "Página", "of": "de", "contents": "Qué contiene"},
}
_LETTERS = b"Libertinus Serif"  # of charts: the same as around them
_LOOK = replace(LIGHT, width=560)  # letters of charts are as large as those of tables
_LONG, _SHORT, _NOTE = 34, 5, 0.8  # letters: a line of words, the narrowest column; how small notes are
_AROUND, _PAGE = 2, 104  # letters: between columns, across the page
_TALL = 400  # pixels from which on a picture does not take the whole width
_WIDE = 5  # columns from which on a table has smaller letters


def write(report: Report, draw: Mapping[str, Callable[[Look], bytes]], when: datetime) -> bytes:
    """Give the PDF.

    Args:
        report: what it says.
        draw: how each picture is drawn, by its name.
        when: the moment that it says it was made; aware.
    """
    sections = [
        {"id": s.id, "title": s.title, "blocks": [_block(b, draw) for b in s.blocks]} for s in report.sections
    ]  # fmt: skip
    values = {
        "title": report.title, "about": report.about, "language": report.language, "facts": report.facts, "sections": sections,
        "words": _WORDS.get(report.language, _WORDS["en"]),
    }  # fmt: skip
    return pdf(_template(), values, when)[0]


def _block(block: Block, draw: Mapping[str, Callable[[Look], bytes]]) -> dict[str, Any]:
    made: dict[str, Any] = {"is": type(block).__name__.lower(), **asdict(block)}
    if isinstance(block, Picture):
        return {
            "is": "picture",
            "title": block.title,
            "says": block.says,
            "alt": block.alternative,
            "tall": block.height > _TALL,
            "svg": _svg(draw[block.name]),
        }
    if isinstance(block, Table):
        made["numbers"] = sorted(block.numbers)
        made["widths"], made["wide"] = _widths(block), len(block.heads) > _WIDE
    return made


def _widths(table: Table) -> list[float]:
    """Give each column its share of the page: figures and their notes are never broken, words share what is left."""
    each = [_letters(table, n) + _AROUND for n in range(len(table.heads))]
    words = sum(w for n, w in enumerate(each) if n not in table.numbers)
    left = max(_PAGE - sum(w for n, w in enumerate(each) if n in table.numbers), _PAGE / 4)
    return [w if n in table.numbers else w * min(1, left / words) for n, w in enumerate(each)]


def _letters(table: Table, n: int) -> float:
    """Say how many letters wide a column would like to be."""
    cells = [row[n] for row in table.rows]
    longest = max((max(len(c.text), _NOTE * len(c.note)) for c in cells), default=0)
    head = max((len(word) for word in table.heads[n].split()), default=0)
    if n not in table.numbers:
        longest = min(longest, _LONG) + max(0, longest - _LONG) ** 0.5 * 2  # what is very long gets more, and more lines
    return max(longest, head, _SHORT)


def _svg(draw: Callable[[Look], bytes]) -> str:
    drawn = draw(_LOOK)
    return drawn.replace(b"system-ui, 'DejaVu Sans', sans-serif", b"'" + _LETTERS + b"'").decode()


@cache
def _template() -> str:
    return (files("vado.outgoing.report") / "report.typ").read_text("utf-8")
