"""The reading room: readers in limited child processes, one per core at most."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import orjson

from vado.exchange.ports import Look
from vado.model.codec import from_plain, to_plain
from vado.model.form import FormProposal
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import issue
from vado.model.returned import Returned
from vado.tools.limited import LimitedChild, LimitReached

_AHEAD = 8  # originals handed out per child before the first is answered
_AHEAD_BYTES = 1_000_000  # and bytes of them in all: an answer takes some hundred times the memory of its original


class LimitedRoom:
    """A ReadingRoom whose readers cannot hurt anybody."""

    def __init__(self, *, children: int, seconds: int, megabytes: int) -> None:
        self._seconds, self._megabytes, self._size = seconds, megabytes, children
        self._all = [LimitedChild("vado.wiring.child", seconds=seconds, megabytes=megabytes) for _ in range(children)]
        self._free: SimpleQueue[LimitedChild] = SimpleQueue()
        for child in self._all:
            self._free.put(child)
        self.watch: Callable[[int, int], None] | None = None  # hears how many pages of a long file are done, of how many
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="reading")

    def look_at_all(self, work: Iterable[tuple[Original, bytes, PartnerProfile]]) -> Iterator[Look]:
        """Read side by side; answers come in the order of the work."""
        waiting: deque[tuple[int, Future[Look]]] = deque()
        size = 0
        for original, content, profile in work:
            waiting.append((len(content), self._threads.submit(self._look, original, content, profile)))
            size += len(content)
            while len(waiting) >= _AHEAD * self._size or (size > _AHEAD_BYTES and len(waiting) > self._size):
                length, answer = waiting.popleft()
                size -= length
                yield answer.result()
        while waiting:
            yield waiting.popleft()[1].result()

    def picture(self, original: Original, content: bytes, page: int) -> bytes | None:
        """Draw one page as PNG; None: no such page, no pages, or it could not be drawn within the limits."""
        try:
            return self._ask({"original": to_plain(original), "page": page}, content) or None
        except LimitReached:
            return None

    def answers(self, content: bytes, papers: Mapping[str, Mapping[str, Any]]) -> Returned | None:
        """See what is in a file of answers; None: it could not be read within the limits."""
        try:
            return from_plain(Returned, orjson.loads(self._ask({"papers": papers}, content)))
        except (LimitReached, ValueError, KeyError, TypeError):
            return None

    def learn_form(self, content: bytes, name: str) -> FormProposal:
        """Say what an empty copy of a paper form seems to ask for; an issue instead where it could not be learned within the limits."""
        try:
            return from_plain(FormProposal, orjson.loads(self._ask({"form": name}, content)))
        except LimitReached as fault:
            return FormProposal(None, issue=self._stopped(fault))
        except (ValueError, KeyError, TypeError):
            return FormProposal(None, issue=issue("IN-005"))

    def pids(self) -> tuple[int, ...]:
        """Give the process ids of the children that run."""
        return tuple(pid for child in self._all if (pid := child.pid))

    def close(self) -> None:
        """Stop all children."""
        self._threads.shutdown(cancel_futures=True)
        for child in self._all:
            child.close()

    def _look(self, original: Original, content: bytes, profile: PartnerProfile) -> Look:
        try:
            answer = self._ask({"original": to_plain(original), "profile": to_plain(profile)}, content)
            return from_plain(Look, orjson.loads(answer))
        except LimitReached as fault:
            return Look(None, issue=self._stopped(fault))
        except (ValueError, KeyError, TypeError):
            return Look(None, issue=issue("IN-005"))

    def _stopped(self, fault: LimitReached) -> Any:
        if fault.limit == "seconds":
            return issue("IN-003", seconds=self._seconds)
        if fault.limit == "megabytes":
            return issue("IN-004", megabytes=self._megabytes)
        return issue("IN-005")

    def _ask(self, asked: dict[str, Any], content: bytes) -> bytes:
        head = orjson.dumps(asked)
        child = self._free.get()
        try:
            return child.ask(len(head).to_bytes(4, "big") + head + content, self.watch)
        finally:
            self._free.put(child)
