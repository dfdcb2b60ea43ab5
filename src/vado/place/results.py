"""Laboratory reports of the invented place as printed tables: Spanish and English, with and without rules, in several orders of columns."""

import io
from dataclasses import dataclass
from random import Random

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from vado.place.forms import letters
from vado.place.people import CITY, Citizen

_TESTS = (  # English, Spanish, unit, lower and upper limit, figures behind the point
    ("Glucose", "Glucosa", "mg/dL", 70, 110, 0), ("Urea", "Urea", "mg/dL", 15, 45, 0), ("Creatinine", "Creatinina", "mg/dL", 0.5, 1.2, 2),
    ("Sodium", "Sodio", "mmol/L", 135, 145, 0), ("Potassium", "Potasio", "mmol/L", 3.5, 5.1, 1), ("Calcium", "Calcio", "mg/dL", 8.5, 10.5, 1),
    ("Total cholesterol", "Colesterol total", "mg/dL", 120, 200, 0), ("Triglycerides", "Triglicéridos", "mg/dL", 40, 150, 0),
    ("ALT (GPT)", "ALT (GPT)", "U/L", 5, 41, 0), ("Haemoglobin", "Hemoglobina", "g/dL", 12.0, 16.0, 1), ("Haematocrit", "Hematocrito", "%", 36, 47, 1),
    ("White cells", "Leucocitos", "10^3/µL", 4.0, 11.0, 1), ("Platelets", "Plaquetas", "10^3/µL", 150, 400, 0), ("TSH", "TSH", "mUI/L", 0.4, 4.5, 2),
    ("Ferritin", "Ferritina", "ng/mL", 15, 150, 0), ("Vitamin B12", "Vitamina B12", "pg/mL", 200, 900, 0), ("HbA1c", "HbA1c", "%", 4.0, 6.0, 1),
    ("C-reactive protein", "Proteína C reactiva", "mg/L", 0, 5, 1), ("Bilirubin", "Bilirrubina total", "mg/dL", 0.2, 1.2, 2),
)  # fmt: skip
_WORDED = (("Nitrites", "Nitritos"), ("Ketones", "Cuerpos cetónicos"), ("HIV antibodies", "Anticuerpos VIH"))
_HEADS = {
    False: {"name": ("Test", "Analyte", "Component"), "value": ("Result", "Value"), "unit": ("Units", "Unit"),
            "range": ("Reference range", "Normal range", "Ref. range"), "flag": ("Flag", "Abn"), "before": ("Previous result",)},
    True: {"name": ("Prueba", "Determinación", "Parámetro"), "value": ("Resultado", "Valor"), "unit": ("Unidades", "Unidad"),
           "range": ("Valores de referencia", "Intervalo de referencia", "Rango"), "flag": ("Alerta", "Indicador"), "before": ("Resultado anterior",)},
}  # fmt: skip
_ORDERS = (
    ("name", "value", "unit", "range", "flag"), ("name", "value", "flag", "unit", "range"), ("name", "value", "unit", "range"),
    ("name", "range", "unit", "value", "flag"), ("name", "flag", "value", "unit", "range"), ("name", "value", "unit", "range", "before"),
)  # fmt: skip
_WIDE = {"name": 1.7, "value": 1.0, "unit": 0.9, "range": 1.5, "flag": 0.8, "before": 1.3}
_FLAGS = (("H", "L"), ("*", "*"), ("↑", "↓"))
_MARGIN, _ROW = 46.0, 19.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report, as printed; '' where a column is empty."""

    name: str
    value: str
    unit: str
    range: str
    flag: str


def report(citizen: Citizen, chance: Random) -> tuple[bytes, tuple[Row, ...]]:
    """Give a laboratory report of one page as PDF, and its rows."""
    spanish, order = citizen.spanish, chance.choice(_ORDERS)
    flags = chance.choice(_FLAGS if "flag" in order else (("", ""),))
    rows = _rows(spanish, flags, chance)
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    face = chance.choice(("Helvetica", "Times-Roman", "Courier", "Vera"))
    letters()
    size = chance.choice((8.5, 9, 10)) - (1 if face in ("Courier", "Vera") else 0)
    _head(canvas, citizen, face)
    heads = {role: chance.choice(words) for role, words in _HEADS[spanish].items()}
    cells = [tuple(heads[role] for role in order)]
    for row in rows:
        before = _value(*_number_of(row.value, chance), spanish) if row.value[:1].isdigit() else ""
        cells.append(tuple(before if role == "before" else getattr(row, role) for role in order))
    _table(canvas, order, cells, (face, size), chance)
    canvas.save()
    return box.getvalue(), rows


def _number_of(value: str, chance: Random) -> tuple[float, int]:
    plain = value.replace(",", ".")
    return float(plain) * chance.uniform(0.85, 1.15), len(plain.partition(".")[2])


def _value(number: float, figures: int, spanish: bool) -> str:  # noqa: FBT001
    told = f"{number:.{figures}f}"
    return told.replace(".", ",") if spanish else told


def _rows(spanish: bool, flags: tuple[str, str], chance: Random) -> tuple[Row, ...]:  # noqa: FBT001
    made = []
    for en, es, unit, low, high, figures in chance.sample(_TESTS, chance.randrange(8, 15)):
        number = chance.uniform(max(0.01, low * 0.7), high * 1.25)
        flag = flags[0] if number > high else flags[1] if number < low else ""
        value = _value(number, figures, spanish)
        limits = f"{_value(low, figures, spanish)} - {_value(high, figures, spanish)}"
        if low == 0 or chance.random() < 0.08:
            limits = f"< {_value(high, figures, spanish)}"
        if chance.random() < 0.06:
            value, flag = f"<{_value(low or 0.5, max(1, figures), spanish)}", ""
        made.append(Row(es if spanish else en, value, unit, limits, flag))
    for en, es in chance.sample(_WORDED, chance.randrange(2)):
        word = chance.choice(("Negativo", "Positivo") if spanish else ("Negative", "Positive"))
        made.append(Row(es if spanish else en, word, "", "Negativo" if spanish else "Negative", ""))
    return tuple(made)


def _head(canvas: Canvas, c: Citizen, face: str) -> None:
    canvas.setFont(face, 13)
    canvas.drawString(
        _MARGIN, 790, f"Laboratorio de {CITY}: informe de resultados" if c.spanish else f"{CITY} laboratory: report of results"
    )
    canvas.setFont(face, 10)
    canvas.drawString(_MARGIN, 768, f"{'Nombre del paciente' if c.spanish else 'Patient name'}: {c.given} {c.surname}")
    canvas.drawString(_MARGIN, 752, f"{'Fecha de nacimiento' if c.spanish else 'Date of birth'}: {c.birth:%d/%m/%Y}")
    canvas.drawString(330, 752, f"DNI: {c.dni}" if c.spanish else f"NHS number: {c.nhs}")
    end = (
        "Los valores señalados se encuentran fuera del intervalo."
        if c.spanish
        else "Values that are marked lie outside the range."
    )
    canvas.drawString(_MARGIN, 60, end)


def _table(
    canvas: Canvas, order: tuple[str, ...], cells: list[tuple[str, ...]], print_: tuple[str, float], chance: Random
) -> None:
    """Draw cells: with rules, with lines between rows only, or without; numbers to the left, in the middle or to the right."""
    rules, at_right = chance.choice(("all", "rows", "none", "none")), chance.random() < 0.4
    share = (A4[0] - 2 * _MARGIN) / sum(_WIDE[r] for r in order)
    lefts = [_MARGIN + share * sum(_WIDE[r] for r in order[:n]) for n in range(len(order) + 1)]
    canvas.setFont(*print_)
    canvas.setLineWidth(0.6)
    top = 720.0
    for n, row in enumerate(cells):
        y = top - _ROW * n
        for role, left, right, text in zip(order, lefts, lefts[1:], row, strict=False):
            wide = pdfmetrics.stringWidth(text, *print_) if at_right else 0
            x = right - 14 - wide if at_right and role == "value" else left + 4
            fits = min(1.0, (right - left - 8) / max(1.0, pdfmetrics.stringWidth(text, *print_)))
            canvas.setFont("Symbol" if text in ("↑", "↓") else print_[0], print_[1] * fits)
            canvas.drawString(x, y, text)
        if rules != "none":
            canvas.line(lefts[0], y - 6, lefts[-1], y - 6)
    if rules == "all":
        for x in lefts:
            canvas.line(x, top + 13, x, top - _ROW * (len(cells) - 1) - 6)
        canvas.line(lefts[0], top + 13, lefts[-1], top + 13)
