"""Printed forms of the invented place: blank ones as PDF, and copies that somebody filled in, with what was written where.

A form is told by its questions (`Design`); the same layout draws the blank, its form fields and a filled copy.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from random import Random

import cv2
import numpy as np
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from vado.model.form import FieldKind
from vado.model.reading import Box
from vado.place.clinic import ALLERGIES, MEDICINES, PROBLEMS, TODAY
from vado.place.damage import Grid, Way, faxed, photographed, scanned
from vado.place.people import CITY, Citizen
from vado.tools import pdf

_MARGIN, _TICK, _HIGH = 50.0, 11.0, 21.0  # points
_DATE = (2, 2, 4)  # figures of the three cells of a date
_HANDS = ("Helvetica", "Courier", "Times-Roman", "Times-Italic", "Helvetica-Oblique", "Vera", "VeraIt", "VeraBd")
_INKS = (Color(0.05, 0.05, 0.1), Color(0.08, 0.1, 0.45), Color(0, 0, 0))
_ANSWERED = 0.88  # chance that a question is answered at all
_KINDS = {
    "comb": FieldKind.COMB, "date": FieldKind.DATE, "tick": FieldKind.CHECK, "round": FieldKind.CHECK, "sign": FieldKind.SIGNATURE,
}  # fmt: skip
_OF = {"birth": FieldKind.DATE, "today": FieldKind.DATE, "since": FieldKind.DATE, "weight": FieldKind.NUMBER, "height": FieldKind.NUMBER,
       "nhs": FieldKind.NUMBER, "phone": FieldKind.NUMBER, "pressure": FieldKind.NUMBER, "pulse": FieldKind.NUMBER}  # fmt: skip
_NOTES = {
    True: ("Camina con bastón y vive en un segundo piso sin ascensor.", "Refiere cansancio desde el verano.", "Duerme mal por la tos.",
           "Acude acompañado de su hija, que le cuida por las tardes.", "Sin cambios desde la última visita."),
    False: ("Walks with a stick and lives on the second floor without a lift.", "Reports tiredness since the summer.", "Sleeps badly because of a cough.",
            "Came with a daughter who looks after things in the evening.", "No change since the last visit."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a form."""

    label: str
    of: str  # what of a citizen answers it: see `answers`
    style: str = "cell"  # cell, line, comb, date (three cells), tick, round, area (several lines), sign
    wide: float = 1.0  # share of its row
    options: tuple[str, ...] = ()  # printed beside boxes to tick, in the order that `answers` counts them
    cells: int = 0  # of a comb

    @property
    def kind(self) -> FieldKind:
        """How it is filled."""
        return _KINDS.get(self.style) or _OF.get(self.of, FieldKind.TEXT)


@dataclass(frozen=True, slots=True)
class Design:
    """One blank form: on each page words (a heading begins with '#') and rows of questions."""

    name: str
    title: str
    spanish: bool
    pages: tuple[tuple[str | tuple[Ask, ...], ...], ...]
    face: str = "Helvetica"  # bold is face-Bold
    size: float = 9
    beside: bool = False  # labels stand before their boxes, not above


@dataclass(frozen=True, slots=True)
class Tick:
    """One box to tick."""

    option: str
    box: Box
    ticked: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands in one place of a filled form; '' where nothing was written."""

    label: str
    kind: FieldKind
    page: int  # 1-based
    box: Box  # fractions of the page
    value: str
    ticks: tuple[Tick, ...] = ()


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a question stands: points from the lower left; `spots` are its boxes to tick, or its cells."""

    ask: Ask
    page: int
    label: tuple[float, float]
    rect: tuple[float, float, float, float]  # x, y, width, height
    spots: tuple[tuple[float, float, float, float], ...] = ()


def blank(design: Design, *, fields: bool) -> bytes:
    """Give the empty form as PDF; `fields`: with form fields to fill on a computer."""
    box, canvas = _begin()
    for page in range(1, len(design.pages) + 1):
        _print(canvas, design, page)
        for slot in _slots(design) if fields else ():
            if slot.page == page:
                _widget(canvas, slot)
        canvas.showPage()
    canvas.save()
    return box.getvalue()


