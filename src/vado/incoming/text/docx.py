"""The text of a DOCX: paragraphs, rows of tables, page headers and footers, in the order in which they are read."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.errors import UnreadableOriginal

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"  # ECMA-376 part 1, 17
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what Choice says
_BYTES = 50_000_000  # of all parts, unpacked
_PARTS = re.compile(r"word/(?:header\d*|document|footnotes|endnotes|footer\d*)\.xml")
_ORDER = ("header", "document", "footnotes", "endnotes", "footer")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph ('line'), or a row of a table of two columns, whose first cell may label the second."""

    label: str
    text: str = field(repr=False)
    path: str  # 'paragraph 3', 'header 1 / paragraph 1', 'table 1, row 2'


@dataclass(frozen=True, slots=True)
class Document:
    """What a DOCX holds: its text, and how many pictures that nobody reads."""

    blocks: tuple[Block, ...]
    pictures: int


def document(content: bytes) -> Document:
    """Give the text of a DOCX.

    Raises:
        UnreadableOriginal: IN-007 damaged, IN-015 unpacks beyond the limit, IN-016 locked.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            if any(e.flag_bits & 1 for e in package.infolist()):
                raise UnreadableOriginal("IN-016")
            names = sorted((n for n in package.namelist() if _PARTS.fullmatch(n)), key=_place)
            left, roots = _BYTES, []
            for name in names:
                with package.open(name) as part:
                    raw = part.read(left + 1)
                left -= len(raw)
                if left < 0:
                    raise UnreadableOriginal("IN-015", limit=len(names))
                roots.append((name, _root(raw)))
            pictures = sum(n.startswith("word/media/") for n in package.namelist())
    except (
        zipfile.BadZipFile,
        KeyError,
        etree.XMLSyntaxError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as fault:
        raise UnreadableOriginal("IN-007", fault="the document inside is not whole") from fault
    if not any(name == "word/document.xml" for name, _ in roots):
        raise UnreadableOriginal("IN-007", fault="the document inside is missing")
    return Document(tuple(block for name, root in roots for block in _blocks(name, root)), pictures)


def _place(name: str) -> tuple[int, str]:
    return next(n for n, kind in enumerate(_ORDER) if name.startswith(f"word/{kind}")), name


def _root(raw: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(raw, parser)


def _blocks(name: str, root: Any) -> Iterator[Block]:
    part = name.removeprefix("word/").removesuffix(".xml")
    before = "" if part == "document" else re.sub(r"(\d+)$", r" \1", part) + " / "
    for n, paragraph in enumerate(root.iter(f"{_W}p"), 1):
        if any(a.tag in (f"{_W}tc", f"{_W}txbxContent", _FALLBACK) for a in paragraph.iterancestors()):
            continue  # told with its row, or with the paragraph of its text box
        yield from _lines("line", _text(paragraph), f"{before}paragraph {n}")
        boxes = (b for b in paragraph.iter(f"{_W}txbxContent") if not any(a.tag == _FALLBACK for a in b.iterancestors()))
        for m, inner in enumerate((p for b in boxes for p in b.iter(f"{_W}p")), 1):
            yield from _lines("line", _text(inner), f"{before}paragraph {n} / box {m}")
    for n, table in enumerate(root.iter(f"{_W}tbl"), 1):
        for m, row in enumerate(table.iterchildren(f"{_W}tr"), 1):
            cells = [_cell(c) for c in row.iterchildren(f"{_W}tc")]
            label = cells[0].strip(" :") if len(cells) == 2 and cells[0] and cells[1] and len(cells[0]) < 60 else ""
            yield from _lines(label or "line", cells[1] if label else " | ".join(cells), f"{before}table {n}, row {m}")


def _lines(label: str, text: str, path: str) -> Iterator[Block]:
    if text.replace("|", "").strip():
        yield Block(label, text.strip(), path)


def _cell(cell: Any) -> str:
    """The text of one cell; a table inside it is told as a table of its own."""
    return " ".join(t for p in cell.iterchildren(f"{_W}p") if (t := _text(p).strip()))


def _text(paragraph: Any) -> str:
    """Runs joined; tabs and line breaks as blanks (17.3.3.31, 17.3.3.1); deleted text (17.13.5.14) is not there."""
    parts: list[str] = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        own = next(a for a in node.iterancestors(f"{_W}p"))
        if own is not paragraph:
            continue  # in a text box
        parts.append((node.text or "") if node.tag == f"{_W}t" else "-" if node.tag.endswith("Hyphen") else " ")
    return "".join(parts)
