"""The cover sheet as a page to print: a QR code of 38 mm, and whose documents are to follow it. No word on any person."""

from io import BytesIO

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from vado.model.cover import Cover

_SIDE = 50 * mm  # with its white border; the code itself is 38 mm, and 30 is what damage leaves readable
_WORDS = {
    "en": ("Cover sheet", "Put this sheet before the documents and scan them together.", "For", "About one person known to Vado"),
    "es": ("Carátula", "Ponga esta hoja delante de los documentos y escanéelos juntos.", "Para", "De una persona que Vado conoce"),
}  # fmt: skip


def write(cover: Cover, *, partner_name: str, language: str) -> bytes:
    """Give the sheet as a PDF of one A4 page; `language` is en or es."""
    title, what, whose, about = _WORDS[language]
    box = BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    width, height = A4
    canvas.setFont("Helvetica-Bold", 28)
    canvas.drawCentredString(width / 2, height - 50 * mm, title)
    canvas.setFont("Helvetica", 14)
    canvas.drawCentredString(width / 2, height - 62 * mm, what)
    code = QrCodeWidget(f"VADO1:{cover.code}", barLevel="H", barWidth=_SIDE, barHeight=_SIDE, barBorder=4)
    drawing = Drawing(_SIDE, _SIDE)
    drawing.add(code)
    renderPDF.draw(drawing, canvas, (width - _SIDE) / 2, height - 120 * mm)
    lines = [f"{whose}: {partner_name}", *([about] if cover.person else []), f"{cover.made:%Y-%m-%d}", cover.code]
    for n, line in enumerate(lines):
        canvas.drawCentredString(width / 2, height - (135 + 9 * n) * mm, line)
    canvas.save()
    return box.getvalue()
