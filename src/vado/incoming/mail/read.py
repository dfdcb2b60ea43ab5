"""See a mail: its text line by line, its attachments as children."""

import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from vado.errors import UnreadableOriginal
from vado.extract.paper import paper_facts
from vado.model.fact import End, Entry, Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

ATTACHMENTS = 1_000
_CHANNEL = "inside"
_HEADER = re.compile(rb"^(?:from|to|subject|date|received|return-path|mime-version|message-id|delivered-to|x-[\w-]+|content-type)\s*:", re.I | re.M)
_ENVELOPE = ("From", "To", "Date", "Subject")


class MailReader:
    """RFC 5322 messages with MIME parts."""

    name = "mail"
    version = "1"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is a mail: several header lines at its top."""
        head = content[:4000].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        found = {m.lower().split(b":")[0] for m in _HEADER.findall(head)}
        first = head.lstrip().partition(b"\n")[0]
        return 0.9 if len(found) >= 3 and (_HEADER.match(first) or first.startswith(b"From ")) else 0.0

    def read(self, original: Original, content: bytes) -> Reading:
        """Give the lines of the body; attachments and mails inside are children.

        Raises:
            UnreadableOriginal: IN-007, the message cannot be taken apart.
        """
        try:
            message = BytesParser(policy=policy.default).parsebytes(content)
            lines = _body(message)
            children, left = _attachments(original, message)
        except (ValueError, LookupError, AttributeError, KeyError, TypeError, IndexError) as fault:
            raise UnreadableOriginal("IN-007", fault="the mail cannot be taken apart") from fault
        issues: tuple[Issue, ...] = (issue("IN-601", count=left, limit=ATTACHMENTS),) if left else ()
        envelope = [Item("header", _plain(message.get(h, "")), Place(original.id, f"header {h}")) for h in _ENVELOPE if message.get(h)]
        body = [Item("line", text, Place(original.id, f"body / line {n}")) for n, text in enumerate(lines, 1) if text.strip()]
        items = (*envelope, *body)
        return Reading(original.id, f"{self.name}/{self.version}", "message/rfc822", Fidelity.TEXT, items, issues, tuple(children))

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what the body means, as of any text; a mail that only carries attachments says nothing itself."""
        envelope = [i for i in reading.items if i.label == "header"]
        body = tuple(i for i in reading.items if i.label == "line")
        ignored = Entry("header", End.IGNORED, "envelope of the mail", len(envelope))
        if not body or (reading.children and not _about_somebody(body, reading, partner)):
            covering = (Entry("line", End.IGNORED, "covering note", len(body)),) if body else ()
            return Facts(ledger=(ignored, *covering))
        said = paper_facts(_only(reading, body), partner)
        return Facts(said.facts, said.issues, (*said.ledger, ignored))

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A mail has no pages."""
        return None


def _only(reading: Reading, items: tuple[Item, ...]) -> Reading:
    return Reading(reading.original, reading.reader, reading.media_type, reading.fidelity, items, reading.issues)


def _about_somebody(body: tuple[Item, ...], reading: Reading, partner: PartnerProfile) -> bool:
    return bool(paper_facts(_only(reading, body), partner).patients)


def _body(message: EmailMessage) -> list[str]:
    part = message.get_body(("plain", "html"))
    if part is None:
        return []
    text = str(part.get_content())
    if part.get_content_subtype() == "html":
        text = _Text.of(text)
    return text.splitlines()


def _attachments(original: Original, message: EmailMessage) -> tuple[list[Arrival], int]:
    children: list[Arrival] = []
    left = 0
    body = message.get_body(("plain", "html"))
    for part in message.walk():
        if part is body or part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        if part.get_content_maintype() == "text" and not part.is_attachment():
            continue  # the other form of the body
        data = _bytes(part)
        if data and len(children) >= ATTACHMENTS:
            left += 1
        elif data:
            children.append(Arrival(original.partner, _CHANNEL, data, _plain(part.get_filename() or ""), original.id))
    return children, left


def _bytes(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _plain(value: object) -> str:
    return str(value).replace("\0", "")


class _Text(HTMLParser):
    """Text of an HTML body; nothing in it is fetched or run."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.quiet = 0

    @classmethod
    def of(cls, html: str) -> str:
        """Give the text with line ends where blocks end."""
        parser = cls()
        parser.feed(html)
        return "".join(parser.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in {"script", "style", "head"}
        if tag in {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"}:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.quiet -= tag in {"script", "style", "head"}

    def handle_data(self, data: str) -> None:
        if self.quiet <= 0:
            self.parts.append(" ".join(data.split()) + " ")