def fill(design: Design, citizen: Citizen, chance: Random) -> tuple[bytes, tuple[Answer, ...]]:
    """Give a copy as this citizen filled it in with printed letters, as PDF without fields, and what stands where."""
    box, canvas = _begin()
    told, found = answers(citizen, chance, spanish=design.spanish), list[Answer]()
    hand, ink, way = chance.choice(_HANDS), chance.choice(_INKS), chance.choice(("tick", "cross", "blot"))
    for page in range(1, len(design.pages) + 1):
        _print(canvas, design, page)
        canvas.setFillColor(ink)
        canvas.setStrokeColor(ink)
        for slot in _slots(design):
            if slot.page == page:
                found.append(_answer(canvas, slot, told if chance.random() < _ANSWERED else {}, hand, way, chance))
        canvas.showPage()
    canvas.save()
    return box.getvalue(), tuple(found)


def answers(c: Citizen, chance: Random, *, spanish: bool) -> dict[str, str | tuple[int, ...]]:
    """Give what this citizen answers: words, or which options are ticked."""
    problems = [p for p in PROBLEMS if chance.random() < 0.3]
    medicines = [MEDICINES[p.code] for p in problems]
    kg = f"{chance.uniform(45, 110):.1f}"
    return {
        "surname": c.surname, "given": c.given, "name": f"{c.given} {c.surname}", "birth": f"{c.birth:%d/%m/%Y}", "dni": c.dni, "nhs": c.nhs,
        "street": c.street, "town": CITY, "postcode": c.postcode, "phone": c.phone, "kin": f"{chance.choice(('Ana', 'Luis', 'Joan', 'Alan'))} {c.family[0]}",
        "allergy": _words([t.es if spanish else t.en for t in ALLERGIES if chance.random() < 0.25]),
        "medicines": _words([f"{m.es if spanish else m.en} {strength}" for m, strength, _ in medicines]),
        "notes": " ".join(chance.sample(_NOTES[spanish], 2)), "reason": chance.choice(_NOTES[spanish]),
        "weight": kg.replace(".", ",") if spanish else kg, "height": str(chance.randrange(145, 196)), "pulse": str(chance.randrange(52, 104)),
        "pressure": f"{chance.randrange(105, 170)}/{chance.randrange(60, 100)}", "today": f"{TODAY:%d/%m/%Y}",
        "since": f"{TODAY - timedelta(days=chance.randrange(30, 3000)):%d/%m/%Y}", "signed": "signed",
        "sex": (0,) if c.gender == "female" else (1,), "smoker": (chance.randrange(3),), "problems": tuple(PROBLEMS.index(p) for p in problems),
        "yes": (0,), "agreed": (0,) if chance.random() < 0.6 else (), **{f"yes{n}": (chance.randrange(2),) for n in range(1, 9)},
    }  # fmt: skip


