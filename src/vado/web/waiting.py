"""What somebody began and has not decided on: it lies in the memory of the server, for a while, for whoever began it and nobody else."""

import secrets
import time
from collections import OrderedDict
from typing import Generic, TypeVar

from vado.errors import NotFound

T = TypeVar("T")


class Waiting(Generic[T]):
    """Things that wait, by a name that nobody guesses. What is not decided in time is begun anew."""

    def __init__(self, gone: NotFound, most: int = 50, seconds: float = 2 * 3600) -> None:
        self._gone, self._most, self._seconds = gone, most, seconds
        self._kept: OrderedDict[str, tuple[float, tuple[str, ...], T]] = OrderedDict()

    def put(self, what: T, *whose: str, id_: str = "") -> str:
        """Keep it, in place of what had this name, and forget what is old; give its name. `whose`: who alone gets it, and for what."""
        id_ = id_ or secrets.token_hex(16)
        self._kept[id_] = time.monotonic(), whose, what
        self._kept.move_to_end(id_)
        while len(self._kept) > self._most or self._is_old(next(iter(self._kept.values()))[0]):
            self._kept.popitem(last=False)
        return id_

    def get(self, id_: str, *whose: str) -> T:
        """Give it to whose it is. Raises NotFound, as it was told when this was made."""
        since, of, what = self._kept.get(id_, (0.0, (), None))
        if what is None or of != whose or self._is_old(since):
            raise NotFound(self._gone.code, **self._gone.slots)
        return what

    def forget(self, id_: str) -> None:
        """Wait no longer for what is decided."""
        self._kept.pop(id_, None)

    def _is_old(self, since: float) -> bool:
        return time.monotonic() - since > self._seconds
