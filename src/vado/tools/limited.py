"""A child process with limits of time and memory and without network: hostile files are read in there.

Request and answer are frames over pipes: 4 bytes length, then the bytes. Never pickle: what comes
back from a process that has read a hostile file is only ever parsed as JSON. Before its answer a child
may say how far it is; that gives it its seconds anew, within an hour in all.
"""

import contextlib
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_CHECK_SECONDS = 0.02  # how often memory is looked at
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CHUNK = 1 << 16
# Large blocks go back to the machine when they are free (glibc's mallopt, fixed thresholds): a page takes half of the memory so.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}
_BEAT = 0xFFFFFFFF  # instead of a length: a beat follows, two numbers of 4 bytes
_LONGEST_SECONDS = 3600.0  # for one answer, however often the child says that it gets on
Told = Callable[[int, int], None]  # how many parts are done, of how many


class LimitReached(Exception):
    """The child was stopped: `limit` is 'seconds', 'megabytes', or 'ended' when it died by itself."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(limit)


class LimitedChild:
    """One child process that answers one request at a time; started when first asked, again after it was stopped."""

    def __init__(self, module: str, *, seconds: float, megabytes: int) -> None:
        self._command = [sys.executable, "-X", "utf8", "-m", module]
        self._seconds = seconds
        self._megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._looked = 0.0  # when memory was looked at last

    def ask(self, request: bytes, told: Told | None = None) -> bytes:
        """Send a frame, give the answer's frame; `told` hears how far the child is.

        Raises:
            LimitReached: it took too long, needed too much, or died; a fresh child answers the next request.
        """
        process = self._running()
        deadline = time.monotonic() + self._seconds
        try:
            self._write(process, struct.pack(">I", len(request)) + request, deadline)
            last = time.monotonic() + max(_LONGEST_SECONDS, self._seconds)
            while (size := struct.unpack(">I", self._read(process, 4, deadline))[0]) == _BEAT:
                done, total = struct.unpack(">II", self._read(process, 8, deadline))
                deadline = min(time.monotonic() + self._seconds, last)
                if told:
                    told(done, total)
            answer = self._read(process, size, deadline)
        except (LimitReached, BrokenPipeError) as fault:
            self.close()
            raise fault if isinstance(fault, LimitReached) else LimitReached("ended") from None
        if self._resident(process) > 0.75 * self._megabytes:
            self.close()  # what one file left behind must not be held against the next
        return answer

    @property
    def pid(self) -> int | None:
        """The process id of the child; None: it does not run."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """Stop the child."""
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._process = None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            quiet = {k: v for k, v in os.environ.items() if not k.startswith("VADO_")} | _MEMORY  # no secret for a hostile file
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no input in the command
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=quiet
            )
            if self._process.stdin:
                os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _write(self, process: "subprocess.Popen[bytes]", frame: bytes, deadline: float) -> None:
        assert process.stdin is not None  # noqa: S101 - Popen was asked for a pipe
        left = memoryview(frame)
        while left:
            _, writable, _ = select.select([], [process.stdin], [], _CHECK_SECONDS)
            if writable:
                left = left[os.write(process.stdin.fileno(), left[:_CHUNK]) :]
            self._watch(process, deadline)

    def _read(self, process: "subprocess.Popen[bytes]", size: int, deadline: float) -> bytes:
        assert process.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        parts: list[bytes] = []
        while size:
            readable, _, _ = select.select([process.stdout], [], [], _CHECK_SECONDS)
            if readable:
                part = os.read(process.stdout.fileno(), min(size, 1 << 20))
                if not part:
                    raise LimitReached("ended")
                parts.append(part)
                size -= len(part)
            self._watch(process, deadline)
        return b"".join(parts)

    def _watch(self, process: "subprocess.Popen[bytes]", deadline: float) -> None:
        now = time.monotonic()
        if now - self._looked < _CHECK_SECONDS:
            return  # to ask the kernel after every chunk costs more than a small file's reading
        self._looked = now
        if now > deadline:
            raise LimitReached("seconds")
        if self._resident(process) > self._megabytes:
            raise LimitReached("megabytes")

    @staticmethod
    def _resident(process: "subprocess.Popen[bytes]") -> float:
        """Megabytes of real memory the child holds now; 0 when it is gone."""
        try:
            return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * _PAGE / 1e6
        except (OSError, IndexError):
            return 0.0


_sink: BinaryIO | None = None  # where a child's answers go; None: this is no child


def beat(done: int, total: int) -> None:
    """Say, from inside a child, how many parts of the work are done; elsewhere nothing happens."""
    if _sink:
        _sink.write(struct.pack(">III", _BEAT, min(done, _BEAT), min(total, _BEAT)))
        _sink.flush()


def answer_frames(answer: Callable[[bytes], bytes]) -> None:
    """Be the child: answer each frame on stdin with one on stdout until stdin ends. Prints of libraries go nowhere."""
    global _sink
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    with os.fdopen(source, "rb") as asked, os.fdopen(sink, "wb") as told:
        _sink = told
        while header := asked.read(4):
            (size,) = struct.unpack(">I", header)
            said = answer(asked.read(size))
            told.write(struct.pack(">I", len(said)) + said)
            told.flush()


def live_within_limits(address_megabytes: int) -> None:
    """Give up, for ever, what a reader does not need: more memory, core dumps, big files, the network."""
    import ctypes
    import resource

    def limit(what: int, value: int) -> None:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))

    limit(resource.RLIMIT_AS, address_megabytes * 1_000_000)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 64_000_000)
    new_user, new_network = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of <sched.h>
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(new_network) != 0:  # allowed to root; everybody else needs a user namespace for it
        libc.unshare(new_user | new_network)
