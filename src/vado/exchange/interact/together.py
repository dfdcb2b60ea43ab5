"""Requests that come at once are settled in one transaction, one after the other, and answered when it is durable.

SQLite has one writer, and a commit waits for the disk: with one for each request, that is all that it would do. So whoever has the turn
settles all who wait for it. Nobody is told before the commit, and none can pass an If-Match that another one of them has used up.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from vado.errors import Refusal
from vado.exchange.ports import Store, Transaction

T = TypeVar("T")
_MOST = 32  # requests in one commit


@dataclass(slots=True, eq=False)
class _Waiting:
    store: Store
    act: Callable[[Transaction], Any]
    done: Future[Any] = field(default_factory=Future)


class Together:
    """Lets one at a time write, for all who wait. Safe to ask from any thread."""

    def __init__(self) -> None:
        self._turn, self._lock = Lock(), Lock()
        self._waiting: list[_Waiting] = []

    def settle(self, store: Store, act: Callable[[Transaction], T]) -> T:
        """Give what `act` gives, when it is durable. `act` writes nothing where it raises a Refusal.

        Raises:
            Refusal: as `act` does. StoreUnavailable: the store did not answer; nothing of it was kept.
        """
        mine = _Waiting(store, act)
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            while not mine.done.done():
                self._settle(self._taken(store))
        return mine.done.result()

    def _taken(self, store: Store) -> list[_Waiting]:
        with self._lock:
            some = [w for w in self._waiting if w.store is store][:_MOST]
            self._waiting = [w for w in self._waiting if w not in some]
        return some

    def _settle(self, some: list[_Waiting]) -> None:
        try:
            with some[0].store.alone(), some[0].store.begin() as tx:  # nor any of another server's
                came = [_acted(w, tx) for w in some]
        except BaseException as fault:  # noqa: BLE001 - each who waits hears of it
            if len(some) > 1 and isinstance(fault, Exception):
                for one in some:  # a fault in one of them must not lose the others
                    self._settle([one])
                return
            for one in some:
                one.done.set_exception(fault)
            return
        for one, (result, refusal) in zip(some, came, strict=True):
            if refusal:
                one.done.set_exception(refusal)
            else:
                one.done.set_result(result)


def _acted(one: _Waiting, tx: Transaction) -> tuple[Any, Refusal | None]:
    try:
        return one.act(tx), None
    except Refusal as refusal:
        return None, refusal
