"""Find plug-ins by entry point, sorted by name, and check that each fits its door."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from vado.errors import SettingsError
from vado.exchange.ports import Enclosing, Reader, Sender, Writer
from vado.model.original import PartnerId

OpenSender = Callable[[PartnerId, Mapping[str, Any], Path], Sender]  # partner, its [[channel]], folder of the place


def load_readers() -> tuple[Reader, ...]:
    """Make one of every reader that is installed.

    Raises:
        SettingsError: CO-006, one of them cannot be loaded or is no Reader.
    """
    return tuple(_made(point, Reader, "readers") for point in _points("readers"))


def load_writers() -> Mapping[str, Writer]:
    """Make one of every writer that is installed, by the form it writes. Raises SettingsError CO-006."""
    found: list[Writer] = [_made(point, Writer, "writers") for point in _points("writers")]
    return joined({writer.form: writer for writer in found})


def joined(writers: Mapping[str, Writer]) -> Mapping[str, Writer]:
    """Let the writers that enclose what others write know them all."""
    for writer in writers.values():
        if isinstance(writer, Enclosing):
            writer.join(writers)
    return writers


def load_senders() -> dict[str, OpenSender]:
    """Find who opens the outgoing end of each kind of [[channel]], by kind. Raises SettingsError CO-006."""
    return {point.name: _loaded(point, "senders") for point in _points("senders")}


def _points(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=f"vado.{group}"), key=lambda p: p.name)


def _made(point: EntryPoint, kind: type[Any], group: str) -> Any:
    """Make one; say whose fault it is when it cannot be, or when it does not fit."""
    made = _loaded(point, group, make=True)
    if not isinstance(made, kind):
        raise SettingsError("CO-006", group=group, name=point.name, fault=f"it is no {kind.__name__}")
    return made


def _loaded(point: EntryPoint, group: str, *, make: bool = False) -> Any:
    try:
        return point.load()() if make else point.load()
    except Exception as fault:  # noqa: BLE001 - whatever a plug-in raises, say whose fault it is
        raise SettingsError("CO-006", group=group, name=point.name, fault=type(fault).__name__) from fault
