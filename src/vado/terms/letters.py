"""The words of letters, a table per language: section headings, document titles, triggers of context, marks of posology.

Each table says its origin; what a word does is told in `extract`. Words are plain letters (lower case, no accents).
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a section is: its kind ('problem', 'past', 'allergy', 'medicine', ..., 'text') and the language of its name."""

    kind: str
    language: str


@cache
def words(language: str) -> dict[str, Any]:
    """Give the table of one language as it stands in its file."""
    return tomllib.loads((files("vado.terms") / f"letters_{language}.toml").read_text("utf-8"))


@cache
def headings() -> dict[str, Heading]:
    """Give heading -> what it heads, of all languages."""
    found: dict[str, Heading] = {}
    for language in LANGUAGES:
        for kind, names in words(language)["sections"].items():
            found |= {name: Heading(kind, language) for name in names if name not in found}
    return found


@cache
def titles() -> dict[str, str]:
    """Give title of a document -> LOINC document type, '' where none is certain."""
    return {title: code for language in LANGUAGES for title, code in words(language)["titles"].items()}


@cache
def pattern(table: str, name: str, language: str = "") -> re.Pattern[str]:
    """Compile a list of words of one language, or of all, longest first, as whole words."""
    return whole(w for x in ([language] if language else LANGUAGES) for w in words(x)[table][name])


def whole(listed: Iterable[str]) -> re.Pattern[str]:
    """Compile words (regular expressions) that stand alone."""
    return re.compile(r"(?<![\w-])(?:" + "|".join(sorted(set(listed), key=len, reverse=True)) + r")(?![\w])")
