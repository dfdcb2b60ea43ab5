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
        head, _ = _header(some, rows, [])
        yield sheet, {} if head is None else _columns(_labels(rows[head]), rows[head + 1 :])


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
    head, layout = _header(items, rows, layouts)
    labels = _labels(rows[head]) if head is not None else []
    under = f"{sheet}!" if sheet else ""
    filling = None
    if head is not None:
        sample = rows[head + 1 : head + 1 + _SAMPLE]
        columns = _columns(labels, sample)
        layout = layout or well_known(columns, len(sample)) or person_layout(columns)
        if layout:
            filling = Filling(layout, partner, doubted=_doubted(layout, columns, partner))
    for n, (item, cells) in enumerate(zip(items, rows, strict=True)):
        if n == head:
            telling.ends[f"{under}header", End.IGNORED, "names of columns"] += sum(map(_filled, cells))
        elif head is not None and n < head:
            telling.ends[f"{under}title", End.NOT_UNDERSTOOD, ""] += sum(map(_filled, cells))
        else:
            values = dict(_values(labels, cells))
            if filling:
                telling.tell(Row(values, partial(_places, item.place, labels)), filling, under=under)
            else:
                for label in values:
                    telling.ends[under + label, End.NOT_UNDERSTOOD, ""] += 1


def _header(items: list[Item], rows: list[Cells], layouts: list[Layout]) -> tuple[int | None, Layout | None]:
    """Find the row that has the labels of a layout; else the one that looked like a header when it was read."""
    for n, cells in enumerate(rows[:_TOP]):
        if layout := choose(layouts, [str(c) for c in cells]):
            return n, layout
    for n, cells in enumerate(rows[:_TOP]):
        labels = [str(c) for c in cells]
        if meaning(labels) or well_known_header(labels):
            return n, None
    return next((n for n, item in enumerate(items) if item.label == "header"), None), None


def _labels(cells: Cells) -> list[str]:
    """Name every column; one without a header by its number, the second of one name by it and its number."""
    labels: list[str] = []
    for n, cell in enumerate(cells, 1):
        name = str(cell).strip()
        labels.append(f"column {n}" if not name else name if name not in labels else f"{name} (column {n})")
    return labels


def _values(labels: list[str], cells: Cells) -> Iterator[tuple[str, Any]]:
    for n, cell in enumerate(cells):
        if _filled(cell):
            yield labels[n] if n < len(labels) else f"column {n + 1}", cell


def _columns(labels: list[str], rows: list[Cells]) -> dict[str, list[Any]]:
    return {label: [r[n] for r in rows if n < len(r) and _filled(r[n])] for n, label in enumerate(labels)}


def _doubted(layout: Layout, columns: dict[str, list[Any]], partner: PartnerProfile) -> frozenset[str]:
    """Columns of dates that hold a thirteenth month: the order they are said to have is wrong, so none of them is sure."""
    order = layout.dates or partner.dates
    texts = {fold(label): [v for v in values if isinstance(v, str)] for label, values in columns.items()}
    dated = (k for k, ts in layout.targets.items() if any(t.leaf.type in ("date", "dateTime", "instant") for t in ts))
    return frozenset(k for k in dated if doubted(texts.get(k, ()), order))


def _places(row: Place, labels: list[str], wanted: Sequence[str]) -> tuple[Place, ...]:
    columns = sorted(labels.index(label) + 1 if label in labels else int(label.rpartition(" ")[2]) for label in wanted)
    if not columns:
        return (row,)
    name = "column" if len(columns) == 1 else "columns"
    return (Place(row.original, f"{row.path}, {name} {', '.join(map(str, columns))}"),)


def _filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
