"""Scans and photos: every letter is read from pixels."""

from pathlib import Path

from vado.errors import SettingsError
from vado.extract.boxes import box_items, unfit
from vado.extract.pages import issues_of, items_of, leaves_of
from vado.extract.parts import Leaf, Part, parts_by_cover, parts_by_form, parts_by_look, parts_ledger, taken_apart
from vado.incoming.scan.facts import facts
from vado.model.fact import Facts
from vado.model.form import Form
from vado.model.original import Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue
from vado.settings.form import load_form
from vado.tools import image, ocr, paper, pdf


class ScanReader:
    """Reads PNG, JPEG, TIFF, WEBP, GIF, BMP, and PDFs that hold no text. One item is one line of print.

    Several documents in one scan become originals of their own: what follows a cover sheet, or looks like another document.
    A page of one of the sender's paper forms is read box by box as well: one item is one filled box, and the reading has FIELDS.
    """

    name = "scan"
    version = "4"

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
        reader = f"{self.name}/{self.version}+{ocr.ENGINE}"
        media_type, fidelity = kind or "application/pdf", Fidelity.IMAGE
        pages, issues = [], list[Issue]()
        if not any(covers):
            forms, issues = _forms(original, partner)
            pages = paper.picture_pages(content, forms=forms) if kind else paper.pdf_pages(content, forms=forms)
            parts = _parts(pages) if kind in (None, "image/tiff") else []
        if any(covers) or parts:
            items, children = taken_apart(original, content, parts, paper.part)
            issues = [issue("IN-524", Place(original.id, "document"), count=len(parts))]
            return Reading(original.id, reader, media_type, fidelity, items, tuple(issues), children)
        boxes = box_items(original.id, pages, partner.dates)
        if any(p.form for p in pages):
            fidelity = Fidelity.FIELDS
        issues += [*issues_of(original.id, pages), *unfit(original.id, boxes)]
        items = (*boxes, *_lines(original, pages, fidelity))
        return Reading(original.id, reader, media_type, fidelity, items, tuple(issues))

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Give the document, its person and what its sections state; text only, never a code."""
        apart = any(i.code == "IN-524" for i in reading.issues)
        return parts_ledger(reading) if apart else facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG; None: no such page."""
        return paper.picture(content, page)


def _forms(original: Original, partner: PartnerProfile) -> tuple[list[Form], list[Issue]]:
    """Load the sender's paper forms; one that cannot be used is said, and the pages are read without it."""
    forms, issues = list[Form](), list[Issue]()
    for path in map(Path, partner.papers):
        try:
            forms.append(load_form(path))
        except SettingsError as fault:
            issues.append(issue("IN-532", Place(original.id, "document"), form=str(fault.slots["form"])))
    return forms, issues


def _parts(pages: list[paper.SeenPage]) -> list[Part]:
    """Where documents begin: a form page that comes again begins another person's form; else by the look of the pages."""
    return parts_by_form([(p.number, p.form, p.form_page) for p in pages]) or parts_by_look(leaves_of(pages))


def _lines(original: Original, pages: list[paper.SeenPage], fidelity: Fidelity) -> list[Item]:
    """All lines of all pages; those of a form page are its print, where no label is looked for: its boxes have theirs."""
    form = [p for p in pages if p.form]
    other = [p for p in pages if not p.form]
    return [*items_of(original.id, form, fidelity, label="print"), *items_of(original.id, other, fidelity)]
