"""PDFs with text: letters, reports. A page without usable text is read from its pixels."""

from vado.extract.pages import issues_of, items_of, leaves_of
from vado.extract.parts import parts_by_look, parts_ledger, taken_apart
from vado.incoming.pdf_text.facts import facts
from vado.model.fact import Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Place, Reading, issue
from vado.tools import ocr, paper, pdf


class PdfTextReader:
    """Reads PDFs with usable text on at least one page. One item is one line."""

    name = "pdf_text"
    version = "2"

    def claims(self, original: Original, content: bytes) -> float:
        """0.8 when one of the pages looked at has text that can be trusted."""
        return 0.8 if pdf.is_pdf(content) and paper.first_usable(content) else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """See the lines of every page, with their boxes; embedded files become children.

        Raises:
            UnreadableOriginal: IN-007 damaged, IN-016 locked.
        """
        pages = paper.pdf_pages(content)
        issues = issues_of(original.id, pages)
        inside, left_out = pdf.attachments(content)
        if left_out:
            issues.append(issue("IN-508", Place(original.id, "document"), count=left_out, limit="number and size"))
        looked = any(line.read for p in pages for line in p.lines or ())
        items = tuple(items_of(original.id, pages, Fidelity.TEXT))
        children = tuple(Arrival(original.partner, original.channel, data, name, original.id) for name, data in inside if data)
        if parts := parts_by_look(leaves_of(pages)):
            items, documents = taken_apart(original, content, parts, paper.part)
            issues, children = [issue("IN-524", Place(original.id, "document"), count=len(parts))], (*documents, *children)
        reader = f"{self.name}/{self.version}" + (f"+{ocr.ENGINE}" if looked else "")
        return Reading(original.id, reader, "application/pdf", Fidelity.TEXT, items, tuple(issues), children)

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Give the document, its person and what its sections state."""
        apart = any(i.code == "IN-524" for i in reading.issues)
        return parts_ledger(reading) if apart else facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG; None: no such page."""
        return paper.picture(content, page)
