"""See README.md in this folder."""

from vado.incoming.pdf_form.read import PdfFormReader

__all__ = ["PdfFormReader"]
