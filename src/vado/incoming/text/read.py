"""See the lines of a plain text or the paragraphs and table rows of a DOCX."""

import zipfile
from io import BytesIO

from lxml import etree

from vado.errors import UnreadableOriginal
from vado.extract.paper import paper_facts
from vado.model.fact import Facts
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue

LINES = 50_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BYTES = 50_000_000  # of document.xml, unpacked
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class TextReader:
    """Any text that no other reader knows, and DOCX."""

    name = "text"
    version = "1"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is text; low, so that every format with a structure goes first."""
        if content.startswith(b"PK\x03\x04"):
            return 0.8 if b"word/" in content[:4000] or b"word/document" in content[-60_000:] else 0.0
        return 0.2 if _decoded(content[:8000]) is not None else 0.0

    def read(self, original: Original, content: bytes) -> Reading:
        """Give one item per line or paragraph.

        Raises:
            UnreadableOriginal: IN-007 damaged DOCX; IN-001 nothing but blanks.
        """
        issues: list[Issue] = []
        if content.startswith(b"PK\x03\x04"):
            media, lines = _DOCX, _paragraphs(content)
        else:
            text = _decoded(content)
            if text is None:
                raise UnreadableOriginal("IN-002", kind="unknown bytes")
            media, lines = "text/plain", text.splitlines()
        filled = [(n, line) for n, line in enumerate(lines, 1) if line.strip()]
        if not filled:
            raise UnreadableOriginal("IN-001")
        if len(filled) > LINES:
            issues.append(issue("IN-403", limit=LINES))
        items = tuple(Item("line", line, Place(original.id, f"line {n}")) for n, line in filled[:LINES])
        return Reading(original.id, f"{self.name}/{self.version}", media, Fidelity.TEXT, items, tuple(issues))

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means, as of any document of lines."""
        return paper_facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A text has no pages."""
        return None


def _decoded(content: bytes) -> str | None:
    """Give the text, or None for bytes that are none: UTF-8, UTF-16 with its mark, else cp1252 without control bytes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        if fault.end >= len(content) - 3:
            return content[: fault.start].decode("utf-8-sig", "replace")
    text = content.decode("cp1252", "replace")
    odd = sum(1 for c in text if (ord(c) < 32 and c not in "\t\r\n\f\v") or c == "\ufffd")
    return text if odd <= len(text) / 500 else None


def _paragraphs(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive, archive.open("word/document.xml") as file:
            raw = file.read(_BYTES + 1)
        if len(raw) > _BYTES:
            raise UnreadableOriginal("IN-015", limit=1)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        root = etree.fromstring(raw, parser)
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, EOFError, NotImplementedError, RuntimeError) as fault:
        raise UnreadableOriginal("IN-007", fault="the document inside is not whole") from fault
    lines: list[str] = []
    for block in root.iter(f"{_WORD}p", f"{_WORD}tr"):
        inside_row = next(block.iterancestors(f"{_WORD}tr"), None) is not None
        if block.tag.endswith("}tr"):
            cells = ["".join(t.text or "" for t in c.iter(f"{_WORD}t")).strip() for c in block.iterchildren(f"{_WORD}tc")]
            lines.append(" | ".join(cells))
        elif not inside_row:
            lines.append("".join(t.text or "" for t in block.iter(f"{_WORD}t")))
    return lines
