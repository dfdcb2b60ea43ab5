"""How items of a reading are shown: a line of text, or the cells of a table's row."""

from dataclasses import dataclass

import orjson

from vado.model.reading import Item

_LONG = 2_000  # characters of one item shown on a page


@dataclass(frozen=True, slots=True)
class Seen:
    """One item: where it stood, its text or its cells, and whether it is the marked one."""

    path: str
    text: str
    cells: tuple[str, ...]
    heading: bool
    marked: bool
    cut: bool


def seen(items: tuple[Item, ...], marked: int | None = None) -> tuple[Seen, ...]:
    """Make items ready to be shown; very long ones are cut, and say so."""
    return tuple(_seen(item, n == marked) for n, item in enumerate(items))


def _seen(item: Item, marked: bool) -> Seen:
    cells: tuple[str, ...] = ()
    if item.label in {"row", "header", "title"} and item.value.startswith("["):
        cells = tuple(str(c) for c in orjson.loads(item.value))
    return Seen(item.place.path, item.value[:_LONG], cells, item.label == "header", marked, len(item.value) > _LONG)
