"""Rows to facts: by the partner's layout; without one, only who the row is about, if its headers say so plainly."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import orjson

from vado.extract.dates import doubted
from vado.extract.fill import Filling
from vado.extract.layout import Layout, choose, compile_layout, fold
from vado.extract.person import meaning, person_layout
from vado.extract.rows import Row, Telling
from vado.incoming.table.heading import Heading, filled, headings_at, likely
from vado.incoming.table.shipped import well_known, well_known_header
from vado.model.fact import End, Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Issue, Item, Place, Reading, issue

_TOP = 30  # rows in which a layout looks for its labels
_SAMPLE = 5_000  # rows that show what a column holds

Cells = list[Any]  # text, or the number of a spreadsheet


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the facts of every row; identical rows give one; every filled cell ends in the ledger."""
    layouts, broken = _layouts(reading, partner)
    telling = Telling(reading, partner)
    for sheet, items in groupby(reading.items, lambda item: _sheet(item.place.path)):
        _tell_sheet(telling, sheet, list(items), layouts, partner)
    told = telling.facts()
    return Facts(told.facts, (*broken, *told.issues), told.ledger)


def sheets_of(reading: Reading) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Give (sheet, header -> filled values of the first rows) of every sheet; {} where no header was found."""
    for sheet, items in groupby(reading.items, lambda item: _sheet(item.place.path)):
        some = list(items)[: _TOP + _SAMPLE]
        rows: list[Cells] = [orjson.loads(item.value) for item in some]
        head, _ = _heading(rows, [])
        yield sheet, {} if head is None else _columns(head.labels, rows[head.below :])


def _layouts(reading: Reading, partner: PartnerProfile) -> tuple[list[Layout], list[Issue]]:
    layouts, broken = [], []
    for table in partner.tables:
        try:
            layouts.append(compile_layout(table))
        except ValueError as fault:
            broken.append(issue("IN-407", Place(reading.original, "document"), fault=str(fault)))
    return layouts, broken


def _sheet(path: str) -> str:
    """'Sheet1, row 14' -> 'Sheet1'; 'row 14' -> ''."""
    return path[: path.rindex("row ")].rstrip(", ")


def _tell_sheet(telling: Telling, sheet: str, items: list[Item], layouts: list[Layout], partner: PartnerProfile) -> None:
    rows: list[Cells] = [orjson.loads(item.value) for item in items]
    head, layout = _heading(rows, layouts)
    labels = head.labels if head else ()
    under = f"{sheet}!" if sheet else ""
    filling = None
    if head:
        sample = rows[head.below : head.below + _SAMPLE]
        columns = _columns(labels, sample)
        layout = layout or well_known(columns, len(sample)) or person_layout(columns)
        if layout:
            filling = Filling(layout, partner, doubted=_doubted(layout, columns, partner))
    for n, (item, cells) in enumerate(zip(items, rows, strict=True)):
        if head and head.holds(n):
            telling.ends[f"{under}header", End.IGNORED, "names of columns"] += sum(map(filled, cells))
        elif head and n < head.top:
            telling.ends[f"{under}title", End.NOT_UNDERSTOOD, ""] += sum(map(filled, cells))
        else:
            values = dict(_values(labels, cells))
            if filling:
                telling.tell(Row(values, partial(_places, item.place, labels)), filling, under=under)
            else:
                for label in values:
                    telling.ends[under + label, End.NOT_UNDERSTOOD, ""] += 1


def _heading(rows: list[Cells], layouts: list[Layout]) -> tuple[Heading | None, Layout | None]:
    """Find the heading that has the labels of a layout; else of a table of persons or a well-known extract; else what looks like one."""
    possible = [h for n in range(min(len(rows), _TOP)) for h in headings_at(rows, n)]
    for heading in possible:
        if layout := choose(layouts, heading.labels):
            rest = max(h.size for h in possible if h.top == heading.top)  # a row of units is no row of data
            return Heading(heading.top, rest, heading.labels), layout
    guess = likely(rows)
    if guess and guess.size > 1:  # its labels say more than those of one row
        return guess, None
    return next((h for h in possible if meaning(h.labels) or well_known_header(h.labels)), guess), None


def _values(labels: Sequence[str], cells: Cells) -> Iterator[tuple[str, Any]]:
    for n, cell in enumerate(cells):
        if filled(cell):
            yield labels[n] if n < len(labels) else f"column {n + 1}", cell


def _columns(labels: Sequence[str], rows: list[Cells]) -> dict[str, list[Any]]:
    return {label: [r[n] for r in rows if n < len(r) and filled(r[n])] for n, label in enumerate(labels)}


def _doubted(layout: Layout, columns: dict[str, list[Any]], partner: PartnerProfile) -> frozenset[str]:
    """Columns of dates that hold a thirteenth month: the order they are said to have is wrong, so none of them is sure."""
    order = layout.dates or partner.dates
    texts = {fold(label): [v for v in values if isinstance(v, str)] for label, values in columns.items()}
    dated = (k for k, ts in layout.targets.items() if any(t.leaf.type in ("date", "dateTime", "instant") for t in ts))
    return frozenset(k for k in dated if doubted(texts.get(k, ()), order))


def _places(row: Place, labels: Sequence[str], wanted: Sequence[str]) -> tuple[Place, ...]:
    columns = sorted(labels.index(label) + 1 if label in labels else int(label.rpartition(" ")[2]) for label in wanted)
    if not columns:
        return (row,)
    name = "column" if len(columns) == 1 else "columns"
    return (Place(row.original, f"{row.path}, {name} {', '.join(map(str, columns))}"),)
