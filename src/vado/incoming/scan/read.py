"""Scans and photos: every letter is read from pixels."""

from vado.extract.pages import issues_of, items_of
from vado.incoming.scan.facts import facts
from vado.model.fact import Facts
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Reading
from vado.tools import image, ocr, paper, pdf


class ScanReader:
    """Reads PNG, JPEG, TIFF, WEBP, GIF, BMP, and PDFs that hold no text. One item is one line of print."""

    name = "scan"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """0.9 for a picture, 0.7 for any PDF (the PDF readers claim more when they see text or fields)."""
        return 0.9 if image.media_type(content) else 0.7 if pdf.is_pdf(content) else 0.0

    def read(self, original: Original, content: bytes) -> Reading:
        """See the lines of every page, with their boxes and confidence.

        Raises:
            UnreadableOriginal: IN-001 empty, IN-007 damaged, IN-016 locked, IN-506 too large.
        """
        kind = image.media_type(content)
        pages = paper.picture_pages(content) if kind else paper.pdf_pages(content)
        return Reading(
            original.id,
            f"{self.name}/{self.version}+{ocr.ENGINE}",
            kind or "application/pdf",
            Fidelity.IMAGE,
            tuple(items_of(original.id, pages, Fidelity.IMAGE)),
            tuple(issues_of(original.id, pages)),
        )

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Give the document, its person and what its sections state; text only, never a code."""
        return facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG; None: no such page."""
        return paper.picture(content, page)
