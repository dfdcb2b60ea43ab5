"""Into a folder that the partner looks into: a share, a synchronised folder, a stick. Never half a file under its own name."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vado.channels.names import file_name
from vado.channels.outward import Said, unreachable
from vado.model.original import PartnerId
from vado.model.outgoing import Outgoing


class FolderSender:
    """Writes beside, syncs, and renames: what has its name is whole. The same delivery has the same name again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, partner: PartnerId, table: Mapping[str, Any], place: Path) -> "FolderSender":
        """Read the channel: kind = "folder", folder = "path". Raises SettingsError."""
        said = Said(partner, table, place)
        folder = said.path("folder", None)
        said.end()
        if folder is None:
            raise said.wrong("folder must be said")
        return cls(folder)

    def send(self, outgoing: Outgoing, delivery: str) -> str:
        """Give the name of the file, once it and its name are on disk. Raises Undeliverable DE-001: full, read-only, away."""
        name = file_name(outgoing, delivery)
        beside, target = self._folder / f".{delivery}.part", self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(outgoing.content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as fault:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise unreachable(fault) from fault
        return name

    def close(self) -> None:
        """Nothing is kept open."""
