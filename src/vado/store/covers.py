"""The cover sheets that were printed: one line of JSON each, added and never altered."""

import os
from datetime import datetime
from pathlib import Path

import orjson

from vado.errors import StoreUnavailable
from vado.model.cover import Cover
from vado.model.original import PartnerId


class FileCovers:
    """Cover sheets in a file of this place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, cover: Cover) -> None:
        """Return when the sheet is known for good.

        Raises:
            StoreUnavailable: ST-001, it could not be written.
        """
        line = orjson.dumps([cover.code, cover.partner, cover.person, cover.made.isoformat(), cover.by]) + b"\n"
        try:
            with self._path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise StoreUnavailable("ST-001", private=fault) from fault

    def get(self, code: str) -> Cover | None:
        """Find a sheet by its code; None: no such sheet was printed here."""
        if not code or not self._path.exists():
            return None
        for line in self._path.read_bytes().splitlines():
            if code.encode() in line:
                kept, partner, person, made, by = orjson.loads(line)
                if kept == code:
                    return Cover(kept, PartnerId(partner), person, datetime.fromisoformat(made), by)
        return None
