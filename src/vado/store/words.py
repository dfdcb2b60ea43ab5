"""Under which words a concept is found; the same in every store."""

import re

from vado.model.person import plain_letters

_WORD = re.compile(r"[a-z0-9]{3,}")


def words_of(text: str) -> frozenset[str]:
    """Give the words of three and more plain letters or figures."""
    return frozenset(_WORD.findall(plain_letters(text)))
