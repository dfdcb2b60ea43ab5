"""The post: what changes is lined up, and what is lined up is sent, as long as it is open. Every line has a thread of its own."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Event, Thread

from vado.errors import StoreUnavailable
from vado.exchange.ports import Exchange, Sender
from vado.exchange.send import LEASE, Chance, Line, Senders, send_on, take_changes, waiting_seconds
from vado.model.delivery import DeliveryState
from vado.model.outgoing import Wish

_REST = 1.0  # seconds between looks where nothing was found
_MOST_WAITING = 20_000  # deliveries that wait above which changes stay changes: one row a patient, not its bytes
_log = logging.getLogger("vado.post")


class Post:
    """Use it as a context: leaving it ends what is being sent; the rest is sent after the next start.

    Args:
        x: the exchange.
        lines: the wishes that go over each line, one delivery after the other.
        senders: the outgoing end of each line.
        chance: in [0, 1), spreads those who try again.
        lease: how long a delivery is this process's alone.
        rest: seconds between looks where nothing was found.
    """

    def __init__(  # noqa: PLR0913 - what a post needs
        self, x: Exchange, lines: Mapping[Line, Sequence[Wish]], senders: Senders, chance: Chance,
        *, lease: timedelta = LEASE, rest: float = _REST,
    ) -> None:  # fmt: skip
        self._x, self._chance, self._lease, self._rest = x, chance, lease, rest
        self._stop = Event()
        self._threads = [Thread(target=self._write, name="vado-outbox", daemon=True)]
        for line, wishes in lines.items():
            name, args = f"vado-send-{'-'.join(line)}", (wishes, senders[line])
            self._threads.append(Thread(target=self._carry, args=args, name=name, daemon=True))

    def __enter__(self) -> "Post":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is being sent; a sender that hangs is left behind, its delivery is sent again later."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self) -> None:
        while not self._stop.is_set():
            try:
                if self._crowded() or take_changes(self._x) is None:
                    self._stop.wait(self._rest)
            except StoreUnavailable:
                self._stop.wait(self._rest)  # another process was quicker, or the store is away: nothing was forgotten
            except Exception as fault:  # noqa: BLE001 - a fault of ours must not end the thread; its text may hold a patient's value
                _log.error("%s while lining up deliveries", type(fault).__name__)
                self._stop.wait(30 * self._rest)

    def _crowded(self) -> bool:
        with self._x.store.begin() as tx:
            return tx.outbox.is_crowded(_MOST_WAITING)

    def _carry(self, wishes: Sequence[Wish], sender: Sender) -> None:
        missed = 0  # sendings in a row that were not taken: the line rests, instead of trying everything that waits
        while not self._stop.is_set():
            rest = self._rest
            try:
                for sent in send_on(self._x, wishes, sender, self._chance, self._lease, going=lambda: not self._stop.is_set()):
                    missed = missed + 1 if sent.state is DeliveryState.WAITING else 0
                    if missed:
                        rest *= min(600.0, waiting_seconds(missed, self._chance) / 10)
            except StoreUnavailable:
                pass
            except Exception as fault:  # noqa: BLE001 - as above
                _log.error("%s while sending", type(fault).__name__)
                rest *= 30
            self._stop.wait(rest)
