"""Work that takes longer than a page may: done beside it, one at a time for each subject, and told of on the page that began it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Lock, Thread

from vado.errors import VadoError


@dataclass(frozen=True, slots=True)
class Job:
    """How far one piece of work is."""

    what: str  # 'replay', 'dry-run', 'release'
    about: tuple[str, ...]  # what was chosen
    of: int  # things to do
    done: int = 0
    over: bool = False
    fault: VadoError | None = None
    came: object = None  # of it


class Jobs:
    """What runs, and what ran last of each subject."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, Job] = {}

    def of(self, subject: str) -> Job | None:
        """Give the last job of a subject."""
        return self._known.get(subject)

    def begin(self, subject: str, job: Job, work: Callable[[], Iterator[object]]) -> bool:
        """Do it beside; `work` gives what has come of it so far after each thing done. False: one is running already."""
        with self._lock:
            before = self._known.get(subject)
            if before and not before.over:
                return False
            self._known[subject] = job
        Thread(target=self._do, args=(subject, job, work), name="vado-job", daemon=True).start()
        return True

    def forget(self, subject: str) -> None:
        """Show it no more, once it is over."""
        with self._lock:
            if (job := self._known.get(subject)) and job.over:
                del self._known[subject]

    def _do(self, subject: str, job: Job, work: Callable[[], Iterator[object]]) -> None:
        try:
            for done, came in enumerate(work(), 1):
                job = self._known[subject] = replace(job, done=done, came=came)
        except VadoError as fault:
            job = replace(job, fault=fault)
        except Exception:  # noqa: BLE001 - a fault of ours ends this work alone, and its text may hold a value
            job = replace(job, fault=VadoError("OP-002", fault="unexpected"))
        self._known[subject] = replace(job, over=True)
