"""A file too big to be read at once is read in slices, cut where one record ends and the next begins.

The file is kept whole, once; a slice is an original of its own that points into it. So a slice is read within the
limits of any small file, settled in a transaction of its own, and a stop in the middle loses nothing: the same file
is always cut in the same places. What cannot be cut without changing its meaning (a table, whose header explains all its
rows; one document) is not cut.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

import orjson

from vado.exchange.ports import Audit, Exchange, Row, Settled, Transaction
from vado.model.original import Original, State
from vado.model.reading import Fidelity, Reading, issue

READER = "slices/1"
LONGEST = 64_000_000  # bytes of one record; a longer one is no record
_WORTH = 8  # a file of more slices than this is cut; a smaller one is read whole
_TOGETHER = 64  # slices kept in one transaction
_BLOCK = 1 << 16
_CARRY = 8  # bytes seen again with the next block: more than a border is long
_FIRST_LINE = 4_000_000

_HL7 = "x-application/hl7-v2+er7"
_NDJSON = "application/fhir+ndjson"
_HEADER = re.compile(rb"(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_BORDERS = {  # the slice ends behind the match
    _HL7: re.compile(rb"[\r\n](?=\x0b?(?:MSH|FHS|BHS)[^A-Za-z0-9\s])"),  # HL7 v2 chapter 2.10.3, batches
    _NDJSON: re.compile(rb"\n(?=[^\r\n])"),  # FHIR R4, NDJSON: one resource a line
}


class TooLong(Exception):
    """A record is longer than any record is: the file is not what it seemed."""


def worth_cutting(x: Exchange, size: int) -> bool:
    """Say whether a file of so many bytes is cut, if its form allows."""
    return size > _WORTH * x.slice_bytes


def form_of(file: BinaryIO) -> str:
    """Give the media type of a form that can be cut, else ''. The file stands at its beginning afterwards."""
    first = file.readline(_FIRST_LINE)
    follows = file.read(1)
    file.seek(0)
    if _HEADER.match(first[:400].lstrip(b"\xef\xbb\xbf\x0b\x1c \t\r\n")):
        return _HL7
    if not first.endswith(b"\n") or follows != b"{":
        return ""
    try:
        plain = orjson.loads(first.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return ""
    return _NDJSON if isinstance(plain, dict) and "resourceType" in plain else ""


def cut(file: BinaryIO, form: str, about: int) -> Iterator[tuple[int, int]]:
    """Give (first byte, bytes) of each slice, in order, without gap or overlap; each has at least `about` bytes but the last.

    Raises:
        TooLong: a record is longer than any record is.
    """
    size, start, border = file.seek(0, 2), 0, _BORDERS[form]
    while (end := _next_border(file, border, start + about, start + LONGEST)) is not None:
        yield start, end - start
        start = end
    if size - start > LONGEST:
        raise TooLong
    if size > start:
        yield start, size - start


def slice_up(x: Exchange, original: Original) -> tuple[Row, list[Original]] | None:
    """Keep the slices of a big file; give its row and the slices not read yet. None: it is read whole."""
    if not worth_cutting(x, original.size):
        return None
    with x.originals.open(original.id) as file:
        form = form_of(file)
        if not form:
            return None
        ranges = cut(file, form, x.slice_bytes)
        try:
            if len(first := list(islice(ranges, 2))) < 2:
                return None  # it is one record
            unread = _keep_slices(x, original, chain(first, ranges))
            told = Settled(original, State.UNPACKED, Reading(original.id, READER, form, Fidelity.STRUCTURED))
        except TooLong:
            if original.size <= x.original_megabytes * 1_000_000:
                return None
            unread, told = [], Settled(original, State.HELD, None, issues=(issue("IN-008", megabytes=x.original_megabytes),))
    with x.store.begin() as tx:
        tx.settle(told)
        tx.audit(Audit(x.clock(), "vado", "slice-original", f"{original.partner}/{original.id}"))
        return _row(tx, original), unread


def _keep_slices(x: Exchange, whole: Original, ranges: Iterator[tuple[int, int]]) -> list[Original]:
    unread: dict[str, Original] = {}
    while some := list(islice(ranges, _TOGETHER)):
        named = [(x.originals.put_part(whole.id, at, size), size) for at, size in some]
        with x.store.begin() as tx:
            for id_, size in named:
                part = Original(id_, whole.partner, whole.channel, "", x.clock(), whole.id, size)
                kept, _ = tx.keep_original(part)
                if _row(tx, kept).state is State.KEPT:
                    unread[id_] = kept
    return list(unread.values())


def _row(tx: Transaction, original: Original) -> Row:
    row = tx.row(original.partner, original.id)
    if row is None:
        raise RuntimeError("what was kept must be there")
    return row


def _next_border(file: BinaryIO, border: re.Pattern[bytes], start: int, stop: int) -> int | None:
    """Find where the first record behind `start` begins; None: there is none before the end of the file or `stop`."""
    at = max(0, start - 1)
    file.seek(at)
    held = b""
    while at < stop and (block := file.read(_BLOCK)):
        held += block
        if match := border.search(held):
            return at + match.end()
        at += max(0, len(held) - _CARRY)
        held = held[-_CARRY:]
    return None
