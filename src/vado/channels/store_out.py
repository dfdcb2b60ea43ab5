"""Into a partner's object storage, or whatever else fsspec opens. The same delivery has the same name again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vado.channels.names import file_name
from vado.channels.said import read_way
from vado.channels.store import StoreOut, asking, opened
from vado.errors import Undeliverable, Unreachable, VadoError
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing

_WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}  # an object appears there whole, or not at all


class StoreSender:
    """Writes an object; where a half-written one could be seen, under another name first."""

    def __init__(self, way: StoreOut) -> None:
        self._way = way

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "StoreSender":
        """Read the channel. Raises SettingsError CO-001, CO-002."""
        return cls(read_way(StoreOut, partner, table, place))

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Give the name of the object, once the storage has it.

        Raises:
            Undeliverable: DE-001 it was not reached; DE-002 there is no such place, or we have no right to it.
        """
        name = file_name(outgoing, delivery)
        try:
            system, path = opened(self._way)
            with asking():
                if self._way.url.partition("://")[0] in _WHOLE:
                    system.pipe_file(f"{path}/{name}", outgoing.content)
                else:
                    system.makedirs(path, exist_ok=True)
                    system.pipe_file(f"{path}/.{delivery}.part", outgoing.content)
                    system.mv(f"{path}/.{delivery}.part", f"{path}/{name}")
        except Unreachable as fault:
            if fault.code == "CH-001":
                raise Undeliverable("DE-001", again=True, fault=str(fault.slots["fault"])) from fault
            raise Undeliverable("DE-002", again=True, word=fault.code) from fault
        except VadoError as fault:
            raise Undeliverable("DE-002", again=True, word=fault.code) from fault
        return name

    def close(self) -> None:
        """Nothing is kept open."""
