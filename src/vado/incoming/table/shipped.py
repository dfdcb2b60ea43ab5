"""Layouts that come with Vado: well-known extracts, found by their headers. A partner's own layouts come before them.

Sources: OMOP CDM 5.4; Synthea CSV file data dictionary.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from vado.extract.layout import Layout, choose, compile_layout, fold


@dataclass(frozen=True, slots=True)
class Shipped:
    """One layout of ours, and how strictly its table is recognised."""

    layout: Layout
    exact: bool  # no column besides those of the layout: its headers are words that any table may have
    filled: frozenset[str]  # folded labels that must have a value in every row looked at


@cache
def shipped() -> tuple[Shipped, ...]:
    """Give all layouts that come with Vado, in the order of their files."""
    found = sorted(files("vado.incoming.table").joinpath("profiles").iterdir(), key=lambda f: f.name)
    tables = [t for f in found if f.name.endswith(".toml") for t in tomllib.loads(f.read_text("utf-8"))["table"]]
    return tuple(map(_shipped, tables))


def well_known(columns: Mapping[str, Sequence[Any]], rows: int) -> Layout | None:
    """Give the layout of a well-known extract.

    Args:
        columns: label -> filled values, of the first rows.
        rows: how many rows these are.
    """
    have = {fold(label): len(values) for label, values in columns.items()}
    return choose((s.layout for s in shipped() if _fits(s, have, rows)), columns)


def well_known_header(labels: Iterable[str]) -> bool:
    """Say whether these are the headers of a well-known extract."""
    have = set(map(fold, labels))
    return any(s.layout.recognise <= have and (not s.exact or have <= _known(s.layout)) for s in shipped())


def _fits(one: Shipped, have: Mapping[str, int], rows: int) -> bool:
    return (not one.exact or have.keys() <= _known(one.layout)) and all(have.get(label) == rows for label in one.filled)


def _known(layout: Layout) -> set[str]:
    return layout.targets.keys() | layout.ignored.keys()


def _shipped(table: dict[str, Any]) -> Shipped:
    exact, filled = table.pop("exact", False), table.pop("filled", ())
    return Shipped(compile_layout(table), exact, frozenset(map(fold, filled)))
