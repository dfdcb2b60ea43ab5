"""Questionnaires as data: one TOML file each in instruments/, or beside a place's partners."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from vado.model.codec import from_plain
from vado.model.survey import Instrument

_SHIPPED = files("vado.collaboration").joinpath("instruments")


def from_toml(text: str) -> Instrument:
    """Make an instrument of its file.

    Raises:
        KeyError, ValueError: something is missing, or is no TOML; an id stands twice.
    """
    told: dict[str, Any] = tomllib.loads(text)
    answers, dimensions = told.pop("answers"), told.pop("dimension")
    made = [{"id": d["id"], "text": d["text"], "items": d.get("item", [])} for d in dimensions]
    found: Instrument = from_plain(Instrument, {**told, **answers, "dimensions": made})
    ids = [i.id for d in found.dimensions for i in d.items] + [d.id for d in found.dimensions]
    if len(ids) != len(set(ids)):
        raise ValueError(next(i for i in ids if ids.count(i) > 1))
    return found


@cache
def shipped(name: str = "ford") -> Instrument:
    """Give one that comes with Vado. Raises FileNotFoundError when there is none of that name."""
    return from_toml(_SHIPPED.joinpath(f"{name}.toml").read_text("utf-8"))
