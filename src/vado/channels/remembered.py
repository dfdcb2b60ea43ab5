"""What was taken from where nothing may be moved or deleted: one line each, durable, in the place's data folder."""

import os
from collections.abc import Collection
from pathlib import Path

import orjson

from vado.model.original import PartnerId, stable_id

_WORTH = 1000  # forgotten lines after which the file is written anew


class Remembered:
    """Names and versions (a tag, or time and size) of what was taken by one channel."""

    def __init__(self, data: Path, partner: PartnerId, channel: str) -> None:
        folder = data / "taken"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{partner}-{stable_id(channel)}.jsonl"
        self._taken: dict[str, str] = {}
        for line in self._path.read_bytes().splitlines() if self._path.exists() else ():
            try:
                name, version = orjson.loads(line)
            except ValueError:  # cut off by a crash: it is taken again
                continue
            self._taken[name] = version
        self._lines = len(self._taken)

    def knows(self, name: str, version: str) -> bool:
        """Say whether this version was taken."""
        return self._taken.get(name) == version

    def add(self, name: str, version: str) -> None:
        """Return when it is on disk that this version was taken."""
        self._taken[name] = version
        self._lines += 1
        with self._path.open("ab") as file:
            file.write(orjson.dumps([name, version]) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def keep_only(self, names: Collection[str]) -> None:
        """Forget what is no longer there."""
        self._taken = {n: v for n, v in self._taken.items() if n in names}
        if self._lines - len(self._taken) < _WORTH:
            return
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.writelines(orjson.dumps([n, v]) + b"\n" for n, v in self._taken.items())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._lines = len(self._taken)
