"""Scans and photos: every letter is read from pixels."""

from vado.extract.pages import issues_of, items_of, leaves_of
from vado.extract.parts import Leaf, parts_by_cover, parts_by_look, parts_ledger, taken_apart
from vado.incoming.scan.facts import facts
from vado.model.fact import Facts
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Place, Reading, issue
from vado.tools import image, ocr, paper, pdf


class ScanReader:
    """Reads PNG, JPEG, TIFF, WEBP, GIF, BMP, and PDFs that hold no text. One item is one line of print.

    Several documents in one scan become originals of their own: what follows a cover sheet, or looks like another document.
    """

    name = "scan"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """0.9 for a picture, 0.7 for any PDF (the PDF readers claim more when they see text or fields)."""
        return 0.9 if image.media_type(content) else 0.7 if pdf.is_pdf(content) else 0.0

    def read(self, original: Original, content: bytes, partner: PartnerProfile) -> Reading:
        """See the lines of every page, with their boxes and confidence.

        Raises:
            UnreadableOriginal: IN-001 empty, IN-007 damaged, IN-016 locked, IN-506 too large.
        """
        kind = image.media_type(content)
        covers = paper.covers(content)
        parts = parts_by_cover([Leaf(n, cover) for n, cover in enumerate(covers, 1)])
        pages = [] if any(covers) else paper.picture_pages(content) if kind else paper.pdf_pages(content)
        parts = parts or (parts_by_look(leaves_of(pages)) if kind in (None, "image/tiff") else [])
        issues = issues_of(original.id, pages)
        if any(covers) or parts:
            items, children = taken_apart(original, content, parts, paper.part)
            issues = [issue("IN-524", Place(original.id, "document"), count=len(parts))]
        else:
            items, children = tuple(items_of(original.id, pages, Fidelity.IMAGE)), ()
        reader = f"{self.name}/{self.version}+{ocr.ENGINE}"
        return Reading(original.id, reader, kind or "application/pdf", Fidelity.IMAGE, items, tuple(issues), children)

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Give the document, its person and what its sections state; text only, never a code."""
        apart = any(i.code == "IN-524" for i in reading.issues)
        return parts_ledger(reading) if apart else facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG; None: no such page."""
        return paper.picture(content, page)
