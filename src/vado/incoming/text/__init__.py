"""Plain text and DOCX."""

from vado.incoming.text.read import TextReader

__all__ = ["TextReader"]