def page_of(content: bytes, number: int) -> Grid:
    """Draw a page of a PDF in grey at 200 dots an inch."""
    with pdf.pages_of(content) as document:
        return np.asarray(cv2.cvtColor(pdf.draw(document, number, dpi=200, longest=2400), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def sent(page: Grid, way: str, chance: Random) -> tuple[Grid, Way]:
    """Send a page by 'scan', 'fax' or 'photo': see `vado.place.damage`."""
    return {"scan": scanned, "fax": faxed, "photo": photographed}[way](page, chance)


def _words(listed: list[str]) -> str:
    return ", ".join(listed)


# --- where everything stands


def _slots(design: Design) -> Iterator[_Slot]:
    for number, page in enumerate(design.pages, 1):
        y = A4[1] - 92.0
        for row in page:
            if isinstance(row, str):
                y -= design.size + (16 if row.startswith("#") else 5)
                continue
            high = max(_height(design, ask) for ask in row)
            x, room = _MARGIN, A4[0] - 2 * _MARGIN - 10 * (len(row) - 1)
            for ask in row:
                yield _slot(design, ask, number, (x, y, ask.wide * room, high))
                x += ask.wide * room + 10
            y -= high


def _height(design: Design, ask: Ask) -> float:
    if ask.style in ("tick", "round"):
        return 22.0
    body = 66.0 if ask.style == "area" else 34.0 if ask.style == "sign" else _HIGH
    return body + (6 if design.beside and ask.style != "area" else design.size + 9)


def _slot(design: Design, ask: Ask, page: int, room: tuple[float, float, float, float]) -> _Slot:
    x, y, wide, high = room
    if ask.style in ("tick", "round"):
        return _Slot(ask, page, (x, y - 14), (x, y - 17, wide, 17), tuple(_boxes(design, ask, x, y - 16)))
    if design.beside and ask.style != "area":
        told = pdfmetrics.stringWidth(ask.label + ":", design.face, design.size) + 8
        rect = (x + told, y - high + 4, wide - told, high - 6)
        label = (x, y - high + 9)
    else:
        label, rect = (x, y - design.size - 1), (x, y - high + 4, wide, high - design.size - 9)
    return _Slot(ask, page, label, rect, tuple(_cells(ask, rect)))


def _boxes(design: Design, ask: Ask, x: float, y: float) -> Iterator[tuple[float, float, float, float]]:
    """Boxes to tick, each before its option; a question without a label is a single sentence to agree to."""
    at = x + (pdfmetrics.stringWidth(ask.label, design.face, design.size) + 14 if ask.label else 0)
    for option in ask.options:
        yield at, y, _TICK, _TICK
        at += _TICK + 5 + pdfmetrics.stringWidth(option, design.face, design.size) + 14


def _cells(ask: Ask, rect: tuple[float, float, float, float]) -> Iterator[tuple[float, float, float, float]]:
    x, y, wide, high = rect
    if ask.style == "comb":
        step = min(wide / ask.cells, 17.0)
        yield from ((x + n * step, y, step, high) for n in range(ask.cells))
    elif ask.style == "date":
        for figures in _DATE:
            yield x, y, 13.0 * figures, high
            x += 13.0 * figures + 5


# --- what the press prints


def _begin() -> tuple[io.BytesIO, Canvas]:
    fonts = files("reportlab") / "fonts"
    for name in ("Vera", "VeraIt", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO((fonts / f"{name}.ttf").read_bytes())))
    box = io.BytesIO()
    return box, Canvas(box, pagesize=A4, invariant=1)


def _bold(face: str) -> str:
    return {"Vera": "VeraBd", "Times-Roman": "Times-Bold"}.get(face, f"{face}-Bold")


def _print(canvas: Canvas, design: Design, page: int) -> None:
    canvas.setFillGray(0)
    canvas.setStrokeGray(0.15)
    canvas.setLineWidth(0.8)
    canvas.setFont(_bold(design.face), 15)
    canvas.drawString(_MARGIN, A4[1] - 62, design.title)
    canvas.setFont(design.face, 8)
    pages = ("Página {} de {}" if design.spanish else "Page {} of {}").format(page, len(design.pages))
    canvas.drawRightString(A4[0] - _MARGIN, A4[1] - 62, pages)
    canvas.drawString(_MARGIN, 34, f"{design.name} / 2026")
    canvas.line(_MARGIN, A4[1] - 72, A4[0] - _MARGIN, A4[1] - 72)
    _print_words(canvas, design, page)
    for slot in _slots(design):
        if slot.page == page:
            _print_slot(canvas, design, slot)


def _print_words(canvas: Canvas, design: Design, page: int) -> None:
    y = A4[1] - 92.0
    for row in design.pages[page - 1]:
        if not isinstance(row, str):
            y -= max(_height(design, ask) for ask in row)
        elif row.startswith("#"):
            y -= design.size + 16
            canvas.setFont(_bold(design.face), design.size + 2)
            canvas.drawString(_MARGIN, y + 5, row.strip("# "))
        else:
            y -= design.size + 5
            canvas.setFont(design.face, design.size)
            canvas.drawString(_MARGIN, y + 5, row)


def _print_slot(canvas: Canvas, design: Design, slot: _Slot) -> None:
    ask, (x, y, wide, high) = slot.ask, slot.rect
    canvas.setFont(design.face, design.size)
    canvas.drawString(
        *slot.label, ask.label + (":" if design.beside and ask.label and ask.style not in ("tick", "round") else "")
    )
    for (left, low, w, h), option in zip(slot.spots, ask.options or [""] * len(slot.spots), strict=True):
        if ask.style == "round":
            canvas.circle(left + w / 2, low + h / 2, w / 2)
        else:
            canvas.rect(left, low, w, h)
        canvas.drawString(left + w + 5, low + 2, option)
    if ask.style in ("line", "sign"):
        canvas.line(x, y, x + wide, y)
    elif ask.style in ("cell", "area"):
        canvas.rect(x, y, wide, high)


def _widget(canvas: Canvas, slot: _Slot) -> None:
    """Lay form fields over what is printed; they draw nothing themselves."""
    ask, form = slot.ask, canvas.acroForm
    plain = {"borderWidth": 0, "fillColor": None, "borderColor": None}
    name = ask.label or ask.options[0]
    for option, (x, y, w, _) in zip(ask.options, slot.spots, strict=False):
        if ask.style == "round":
            form.radio(name=name, value=option, tooltip=name, x=x, y=y, size=w, shape="circle", **plain)
        else:
            told = f"{ask.label}: {option}" if ask.label and len(ask.options) > 1 else name
            form.checkbox(name=told, tooltip=told, x=x, y=y, size=w, **plain)
    if ask.options:
        return
    x, y, w, h = _around(slot)
    flags = {"comb": "comb", "area": "multiline"}.get(ask.style, "")
    form.textfield(name=name, tooltip=name, x=x, y=y, width=w, height=h, fieldFlags=flags, maxlen=ask.cells or 200, **plain)


def _around(slot: _Slot) -> tuple[float, float, float, float]:
    if not slot.spots:
        return slot.rect
    left, low = min(s[0] for s in slot.spots), min(s[1] for s in slot.spots)
    return left, low, max(s[0] + s[2] for s in slot.spots) - left, max(s[1] + s[3] for s in slot.spots) - low


# --- what a hand writes


def _answer(canvas: Canvas, slot: _Slot, told: dict[str, str | tuple[int, ...]], hand: str, way: str, chance: Random) -> Answer:
    ask, value = slot.ask, told.get(slot.ask.of, "")
    box = _box(_around(slot))
    if ask.options:
        chosen = [n for n in value if isinstance(n, int) and n < len(ask.options)]
        for n in chosen:
            mark(canvas, slot.spots[n], way, chance)
        ticks = tuple(Tick(o, _box(s), n in chosen) for n, (o, s) in enumerate(zip(ask.options, slot.spots, strict=True)))
        return Answer(
            ask.label or ask.options[0], ask.kind, slot.page, box, "; ".join(t.option for t in ticks if t.ticked), ticks
        )
    text = str(value) if value else ""
    if text and ask.style == "sign":
        _sign(canvas, slot.rect, chance)
    elif text and ask.style in ("comb", "date"):
        text = _write_cells(canvas, slot, text, hand)
    elif text:
        text = write(canvas, slot.rect, text, hand, chance, many=ask.style == "area")
    return Answer(ask.label, ask.kind, slot.page, box, text)


def _box(rect: tuple[float, float, float, float]) -> Box:
    x, y, w, h = rect
    return Box(x / A4[0], 1 - (y + h) / A4[1], (x + w) / A4[0], 1 - y / A4[1])


def write(
    canvas: Canvas,
    rect: tuple[float, float, float, float],
    text: str,
    hand: str,
    chance: Random,
    *,
    many: bool,
    most: float = 11.5,
) -> str:
    """Write words into a box (x, y, width, height; points), smaller when they are many, `most` points high; give what found room."""
    x, y, wide, high = rect
    size = chance.uniform(0.83 * most, most)
    if many:
        lines = _wrapped(text, hand, size, wide - 14)[: int((high - 4) // (size + 4))]
        for n, line in enumerate(lines):
            canvas.setFont(hand, size)
            canvas.drawString(x + 6, y + high - (size + 4) * (n + 1), line)
        return " ".join(lines)
    while size > 0.65 * most and pdfmetrics.stringWidth(text, hand, size) > wide - 8:
        size -= 0.5
    while pdfmetrics.stringWidth(text, hand, size) > wide - 8:
        text = text[:-1].strip(" ,.-")
    canvas.setFont(hand, size)
    canvas.drawString(x + chance.uniform(3, 6), y + chance.uniform(4, 6), text)
    return text


def _wrapped(text: str, hand: str, size: float, wide: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pdfmetrics.stringWidth(longer, hand, size) <= wide:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _write_cells(canvas: Canvas, slot: _Slot, text: str, hand: str) -> str:
    """Write block letters, one a cell, or the three parts of a date."""
    canvas.setFont(hand, 11)
    if slot.ask.style == "date":
        for part, (x, y, w, _) in zip(text.split("/"), slot.spots, strict=True):
            canvas.drawCentredString(x + w / 2, y + 6, part)
        return text
    text = text.upper()[: len(slot.spots)].strip()
    for letter, (x, y, w, _) in zip(text, slot.spots, strict=False):
        canvas.drawCentredString(x + w / 2, y + 6, letter)
    return text


def mark(canvas: Canvas, spot: tuple[float, float, float, float], way: str, chance: Random) -> None:
    """Tick a box (x, y, width, height; points) by 'tick', 'cross' or 'blot'."""
    x, y, w, h = spot
    out = chance.uniform(-1.5, 2.0)  # over the edge, or well inside
    canvas.setLineWidth(chance.uniform(1.0, 1.8))
    if way == "blot":
        canvas.circle(x + w / 2, y + h / 2, w * chance.uniform(0.25, 0.38), stroke=0, fill=1)
    elif way == "cross":
        canvas.line(x - out, y - out, x + w + out, y + h + out)
        canvas.line(x - out, y + h + out, x + w + out, y - out)
    else:
        canvas.line(x + 0.15 * w, y + 0.5 * h, x + 0.4 * w, y + 0.12 * h)
        canvas.line(x + 0.4 * w, y + 0.12 * h, x + w + out, y + h + out)
    canvas.setLineWidth(0.8)


def _sign(canvas: Canvas, rect: tuple[float, float, float, float], chance: Random) -> None:
    x, y, wide, high = rect
    at, canvas_path = x + 12, canvas.beginPath()
    canvas_path.moveTo(at, y + high / 2)
    for _ in range(chance.randrange(4, 7)):
        step = min(22.0, wide / 9)
        lows = [y + chance.uniform(0.1, 0.95) * high for _ in range(3)]
        canvas_path.curveTo(at + step * 0.3, lows[0], at + step * 0.5, lows[1], at + step, lows[2])
        at += step
    canvas.drawPath(canvas_path)


# --- the forms of the place

_YES, _SI = ("Yes", "No"), ("Sí", "No")

DESIGNS = (
    Design("ficha-salud", "Grupo vecinal: ficha de salud", True, ((
        "Rellene esta ficha con letra clara y entréguela en el mostrador del grupo vecinal.",
        "Sus respuestas son confidenciales y solo las verán las personas que le cuidan.",
        "# Datos personales",
        (Ask("Apellidos", "surname", wide=0.55), Ask("Nombre", "given", wide=0.45)),
        (Ask("Fecha de nacimiento", "birth", "date", 0.4), Ask("DNI o NIE", "dni", "comb", 0.6, cells=9)),
        (Ask("Sexo", "sex", "round", 0.5, ("Mujer", "Hombre")), Ask("Teléfono", "phone", wide=0.5)),
        (Ask("Domicilio", "street", wide=0.7), Ask("Código postal", "postcode", wide=0.3)),
        "# Salud",
        (Ask("Peso (kg)", "weight", wide=0.2), Ask("Talla (cm)", "height", wide=0.2), Ask("Tensión arterial", "pressure", wide=0.6)),
        (Ask("Alergias", "allergy", "area"),),
        (Ask("¿Fuma?", "smoker", "tick", 1.0, ("Sí", "No", "Exfumador")),),
        (Ask("", "agreed", "tick", 1.0, ("Autorizo a que mi médico vea estos datos",)),),
        (Ask("Firma", "signed", "sign", 0.6), Ask("Fecha", "today", "line", 0.4)),
    ),)),
    Design("intake", "Riverside Centre: patient intake form", False, ((
        "Please print clearly in black or blue ink. Ask at the desk if you need help with any question.",
        "# About you",
        (Ask("Surname", "surname", "line"),),
        (Ask("First name", "given", "line", 0.55), Ask("Date of birth", "birth", "line", 0.45)),
        (Ask("Address", "street", "line"),),
        (Ask("Town", "town", "line", 0.5), Ask("Postcode", "postcode", "line", 0.5)),
        (Ask("Telephone", "phone", "line", 0.5), Ask("NHS number", "nhs", "line", 0.5)),
        (Ask("Sex", "sex", "tick", 1.0, ("Female", "Male")),),
        (Ask("Emergency contact", "kin", "line"),),
        "# Have you ever had any of these?",
        (Ask("Heart disease", "yes1", "tick", 0.5, _YES), Ask("Stroke", "yes2", "tick", 0.5, _YES)),
        (Ask("Tuberculosis", "yes3", "tick", 0.5, _YES), Ask("Epilepsy", "yes4", "tick", 0.5, _YES)),
        "The second page asks about your medicines. Both pages are needed.",
    ), (
        "# Your medicines and allergies",
        (Ask("Medicines that you take now", "medicines", "area"),),
        (Ask("Allergies", "allergy", "area"),),
        (Ask("Weight (kg)", "weight", "line", 0.5), Ask("Height (cm)", "height", "line", 0.5)),
        (Ask("Anything else we should know", "notes", "area"),),
        "I have answered these questions as well as I can. My answers may be shared with those who care for me.",
        (Ask("Signature", "signed", "sign", 0.6), Ask("Date signed", "today", "line", 0.4)),
    )), "Times-Roman", 11, True),
    Design("referral", "District nursing: referral", False, ((
        "Write in BLOCK CAPITALS, one letter in each cell. Send both copies to the district office.",
        (Ask("Surname", "surname", "comb", cells=24),),
        (Ask("First name", "given", "comb", cells=18),),
        (Ask("NHS number", "nhs", "comb", 0.55, cells=10), Ask("Date of birth", "birth", "date", 0.45)),
        (Ask("Postcode", "postcode", "comb", 0.4, cells=7), Ask("Telephone", "phone", "comb", 0.6, cells=11)),
        (Ask("Sex", "sex", "round", 1.0, ("Female", "Male")),),
        "# Reason for referral",
        (Ask("Reason", "reason", "area"),),
        (Ask("Known allergies", "allergy"),),
        (Ask("Urgent visit", "yes1", "round", 0.5, _YES), Ask("Lives alone", "yes2", "round", 0.5, _YES)),
        (Ask("Date of referral", "today", "date", 0.45), Ask("Signed by nurse", "signed", "sign", 0.55)),
    ),), "Vera", 9),
    Design("derivacion", "Centro de salud: hoja de derivación", True, ((
        "Cumplimente todos los apartados. Las hojas incompletas se devuelven al centro de origen.",
        "# Paciente",
        (Ask("Nombre y apellidos", "name", "line"),),
        (Ask("Fecha de nacimiento", "birth", "line", 0.55), Ask("DNI", "dni", "line", 0.45)),
        (Ask("Dirección", "street", "line", 0.65), Ask("Localidad", "town", "line", 0.35)),
        (Ask("Sexo", "sex", "round", 0.5, ("Mujer", "Hombre")), Ask("Urgente", "yes1", "round", 0.5, _SI)),
        "# Motivo y antecedentes",
        (Ask("Motivo de la derivación", "reason", "area"),),
        (Ask("Asma", "yes2", "tick", 0.33, _SI), Ask("Diabetes", "yes3", "tick", 0.33, _SI), Ask("Hipertensión", "yes4", "tick", 0.34, _SI)),
    ), (
        "# Tratamiento",
        (Ask("Medicación actual", "medicines", "area"),),
        (Ask("Alergias conocidas", "allergy", "area"),),
        (Ask("Enfermo desde", "since", "line", 0.5), Ask("Peso (kg)", "weight", "line", 0.5)),
        "El profesional que firma se responsabiliza de los datos de esta hoja.",
        (Ask("Firma del profesional", "signed", "sign", 0.6), Ask("Fecha", "today", "line", 0.4)),
    )), "Times-Roman", 11, True),
    Design("vaccination", "Consent for influenza vaccination", False, ((
        "Complete this form and bring it to your appointment. Do not post it.",
        "If any answer below is yes, the nurse will talk to you before the vaccine is given.",
        (Ask("Full name", "name", wide=0.65), Ask("Date of birth", "birth", wide=0.35)),
        (Ask("Address", "street", wide=0.5), Ask("NHS number", "nhs", wide=0.5)),
        "# Questions",
        (Ask("Do you have a fever today?", "yes1", "tick", 1.0, _YES),),
        (Ask("Have you had a reaction to a vaccine before?", "yes2", "tick", 1.0, _YES),),
        (Ask("Are you allergic to eggs?", "yes3", "tick", 1.0, _YES),),
        (Ask("Are you pregnant?", "yes4", "tick", 1.0, _YES),),
        (Ask("Do you take medicines that thin the blood?", "yes5", "tick", 1.0, _YES),),
        (Ask("Which of these do you have?", "problems", "tick", 1.0, ("Asthma", "Hypertension", "Diabetes", "COPD")),),
        (Ask("Other allergies", "allergy"),),
        (Ask("", "agreed", "tick", 1.0, ("I agree to be vaccinated",)),),
        (Ask("Signature of patient", "signed", "sign", 0.6), Ask("Date", "today", wide=0.4)),
    ),), "Helvetica", 10),
    Design("valoracion", "Servicios sociales: valoración en domicilio", True, ((
        "A rellenar por la persona que visita el domicilio.",
        (Ask("Apellidos", "surname", wide=0.5), Ask("Nombre", "given", wide=0.3), Ask("DNI", "dni", wide=0.2)),
        (Ask("Nacimiento", "birth", wide=0.25), Ask("Teléfono", "phone", wide=0.25), Ask("Calle y número", "street", wide=0.5)),
        (Ask("Peso", "weight", wide=0.2), Ask("Talla", "height", wide=0.2), Ask("Pulso", "pulse", wide=0.2), Ask("Tensión", "pressure", wide=0.4)),
        "# Situación",
        (Ask("Vive solo", "yes1", "tick", 0.5, _SI), Ask("Sale de casa", "yes2", "tick", 0.5, _SI)),
        (Ask("Necesita ayuda para vestirse", "yes3", "tick", 0.5, _SI), Ask("Oye bien", "yes4", "tick", 0.5, _SI)),
        (Ask("Enfermedades", "problems", "tick", 1.0, ("Asma", "Hipertensión", "Diabetes", "EPOC")),),
        (Ask("Medicamentos", "medicines", "area"),),
        (Ask("Observaciones", "notes", "area"),),
        (Ask("Familiar de contacto", "kin", wide=0.6), Ask("Fecha de la visita", "today", "date", 0.4)),
        (Ask("Firma", "signed", "sign", 0.5),),
    ),), "Vera", 8),
)  # fmt: skip
