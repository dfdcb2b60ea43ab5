"""See the lines of a plain text, or the paragraphs and table rows of a DOCX."""

from vado.errors import UnreadableOriginal
from vado.extract.characters import decode, is_text
from vado.extract.paper import paper_facts
from vado.incoming.text.docx import document
from vado.model.fact import End, Entry, Facts
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue
from vado.tools.package import kind

LINES = 50_000
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class TextReader:
    """Any text that no other reader knows, and DOCX."""

    name = "text"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is text; low, so that every format with a structure goes first."""
        if content.startswith(b"PK"):
            return 0.8 if kind(content) == "docx" else 0.0
        return 0.2 if is_text(content) and not content.startswith(b"{\\rtf") else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give one item per line or paragraph; in a table of two columns the first cell labels the second.

        Raises:
            UnreadableOriginal: IN-001 nothing but blanks; IN-007, IN-015, IN-016 for a DOCX that cannot be opened.
        """
        media, items, issues = _docx(original, content) if content.startswith(b"PK") else _plain(original, content)
        if not items:
            raise UnreadableOriginal("IN-001")
        if len(items) > LINES:
            issues.append(issue("IN-603", Place(original.id, "document"), count=len(items) - LINES, limit=LINES))
        return Reading(original.id, f"{self.name}/{self.version}", media, Fidelity.TEXT, tuple(items[:LINES]), tuple(issues))

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means, as of any document of lines; pictures and lines that were not read are not understood."""
        said = paper_facts(reading, partner)
        unread = {"IN-603": "line", "IN-604": "picture"}
        more = [
            Entry(unread[i.code], End.NOT_UNDERSTOOD, "", int(dict(i.slots)["count"])) for i in reading.issues if i.code in unread
        ]
        return Facts(said.facts, said.issues, (*said.ledger, *more))

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A text has no pages."""
        return None


def _plain(original: Original, content: bytes) -> tuple[str, list[Item], list[Issue]]:
    decoded = decode(content)
    lines = enumerate(decoded.text.splitlines(), 1)
    items = [Item("line", line, Place(original.id, f"line {n}")) for n, line in lines if line.strip()]
    bad = [issue("IN-010", encoding=decoded.encoding, count=decoded.replaced)] if decoded.replaced else []
    return "text/plain", items, bad


def _docx(original: Original, content: bytes) -> tuple[str, list[Item], list[Issue]]:
    found = document(content)
    items = [Item(b.label, b.text, Place(original.id, b.path)) for b in found.blocks]
    issues = [issue("IN-604", Place(original.id, "document"), count=found.pictures)] if found.pictures else []
    return _DOCX, items, issues
