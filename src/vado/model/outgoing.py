"""What is sent: who wished for it, the bytes, and what the form could not carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vado.model.original import PartnerId


@dataclass(frozen=True, slots=True)
class Wish:
    """One [[send]] of a partner's profile: which form it wants, and by which of its ways."""

    partner: PartnerId
    name: str  # unique for the partner
    form: str  # name of a writer: 'ips', 'cda', 'hl7v2', 'table', 'pdf', 'pdf_form', 'letter'
    channel: str  # name of one of the partner's [[channel]]s
    when: str = "change"  # 'change': whenever a record changes that holds one of its patients; 'ask': only when asked
    options: Mapping[str, Any] = field(default_factory=dict)  # the writer's own keys, checked by it


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Bytes to send, with the ids of the facts that this form could not carry and why.

    A reason with ': ' in it says what of the fact was left out ('not printed: performer'): the rest of it was carried.
    """

    content: bytes = field(repr=False)
    media_type: str
    losses: tuple[tuple[str, str], ...] = ()  # (fact id, reason)
    name: str = ""  # file name that the receiver may give it: no patient value; "": the way of travel chooses one
