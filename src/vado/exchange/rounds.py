"""What a running exchange does by itself: read again what is due, keep its counts, tell the log when more fails than usual.

It also looks after consents that begin or end by their dates, and draws what a round of asking says once it is closed.
"""

from collections.abc import Iterator
from threading import Event, Thread

from vado.errors import VadoError
from vado.exchange.bridges import keep_counts
from vado.exchange.collaboration.results import draw
from vado.exchange.consents import look_after_turns
from vado.exchange.ports import Exchange, Row
from vado.exchange.receive import carry_on
from vado.exchange.tries import begin
from vado.exchange.watch import alerts_now
from vado.model.original import PartnerId
from vado.tools.log import Level, say

_EVERY = 5.0  # seconds between rounds
_ALERTS = 12  # rounds between looks at what fails


def retry(x: Exchange, most: int = 20) -> Iterator[Row]:
    """Read again what is due by now, each by itself; give the rows as they stand then."""
    with x.store.begin() as tx:
        due = tx.traffic.due(x.clock(), limit=most)
    for one in due:
        if (original := begin(x, one)) is not None:
            say("vado.rounds", "read again", partner=one.partner, original=one.original, code=one.code, count=one.count + 1)
            yield from carry_on(x, [original], first=False)


class Rounds:
    """Goes its rounds in a thread of its own, for as long as it is a context."""

    def __init__(self, x: Exchange, *, seconds: float = _EVERY) -> None:
        self._x, self._seconds = x, seconds
        self._stop = Event()
        self._thread = Thread(target=self._go, name="vado-rounds", daemon=True)
        self._drawn = frozenset[str]()  # closed rounds of asking whose pictures are drawn
        self._told: set[tuple[PartnerId, str]] = set()  # alerts that the log knows of

    def __enter__(self) -> "Rounds":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop after what is being read."""
        self._stop.set()
        self._thread.join()

    def _go(self) -> None:
        rounds = 0
        while not self._stop.wait(self._seconds):
            try:
                look_after_turns(self._x)
                for _ in retry(self._x):
                    if self._stop.is_set():
                        return
                keep_counts(self._x)
                self._drawn = draw(self._x, self._drawn)
                if rounds % _ALERTS == 0:
                    self._tell_alerts()
                rounds += 1
            except VadoError as fault:
                say("vado.rounds", "the round was broken off", Level.ERROR, code=fault.code)
            except Exception as fault:  # noqa: BLE001 - a fault of ours must not end the rounds; its text may hold a value
                say("vado.rounds", "the round was broken off", Level.ERROR, fault=type(fault).__name__)

    def _tell_alerts(self) -> None:
        now = {(a.partner, a.channel): a for a in alerts_now(self._x)}
        for key in sorted(now.keys() - self._told):
            a = now[key]
            say(
                "vado.rounds", "more fails than usual", Level.ERROR, partner=a.partner, channel=a.channel,
                failed=a.failed, of=a.of, usual=round(a.usual, 4),
            )  # fmt: skip
        for partner, channel in sorted(self._told - now.keys()):
            say("vado.rounds", "no more fails than usual", partner=partner, channel=channel)
        self._told = set(now)
