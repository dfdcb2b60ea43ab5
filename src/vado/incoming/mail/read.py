"""See a mail: its text line by line, its attachments as children."""

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser

from vado.errors import UnreadableOriginal
from vado.extract.characters import decode
from vado.incoming.mail.facts import facts
from vado.incoming.mail.html import text_of
from vado.model.fact import Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Item, Place, Reading, issue

ATTACHMENTS = 1_000
_HEADER = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|mime-version|message-id|delivered-to|x-[\w-]+|content-type)\s*:",
    re.I | re.M,
)
_SURE = {b"mime-version", b"message-id", b"received", b"return-path", b"content-type"}
_ENVELOPE = ("From", "To", "Date", "Subject")
_BROKEN = (OverflowError, ValueError, LookupError, AttributeError, TypeError, MessageError, RecursionError, AssertionError)


class MailReader:
    """RFC 5322 messages with MIME parts (RFC 2045)."""

    name = "mail"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """0.9 when several header lines stand at its top, one of them such as only mail programs write; 0.4 without that."""
        head = content[:8000].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        found = {m.lower().split(b":")[0].strip() for m in _HEADER.findall(head)}
        first = head.lstrip().partition(b"\n")[0]
        if len(found) < 3 or not (_HEADER.match(first) or first.startswith(b"From ")):
            return 0.0
        return 0.9 if found & _SURE else 0.4

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give the lines of the body; attachments, pictures and mails inside are children.

        Raises:
            UnreadableOriginal: IN-007, the message cannot be taken apart.
        """
        try:
            message = BytesParser(policy=policy.default).parsebytes(content)
            lines = [line for part in _bodies(message) for line in _text(part).splitlines()]
            inside = [(_name(part), data) for part in _attached(message) if (data := _bytes(part))]
        except _BROKEN as fault:
            raise UnreadableOriginal("IN-007", fault="the mail cannot be taken apart") from fault
        left = len(inside) - ATTACHMENTS
        issues = (issue("IN-601", Place(original.id, "message"), count=left, limit=ATTACHMENTS),) if left > 0 else ()
        envelope = [(h, v) for h in _ENVELOPE if (v := _header(message, h))]
        items = [Item("header", value, Place(original.id, f"header {name}")) for name, value in envelope]
        items += [Item("line", text, Place(original.id, f"body / line {n}")) for n, text in enumerate(lines, 1) if text.strip()]
        children = tuple(
            Arrival(original.partner, original.channel, data, name, original.id) for name, data in inside[:ATTACHMENTS]
        )  # fmt: skip
        return Reading(
            original.id, f"{self.name}/{self.version}", "message/rfc822", Fidelity.TEXT, tuple(items), issues, children
        )  # fmt: skip

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what the body means, as of any text."""
        return facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A mail has no pages."""
        return None


def _leaves(message: Message) -> Iterator[tuple[Message, bool]]:
    """Give every part that holds something, and whether it is one of several forms of the same; not into mails inside."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message, False
        return
    several = message.get_content_type() == "multipart/alternative"
    for part in message.iter_parts() if isinstance(message, EmailMessage) else ():
        for leaf, inner in _leaves(part):
            yield leaf, several or inner


def _spoken(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and not part.get_filename() and not _is_attachment(part)


def _is_attachment(part: Message) -> bool:
    return (part.get_content_disposition() or "") == "attachment"


def _bodies(message: EmailMessage) -> list[Message]:
    """The text to read: of several forms of it the plain one, else the first; and every text part beside them."""
    forms = [part for part, several in _leaves(message) if several and _spoken(part)]
    plain = [part for part in forms if part.get_content_type() == "text/plain"]
    chosen = (plain or forms)[:1]
    return chosen + [part for part, several in _leaves(message) if not several and _spoken(part)]


def _attached(message: EmailMessage) -> Iterator[Message]:
    """Everything that is not text to read: also data sent inline, such as a document in XML."""
    return (part for part, _ in _leaves(message) if not _spoken(part))


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeDecodeError):  # an unknown or a wrong charset
        text = decode(raw).text
    return text_of(text) if part.get_content_subtype() == "html" else text


def _bytes(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return first.as_bytes() if isinstance(first, Message) else b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message) -> str:
    try:
        return (part.get_filename() or "").replace("\0", "")
    except _BROKEN:
        return ""


def _header(message: Message, name: str) -> str:
    try:
        return str(message.get(name, "")).replace("\0", "").strip()
    except _BROKEN:  # a header that its own standard forbids
        return ""
