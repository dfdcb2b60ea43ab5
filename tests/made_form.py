"""A made paper form: the blank as PDF, with or without form fields, and copies of it as somebody filled them in."""

import io
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from vado.tools import pdf
from vado.tools.image import Pixels

_FONT = (files("reportlab") / "fonts" / "Vera.ttf").read_bytes()
BOXES = {  # label -> left, bottom, width, height in points
    "Surname": (60, 640, 220, 24), "First name": (310, 640, 220, 24), "Date of birth": (60, 580, 120, 24),
    "NHS number": (220, 580, 200, 24), "Weight (kg)": (440, 580, 90, 24), "Address": (60, 520, 470, 24),
    "Allergies": (60, 430, 470, 60), "Signature": (60, 300, 220, 30), "Date signed": (310, 300, 120, 24),
}  # fmt: skip
TICKS = {("Sex", "Female"): (150, 390), ("Sex", "Male"): (240, 390), ("Smoker", "Yes"): (400, 390)}
_CELLS = 10
_WORDS = (
    "Please fill in this card in block letters and give it back at the desk of the community group.",
    "Your answers are kept in confidence and are shown only to those who look after you.",
    "If you need help with this form, ask one of the volunteers or telephone before noon.",
)


def blank(*, fields: bool, title: str = "Community group: health card") -> bytes:
    """The empty form as PDF; `fields`: it can be filled on a computer as well."""
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica-Bold", 17)
    canvas.drawString(60, 780, title)
    canvas.setFont("Helvetica", 10)
    for n, words in enumerate(_WORDS):
        canvas.drawString(60, 750 - 16 * n, words)
        canvas.drawString(60, 240 - 16 * n, words[::-1].capitalize())
    for label, (x, y, w, h) in BOXES.items():
        canvas.drawString(x, y + h + 4, label)
        canvas.rect(x, y, w, h)
        cells = _CELLS if label == "NHS number" else 1
        for n in range(1, cells):
            canvas.line(x + n * w / cells, y, x + n * w / cells, y + h)
        if fields:
            flags = "comb" if cells > 1 else "multiline" if h > 40 else ""
            canvas.acroForm.textfield(
                name=label, tooltip=label, x=x, y=y, width=w, height=h, borderWidth=0, fillColor=None, fieldFlags=flags,
                maxlen=cells if cells > 1 else 100,
            )  # fmt: skip
    canvas.drawString(60, 393, "Sex")
    for (label, option), (x, y) in TICKS.items():
        canvas.rect(x, y, 12, 12)
        canvas.drawString(x + 18, y + 2, option if label == "Sex" else label)
        if fields:
            name = f"{label} {option}" if label == "Sex" else label
            canvas.acroForm.checkbox(name=name, tooltip=name, x=x, y=y, size=12, borderWidth=0, fillColor=None)
    canvas.save()
    return box.getvalue()


def filled(values: Mapping[str, str], *, title: str = "Community group: health card") -> Pixels:
    """The form as it was filled in, drawn at 200 dots an inch: texts by label; 'Sex' by option; 'Smoker' and 'Signature' by any word."""
    with pdf.pages_of(blank(fields=False, title=title)) as document:
        page = Image.fromarray(pdf.draw(document, 1, dpi=200, longest=2400))
    draw, scale = ImageDraw.Draw(page), 200 / 72
    font = ImageFont.truetype(io.BytesIO(_FONT), round(11 * scale))
    for label, text in values.items():
        if label in ("Sex", "Smoker"):
            x, y = next(at for (name, option), at in TICKS.items() if name == label and (label == "Smoker" or option == text))
            a, b = (x + 2) * scale, (A4[1] - y - 10) * scale
            draw.line([(a, b), (a + 22, b + 22)], fill=(30, 30, 90), width=4)
            draw.line([(a, b + 22), (a + 22, b)], fill=(30, 30, 90), width=4)
            continue
        x, y, w, h = (v * scale for v in BOXES[label])
        top = A4[1] * scale - y - h
        if label == "Signature":
            draw.line([(x + 40 + 30 * n, top + h / 2 + (n % 2) * 30 - 15) for n in range(12)], fill=(30, 30, 90), width=4)
        elif label == "NHS number":
            for n, letter in enumerate(text):
                draw.text((x + (n + 0.5) * w / _CELLS, top + h / 2), letter, fill=(20, 20, 60), font=font, anchor="mm")
        else:
            for n, line in enumerate(text.split("\n")):
                draw.text((x + 8, top + 33 + 45 * n), line, fill=(20, 20, 60), font=font, anchor="lm")
    return np.asarray(page)
