"""Typst: a page laid out from a template and values. Values never become markup: they are handed over as JSON.

Every PDF is tagged (PDF/UA-1), for archives (PDF/A-2a, ISO 19005-2) and holds its fonts, which come with the package:
Libertinus Serif and, for letters it has not, DejaVu Sans Mono. Nothing of the machine is read: no fonts, no files, no packages.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import typst

STANDARDS = ("a-2a", "ua-1")
_NO_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_TRIES = 8  # each finds all letters of the text that have no picture; a replacement has one
_DIRECTIONS = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}  # could show 12 as 21
_PLAIN = "0123456789ABCDEF[]U+ "


class Unprintable(ValueError):
    """The template or its values cannot be laid out; the text holds no value."""


def pdf(
    template: str, values: Mapping[str, Any], when: datetime, *, standards: tuple[str, ...] = STANDARDS, tags: bool = True
) -> tuple[bytes, str]:  # fmt: skip
    """Lay a document out; the same values give the same bytes.

    Args:
        template: Typst markup; it finds the values with `json(bytes(sys.inputs.values))`.
        values: plain JSON.
        when: the moment that the document says it was made; aware.
        standards: what the PDF has to be.
        tags: False for a picture that becomes part of another PDF.

    Returns:
        The PDF, and the letters that no font has a picture for: each stands in it as its number, [U+674E].

    Raises:
        Unprintable: it cannot be laid out.
    """
    missing: set[str] = set()
    for _ in range(_TRIES):
        inputs = {"values": orjson.dumps(_shown(values, frozenset(missing))).decode()}
        try:
            made = typst.compile(
                template.encode(), format="pdf", font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs,  # pyright: ignore[reportArgumentType] - its types know lists only
                pdf_standards=list(standards), timestamp=int(when.timestamp()), pdf_tags=tags,  # pyright: ignore[reportArgumentType]
            )  # fmt: skip
        except typst.TypstError as fault:
            found = {c for text in _NO_GLYPH.findall(str(fault.diagnostic)) for c in _unescaped(text)} - set(_PLAIN) - missing
            if not found:
                raise Unprintable(_NO_GLYPH.sub("", str(fault)).splitlines()[0][:200]) from None
            missing |= found
            continue
        return bytes(made), "".join(sorted(missing))  # pyright: ignore[reportArgumentType] - one PDF is bytes
    raise Unprintable("too many letters without a picture")


def measured(template: str, values: Mapping[str, Any]) -> Any:
    """Give what a template says of its values, as `metadata(...) <measured>`, without making a document."""
    inputs = {"values": orjson.dumps(_shown(values, frozenset())).decode()}
    told = typst.query(
        template.encode(), "<measured>", field="value", one=True, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs,  # pyright: ignore[reportArgumentType] - as above
    )  # fmt: skip
    return orjson.loads(told)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _shown(value: Any, missing: frozenset[str]) -> Any:
    """Copy with every text as it can be printed: no control characters, no turned directions, numbers for letters without picture."""
    if isinstance(value, str):
        return "".join(_letter(c, missing) for c in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {k: _shown(v, missing) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(v, missing) for v in value]
    return value


def _letter(c: str, missing: frozenset[str]) -> str:
    if c in missing or unicodedata.category(c) in {"Cs", "Co", "Cn"}:
        return f"[U+{ord(c):04X}]"
    if c in _DIRECTIONS:
        return ""
    return " " if unicodedata.category(c) == "Cc" and c != "\n" else c


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)
