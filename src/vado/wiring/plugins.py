"""Find plug-ins by entry point, sorted by name, and check that each fits its door."""

from collections.abc import Mapping
from importlib.metadata import entry_points

from vado.errors import SettingsError
from vado.exchange.ports import Enclosing, Reader, Writer


def load_readers() -> tuple[Reader, ...]:
    """Make one of every reader that is installed.

    Raises:
        SettingsError: CO-006, one of them cannot be loaded or is no Reader.
    """
    readers: list[Reader] = []
    for point in sorted(entry_points(group="vado.readers"), key=lambda p: p.name):
        try:
            reader = point.load()()
        except Exception as fault:  # noqa: BLE001 - whatever a plug-in raises, say whose fault it is
            raise SettingsError("CO-006", group="readers", name=point.name, fault=type(fault).__name__) from fault
        if not isinstance(reader, Reader):
            raise SettingsError("CO-006", group="readers", name=point.name, fault="it is no Reader")
        readers.append(reader)
    return tuple(readers)


def joined(writers: Mapping[str, Writer]) -> Mapping[str, Writer]:
    """Let the writers that enclose what others write know them all."""
    for writer in writers.values():
        if isinstance(writer, Enclosing):
            writer.join(writers)
    return writers
