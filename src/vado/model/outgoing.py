"""What is sent, and what the form could not carry."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Bytes to send, with the ids of the facts that this form could not carry and why."""

    content: bytes = field(repr=False)
    media_type: str
    losses: tuple[tuple[str, str], ...] = ()  # (fact id, reason)
