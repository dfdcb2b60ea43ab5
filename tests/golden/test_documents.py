"""Golden files of what goes out to be read by people: the words of each page, and the tags of a PDF.

`outgoing/<form>/<case>.txt`. `make golden` rewrites them (VADO_GOLDEN=write); look at the difference before you commit it.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from made_record import PROFILE, record
from vado.model.outgoing import Wish
from vado.outgoing.pdf import PdfWriter
from vado.tools import pdf

HERE = Path(__file__).parent / "outgoing"
WRITE = os.environ.get("VADO_GOLDEN") == "write"


def held(path: Path, actual: str) -> None:
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, "utf-8")
    assert actual == path.read_text("utf-8"), f"{path.name} differs: run `make golden` and look"


def page_words(content: bytes) -> str:
    pages = []
    with pdf.pages_of(content) as document:
        for n in range(1, len(document) + 1):
            pages.append(f"--- page {n}\n" + "\n".join(line.text for line in pdf.page_lines(document, n)))
    return "\n".join(pages) + "\n"


def tags(content: bytes) -> str:
    with pikepdf.open(BytesIO(content)) as document:
        return "\n".join(_tags(document.Root.StructTreeRoot)) + "\n"


def _tags(node: Any, depth: int = 0) -> list[str]:
    if isinstance(node, pikepdf.Array):
        return [line for one in node for line in _tags(one, depth)]
    if not isinstance(node, pikepdf.Dictionary):
        return []
    mine = [" " * depth + str(node.S).removeprefix("/")] if "/S" in node else []
    return mine + (_tags(node.K, depth + len(mine)) if "/K" in node else [])


@pytest.mark.parametrize("language", ["en", "es"])
def test_summary(language: str) -> None:
    wish = Wish(
        PROFILE.id, "summary", "pdf", "mail", options={"language": language, "link": "https://vado.example/person/{person}"}
    )
    (out,) = PdfWriter().write([record()], PROFILE, wish)
    held(HERE / "pdf" / f"summary-{language}.txt", page_words(out.content))
    held(HERE / "pdf" / f"summary-{language}.tags.txt", tags(out.content))
