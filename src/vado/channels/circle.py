"""Mail that goes in a circle: answers of machines, our own mail come back, mail that passed too many servers.

Vado never answers a mail by itself, so it starts no circle; what is refused here would be read as a partner's word and is none.
Sources: RFC 3834 (automatic answers), RFC 5321 section 6.3 (loops), RFC 6522 (reports of delivery),
RFC 8098 (receipts of reading).
"""

import re
from collections.abc import Collection
from email import message_from_bytes, message_from_string
from email.message import Message

from vado.errors import NotTaken

_MOST_SERVERS = 30  # Received lines; RFC 5321 says that honest mail may have many, and 100 is a loop for certain
_HEAD = 256_000  # bytes in which the header of a mail ends
_OWN = re.compile(r"<[0-9a-f]{32}@([^<>@\s]+)>", re.I)  # the id of a delivery, and the domain it was sent from
_END = re.compile(rb"\r?\n\r?\n")


class Opened(Exception):
    """A mail that says nothing but that its receiver opened ours."""

    def __init__(self, delivery: str) -> None:
        super().__init__()
        self.delivery = delivery  # its id


def head_of(content: bytes) -> Message:
    """Read the header of a mail, and nothing of its body. A broken one gives what could be read."""
    start = content[:_HEAD]
    end = _END.search(start)
    return message_from_bytes(start[: end.start()] if end else start)


def refuse_circle(content: bytes, *, automatic: bool, ours: Collection[str] = ()) -> None:
    """Let a mail pass that somebody, or with `automatic` some machine, sent us.

    Args:
        content: the whole mail.
        automatic: take also what a machine sends by itself, where it is no answer.
        ours: domains that Vado itself sends mail from.

    Raises:
        Opened: it says that somebody opened what we sent (RFC 8098).
        NotTaken: CH-004, it is an automatic answer, a report of delivery, our own mail, or it goes round.
    """
    head = head_of(content)
    if delivery := _opened(content, head, ours):
        raise Opened(delivery)
    said = str(head.get("Auto-Submitted", "no")).partition(";")[0].strip().casefold()
    if said not in ("no", "", "auto-generated") or (said == "auto-generated" and not automatic):
        raise NotTaken("CH-004", why="a machine sent it by itself")
    if str(head.get_content_type()) == "multipart/report":
        raise NotTaken("CH-004", why="it is a report of delivery")
    own = _OWN.search(str(head.get("Message-ID", "")))
    if own and own[1].casefold() in ours:
        raise NotTaken("CH-004", why="it is our own mail")
    if len(head.get_all("Received", [])) > _MOST_SERVERS:
        raise NotTaken("CH-004", why="it passed too many servers")


def _opened(content: bytes, head: Message, ours: Collection[str]) -> str:
    """Give the delivery that a receipt of reading says was shown to its reader; "" where it is no such receipt of one of ours."""
    kind = str(head.get_param("report-type", "")).casefold()
    if head.get_content_type() != "multipart/report" or kind != "disposition-notification" or len(content) > _HEAD:
        return ""
    for part in message_from_bytes(content).walk():
        if part.get_content_type() == "message/disposition-notification":
            inner = part.get_payload()
            fields = inner[0] if isinstance(inner, list) and inner else message_from_string(str(inner))
            shown = (
                isinstance(fields, Message) and "displayed" in str(fields.get("Disposition", "")).rpartition(";")[2].casefold()
            )
            own = _OWN.search(str(fields.get("Original-Message-ID", ""))) if isinstance(fields, Message) else None
            return own[0][1:33].lower() if shown and own and own[1].casefold() in ours else ""
    return ""
