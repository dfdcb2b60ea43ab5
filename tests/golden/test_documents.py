"""Golden files of what goes out: the words of each page, the tags of a PDF, the resources of a Bundle.

`outgoing/<form>/<case>.txt`. `make golden` rewrites them (VADO_GOLDEN=write); look at the difference before you commit it.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pikepdf
import pytest

from made_form import blank
from made_record import PROFILE, record
from vado.model.outgoing import Wish
from vado.outgoing.fhir import FhirWriter
from vado.outgoing.ips import IpsWriter
from vado.outgoing.letter import LetterWriter
from vado.outgoing.pdf import PdfWriter
from vado.outgoing.pdf_form import PdfFormWriter
from vado.settings.profile import load_profile
from vado.tools import pdf
from vado.tools.pdf_fields import fields

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


def test_form(tmp_path: Path) -> None:
    (tmp_path / "council").mkdir()
    (tmp_path / "council" / "card.pdf").write_bytes(blank(fields=True))
    (tmp_path / "council.toml").write_bytes((HERE / "pdf_form" / "council.toml").read_bytes())
    wish = Wish(PROFILE.id, "card", "pdf_form", "mail", options={"blank": "card"})
    (out,) = PdfFormWriter().write([record()], load_profile(tmp_path / "council.toml"), wish)
    lines = [f"{f.label}: {f.said}" for f in fields(out.content) if f.value]
    lost = sorted({reason for _, reason in out.losses})
    held(HERE / "pdf_form" / "card.txt", "\n".join((*lines, "--- losses", *lost)) + "\n")


@pytest.mark.parametrize("language", ["en", "es"])
def test_letter(language: str) -> None:
    wish = Wish(
        PROFILE.id, "letter", "letter", "mail", options={"language": language, "as": "text", "contact": "+34 900 000 000"}
    )
    (out,) = LetterWriter().write([record()], PROFILE, wish)
    held(HERE / "letter" / f"letter-{language}.txt", out.content.decode())


@pytest.mark.parametrize("writer", [FhirWriter(), IpsWriter()], ids=lambda w: w.form)
def test_bundle(writer: FhirWriter | IpsWriter) -> None:
    (out,) = writer.write([record()], PROFILE, Wish(PROFILE.id, "out", writer.form, "file"))
    told = {"bundle": orjson.loads(out.content), "losses": sorted(out.losses), "name": out.name}
    held(HERE / writer.form / "record.json", orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
