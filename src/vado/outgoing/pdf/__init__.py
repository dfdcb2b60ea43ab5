"""See README.md in this folder."""

from vado.outgoing.pdf.write import PdfWriter

__all__ = ["PdfWriter"]
