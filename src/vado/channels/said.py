"""A [[channel]] of a profile, turned into the fields of its kind; an unknown key stops the start."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_type_hints

from vado.errors import SettingsError, VadoError
from vado.model.original import PartnerId

_LISTS = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What every way of travel says."""

    kind: ClassVar[str] = ""
    partner: PartnerId
    name: str
    """What this channel is called in `vado channels`, unique for the partner. Left out: its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullWay(Way):
    """What every way says by which Vado fetches."""

    every: float = 60.0
    """Seconds between two looks. A look that fails is tried again after 5, 15, 60, 300, then every 900 seconds."""
    megabytes: int = 256
    """Largest item taken in; a larger one is refused, and counts as failed."""


W = TypeVar("W", bound=Way)


def read_way(kind: type[W], partner: PartnerId, table: Mapping[str, Any], place: Path) -> W:
    """Fit the keys of one [[channel]] into `kind`; fields that are a Path lie in the place's folder.

    Raises:
        SettingsError: CO-001 for an unknown key, CO-002 for a value that is missing or does not fit.
    """
    where, types = f"{partner}.toml", get_type_hints(kind)
    known = {f.name: f for f in fields(kind) if f.name != "partner"}
    for key in table:
        if key not in known and key not in ("kind", "way"):
            raise SettingsError("CO-001", path=where, key=f"channel.{key}")
    given: dict[str, Any] = {"partner": partner, "name": kind.kind}
    for key, field in known.items():
        if key in table:
            given[key] = _fitting(where, key, table[key], types[key], place)
        elif field.default is MISSING and key not in given:
            raise SettingsError("CO-002", path=where, fault=f"channel: {key} must be said")
    try:
        return kind(**given)
    except ValueError as fault:
        raise SettingsError("CO-002", path=where, fault=f"channel: {fault}") from fault


def _fitting(where: str, key: str, value: Any, kind: Any, place: Path) -> Any:
    if kind is Path and isinstance(value, str):
        return place / value
    if kind == Path | None and isinstance(value, str):
        return place / value if value else None
    if kind == _LISTS and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    raise SettingsError("CO-002", path=where, fault=f"channel: {key} cannot be {type(value).__name__} {value!r}")


def secret(key: str, path: Path) -> str:
    """Read a password from its file; a line end behind it is none of it.

    Raises:
        VadoError: CH-007, it cannot be read, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise VadoError("CH-007", key=key, fault="others may read it; type chmod 600")
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise VadoError("CH-007", key=key, fault=type(fault).__name__) from fault
