"""Paper: letters and forms drawn as PDF or as a picture, with the noise that scanners and phones add."""

from __future__ import annotations

import io
from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from vado.place.clinic import NO_ALLERGY

if TYPE_CHECKING:
    from vado.place.town import Copy

_FONT = files("reportlab") / "fonts" / "Vera.ttf"  # shipped in the package: no font of the machine is needed
Lines = list[str]
_WORDS = {
    True: ("Informe clínico", "Nombre del paciente", "Fecha de nacimiento", "NHC", "Número NHS", "Diagnósticos", "Tratamiento actual", "Alergias", "Firmado: Dra. Soler"),
    False: ("Clinic letter", "Patient name", "Date of birth", "Hospital number", "NHS number", "Diagnoses", "Current medication", "Allergies", "Signed: Dr Soler"),
}  # fmt: skip


def letter(copy: Copy, *, spanish: bool, clinical: bool = True) -> Lines:
    """Write a letter as a clinic would."""
    title, name, born, record, nhs, diagnoses, treatment, allergies, signed = _WORDS[spanish]
    c = copy.citizen
    lines = [title, "", f"{name}: {c.given} {c.surname}", f"{born}: {c.birth:%d/%m/%Y}", f"{record}: {copy.number}"]
    if copy.nhs and not spanish:
        lines.append(f"{nhs}: {copy.nhs[:3]} {copy.nhs[3:6]} {copy.nhs[6:]}")
    if copy.dni and spanish:
        lines.append(f"DNI: {copy.dni}")
    for heading, kind in (
        ((diagnoses, "Condition"), (treatment, "Medication"), (allergies, "AllergyIntolerance")) if clinical else ()
    ):
        told = [t for t in copy.truths if t.kind == kind and t.thing is not NO_ALLERGY]
        if told:
            words = (t.thing.es if spanish else t.thing.en for t in told)
            lines += ["", heading] + [f"- {w} {t.strength}".rstrip() for w, t in zip(words, told, strict=True)]
    if not clinical:
        lines += ["", "Alta a domicilio." if spanish else "Discharged home."]
    return [*lines, "", signed]


def letter_pdf(copy: Copy, *, spanish: bool, clinical: bool = True) -> bytes:
    """The letter as a text PDF."""
    pdfmetrics.registerFont(TTFont("Vera", str(_FONT)))
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setFont("Vera", 11)
    for n, line in enumerate(letter(copy, spanish=spanish, clinical=clinical)):
        canvas.drawString(60, 780 - 18 * n, line)
    canvas.save()
    return box.getvalue()


def page_picture(lines: Lines, chance: Random, *, noise: float = 1.0) -> Image.Image:
    """Draw lines on a page and scan it: a little askew, specks, grey."""
    page = Image.new("L", (1240, 1754), 250)
    draw = ImageDraw.Draw(page)
    for n, line in enumerate(lines):
        font = ImageFont.truetype(io.BytesIO(_FONT.read_bytes()), 40 if n == 0 else 28)
        draw.text((110, 120 + 52 * n), line, fill=20, font=font)
    page = page.rotate(chance.uniform(-0.7, 0.7), resample=Image.Resampling.BICUBIC, fillcolor=250)
    grid = np.asarray(page).astype(np.int16)
    source = np.random.default_rng(chance.randrange(2**32))
    grid += (source.normal(0, 6 * noise, grid.shape)).astype(np.int16)
    specks = source.random(grid.shape) < 0.0004 * noise
    grid[specks] = 60
    return Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))


def scan_png(lines: Lines, chance: Random) -> bytes:
    """A scanned page."""
    return _saved(page_picture(lines, chance), "PNG")


def scan_tiff(lines: Lines, chance: Random) -> bytes:
    """A scanned page as TIFF."""
    return _saved(page_picture(lines, chance), "TIFF", compression="tiff_lzw")


def scan_pdf(lines: Lines, chance: Random) -> bytes:
    """A scanned page inside a PDF: no text, only the picture."""
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(page_picture(lines, chance)), 0, 0, *A4)
    canvas.save()
    return box.getvalue()


def phone_photo(lines: Lines, chance: Random) -> bytes:
    """The page on a table, taken with a phone: perspective, shadow, noise."""
    page = np.asarray(page_picture(lines, chance, noise=0.5))
    height, width = page.shape
    shift = [chance.uniform(0.01, 0.05) for _ in range(8)]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inside = np.array([
        [width * (0.06 + shift[0]), height * (0.05 + shift[1])], [width * (0.94 - shift[2]), height * (0.05 + shift[3])],
        [width * (0.96 - shift[4]), height * (0.95 - shift[5])], [width * (0.04 + shift[6]), height * (0.95 - shift[7])],
    ], np.float32)  # fmt: skip
    matrix = cv2.getPerspectiveTransform(corners, inside)
    photo = cv2.warpPerspective(page, matrix, (width, height), borderValue=70)
    shadow = np.linspace(1.0, 0.72, width, dtype=np.float32)[None, :]
    return _saved(Image.fromarray((photo * shadow).astype(np.uint8)).convert("RGB"), "JPEG", quality=88)


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    box = io.BytesIO()
    image.save(box, form, **options)
    return box.getvalue()
