"""See README.md in this folder."""

from vado.incoming.pdf_text.read import PdfTextReader

__all__ = ["PdfTextReader"]
