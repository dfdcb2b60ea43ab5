"""The cover sheet: a page that says by an unguessable code where the pages after it belong."""

import re
from dataclasses import dataclass
from datetime import datetime

from vado.model.original import PartnerId

COVER = re.compile(r"VADO1:([A-Z2-7]{26})")  # what the code on a cover sheet says; 130 bits of RFC 4648 base 32
_CHANNEL = "cover/"  # how the pages after a cover sheet travelled


@dataclass(frozen=True, slots=True)
class Cover:
    """One cover sheet that was printed: whose documents follow it, and about whom."""

    code: str  # 26 letters and digits; says nothing by itself
    partner: PartnerId
    person: str  # id of a person; "": whoever the document names
    made: datetime  # aware, UTC
    by: str


def cover_in(text: str) -> str:
    """Give the code of a cover sheet found in this text; "" when there is none."""
    found = COVER.fullmatch(text.strip())
    return found[1] if found else ""


def channel_of(code: str) -> str:
    """Name the channel of what came after the cover sheet with this code."""
    return _CHANNEL + code


def code_of(channel: str) -> str:
    """Give the code of the cover sheet that something came after; "": it came after none."""
    return channel.removeprefix(_CHANNEL) if channel.startswith(_CHANNEL) else ""
