"""PDF forms that were filled on a computer: named fields with values (ISO 32000-1, 12.7)."""

from vado.extract.pages import issues_of, items_of
from vado.incoming.pdf_form.facts import facts
from vado.model.fact import Facts
from vado.model.original import Arrival, Original
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Item, Place, Reading, issue
from vado.tools import ocr, paper, pdf
from vado.tools.pdf_fields import Field, fields

_DOUBTFUL = 0.5  # the file holds one state of a box and shows another: a person has to look


class PdfFormReader:
    """Reads PDFs with form fields. One item is one filled field; printed lines follow as items labelled 'print'."""

    name = "pdf_form"
    version = "3"

    def claims(self, original: Original, content: bytes) -> float:
        """0.9 when a form field holds a value, 0.85 for a form whose fields are all empty."""
        if not pdf.is_pdf(content):
            return 0.0
        found = fields(content)
        return 0.9 if any(f.value for f in found) else 0.85 if len(found) >= 3 else 0.0

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """See the filled fields with their boxes, and what is printed around them.

        Raises:
            UnreadableOriginal: IN-007 damaged, IN-016 locked.
        """
        pages = paper.pdf_pages(content)
        filled = [f for f in fields(content) if f.value]
        items = [_item(original, n, f) for n, f in enumerate(filled, 1)]
        issues = [i for i in issues_of(original.id, pages) if i.code != "IN-502"]  # a form needs no print
        if not filled:
            issues.append(issue("IN-503", Place(original.id, "document")))
        inside, left_out = pdf.attachments(content)
        if left_out:
            issues.append(issue("IN-508", Place(original.id, "document"), count=left_out, limit="number and size"))
        looked = any(line.read for p in pages for line in p.lines or ())
        return Reading(
            original.id,
            f"{self.name}/{self.version}" + (f"+{ocr.ENGINE}" if looked else ""),
            "application/pdf",
            Fidelity.FIELDS,
            (*items, *items_of(original.id, pages, Fidelity.FIELDS, label="print")),
            tuple(issues),
            tuple(Arrival(original.partner, original.channel, data, name, original.id) for name, data in inside if data),
        )

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Give the document and the person its fields name."""
        return facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """Draw one page (1-based) as PNG, fields filled; None: no such page."""
        return paper.picture(content, page)


def _item(original: Original, number: int, field: Field) -> Item:
    where = f"page {field.page} / field {field.name}" if field.page else f"field {field.name}"
    return Item(
        field.label or field.name or f"field {number}",
        field.said,
        Place(original.id, where, field.box),
        1.0 if field.sure else _DOUBTFUL,
    )
