"""See README.md in this folder."""

from vado.outgoing.letter.write import LetterWriter

__all__ = ["LetterWriter"]
