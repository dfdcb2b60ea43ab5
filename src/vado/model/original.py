"""Bytes handed over, and the same bytes kept."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b, sha256
from typing import NewType

PartnerId = NewType("PartnerId", str)  # as in partners/<id>.toml: lower case letters, digits, hyphens
OriginalId = NewType("OriginalId", str)  # sha-256 of the bytes, 64 hex digits

UNKNOWN_PARTNER = PartnerId("unknown")  # who sent this is not known: read without a profile


class State(StrEnum):
    """Where an original stands."""

    KEPT = "kept"  # safe, not read yet: work to do
    READ = "read"  # read; its facts are in the record
    UNPACKED = "unpacked"  # a container (mail, zip): what it held are originals of their own
    WAITING = "waiting"  # read; a person has to decide something
    HELD = "held"  # could not be read; its issues say why


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes handed over by a partner. `name` is the sender's file name: it may hold a person's name, so keep it out of logs."""

    partner: PartnerId
    channel: str
    content: bytes = field(repr=False)
    name: str = field(default="", repr=False)
    parent: OriginalId | None = None  # the mail, zip or message it was unpacked from
    at: datetime | None = None  # when it was handed over, aware, UTC; None: when it is kept


@dataclass(frozen=True, slots=True)
class Original:
    """Bytes kept, never altered. Key: (partner, id); the bytes live in the store."""

    id: OriginalId
    partner: PartnerId
    channel: str
    media_type: str  # as sniffed from the bytes, not as declared; "" until read
    received: datetime  # aware, UTC
    parent: OriginalId | None = None
    size: int = 0  # bytes
    name: str = field(default="", repr=False)

    @property
    def cursor(self) -> str:
        """Where it stands in a listing by time received."""
        return f"{self.received.isoformat()}|{self.partner}|{self.id}"


def original_id(content: bytes) -> OriginalId:
    """Give the name that these bytes have for ever: their SHA-256, 64 hex digits."""
    return OriginalId(sha256(content).hexdigest())


def stable_id(*parts: str) -> str:
    """Give the same 32 hex digits for the same parts, on every machine and in every run (usable as FHIR id).

    Pass the partner first, then what names the thing in the partner's own books
    (control id, path, business key), so that a replay gives the same ids and two
    partners never collide. Parts are length-prefixed: ("a", "bc") differs from ("ab", "c").
    """
    h = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode()
        h.update(b"%d:" % len(raw))
        h.update(raw)
    return h.hexdigest()
