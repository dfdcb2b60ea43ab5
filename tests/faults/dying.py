"""An exchange that kills its own process at the n-th step: before and after every act of the store and of the disk."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Fuse:
    """Counts steps; at the last one the process is gone, as by `kill -9`."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """Wraps a store's transaction, or the originals: each call is a step before and a step after."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "_fuse", fuse)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._inner, name, value)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):  # a part of the transaction: tx.outbox; or a plain value
            return Dying(method, self._fuse) if type(method).__module__.startswith("vado.store") else method

        def act(*args: Any, **kwargs: Any) -> Any:
            self._fuse.burn()
            result = method(*args, **kwargs)
            self._fuse.burn()
            return result

        return act


class DyingStore:
    """Wraps a store: a step before a transaction opens, before it commits, and after it has committed."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def alone(self) -> Any:
        return self._inner.alone()

    @contextmanager
    def begin(self) -> Iterator[Any]:
        self._fuse.burn()
        with self._inner.begin() as tx:
            yield Dying(tx, self._fuse)
            self._fuse.burn()
        self._fuse.burn()

    def look(self) -> Any:
        return self._inner.look()

    def close(self) -> None:
        self._inner.close()
