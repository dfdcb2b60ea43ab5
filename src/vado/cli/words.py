"""How the command prints: tables on a terminal, plain JSON lines for other programs."""

import sys
from typing import Any

import orjson
from rich.console import Console

from vado.exchange.ports import Count, Row
from vado.model.fact import End
from vado.model.original import State
from vado.model.reading import Fidelity

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def as_json(plain: Any) -> str:
    """Give one line of JSON."""
    return orjson.dumps(plain, default=str).decode()


def row_line(row: Row) -> dict[str, Any]:
    """Say all about one original, for other programs; without the sender's file name."""
    return {
        "original": row.original.id, "partner": row.original.partner, "parent": row.original.parent,
        "media_type": row.original.media_type, "size": row.original.size, "state": row.state.value, "reader": row.reader,
        "fidelity": Fidelity(row.fidelity).name if row.fidelity else None, "facts": row.facts, "ends": dict(row.ends),
        "issues": [{"code": i.code, "at": i.place.path if i.place else "", "what": i.what, "do": i.do} for i in row.issues],
    }  # fmt: skip


def count_cells(c: Count) -> list[str]:
    """One line of the table per partner and format."""
    return [
        c.partner, c.format or "-", str(c.originals),
        *(str(c.fidelity.get(f, "") or "") for f in Fidelity),
        str(c.persons or ""), str(c.states.get(State.WAITING.value, 0) or ""), str(c.states.get(State.HELD.value, 0) or ""),
        str(c.issues or ""), str(c.ends.get(End.NOT_UNDERSTOOD.value, 0) or ""),
    ]  # fmt: skip


COUNT_HEADS = (
    "partner", "format", "originals", *(f.name.lower() for f in Fidelity),
    "persons", "waiting", "held", "issues", "not understood",
)  # fmt: skip
