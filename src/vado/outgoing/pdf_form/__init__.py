"""See README.md in this folder."""

from vado.outgoing.pdf_form.write import PdfFormWriter

__all__ = ["PdfFormWriter"]
