"""The log: one line an event, for people or for programs, that can hold no patient's value.

What an event may say is known beforehand: each field has a shape, and what does not fit into it is not written. Of what other
packages log, only who logs and the kind of fault is written, for their texts may hold anything.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO

import orjson

_WORD = re.compile(r"[a-z][a-z0-9_ +./-]{0,63}")
_SHAPES = {
    "code": re.compile(r"[A-Z]{2}-\d{3}"),
    "partner": re.compile(r"[a-z][a-z0-9-]{0,62}"),
    "channel": _WORD,
    "original": re.compile(r"[0-9a-f]{64}"),
    "state": _WORD,
    "format": _WORD,
    "route": _WORD,
    "method": re.compile(r"[A-Z]{1,10}"),
    "fault": re.compile(r"[A-Za-z_]\w{0,63}"),  # the kind of an exception
    "where": re.compile(r"[\w.-]{1,64}:\d{1,6}"),  # file and line of ours
}
_NUMBERS = frozenset(("facts", "issues", "bytes", "status", "ms", "count", "failed", "of", "usual", "port"))
_OURS = "vado."


class Level(IntEnum):
    """How much it matters."""

    INFO = logging.INFO
    WARNING = logging.WARNING
    ERROR = logging.ERROR


def say(logger: str, event: str, level: Level = Level.INFO, **fields: str | float) -> None:
    """Note one event. A field that has no shape here, or does not fit into it, is written as '?'; an empty one not at all."""
    log = logging.getLogger(logger)
    if log.isEnabledFor(level):
        log.log(level, event, extra={"said": {k: _fitting(k, v) for k, v in fields.items() if v != ""}})


def configure(form: str, stream: TextIO | None = None, level: Level = Level.INFO) -> None:
    """Write the log as 'json' or 'plain' lines to a stream (standard error), instead of wherever it went; what matters less is left."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("vado").setLevel(level)


class Lines(logging.Formatter):
    """One line an event: 'json' for programs, 'plain' for people."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        said = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"), **_told(record)}
        if self._json:
            return orjson.dumps(said).decode()
        at, level, logger, event = (said.pop(k) for k in ("at", "level", "log", "event"))
        return f"{at} {level} {logger}: {event}" + "".join(f" {k}={v}" for k, v in said.items())


def where(fault: BaseException) -> str:
    """Name the file and line in which a fault was raised; '' when it was not."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _told(record: logging.LogRecord) -> dict[str, Any]:
    head = {"level": record.levelname.lower(), "log": record.name}
    if (said := getattr(record, "said", None)) is not None:
        return {**head, "event": record.msg, **said}
    if record.name.startswith(_OURS):
        return {**head, "event": record.getMessage()}
    fault = record.exc_info[1] if record.exc_info else None
    more = {"fault": type(fault).__name__, "where": where(fault)} if fault else {}
    return {**head, "event": "said by another package", **more}


def _fitting(field: str, value: str | float) -> str | float:
    if field in _NUMBERS and isinstance(value, int | float):
        return value
    shape = _SHAPES.get(field)
    return value if shape and isinstance(value, str) and shape.fullmatch(value) else "?"
