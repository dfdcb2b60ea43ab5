"""The laboratory (ORU and a Spanish CSV extract) and the pharmacy (an Excel list)."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl import Workbook

from vado.place.hospital import oru

if TYPE_CHECKING:
    from vado.place.town import Copy

_COLUMNS = [
    "NHC",
    "NHS",
    "DNI",
    "Apellidos",
    "Nombre",
    "F. Nac.",
    "Sexo",
    "Fecha",
    "Código",
    "Prueba",
    "Valor",
    "Unidad",
    "Validado por",
]


def laboratory(copies: list[Copy]) -> dict[str, bytes]:
    """Half of the results as messages, half in a list with semicolons, decimal commas and cp1252."""
    files: dict[str, bytes] = {}
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for n, copy in enumerate(copies, 1):
        c = copy.citizen
        for k, t in enumerate((t for t in copy.truths if t.kind == "Observation"), 1):
            if n % 2:
                files[f"laboratory/oru-{n:04}-{k}.hl7"] = oru("LIS", "laboratory", copy, t, n, k).encode()
                continue
            rows.writerow([
                copy.number, copy.nhs, copy.dni, c.surname, c.given, f"{c.birth:%d/%m/%Y}", "M" if c.gender == "female" else "H",
                f"{datetime.fromisoformat(t.date):%d/%m/%Y}", t.thing.code, t.thing.es, t.value.replace(".", ","), t.thing.unit, "Dra. Robles",
            ])  # fmt: skip
    files["laboratory/extracto.csv"] = text.getvalue().encode("cp1252")
    return files


def pharmacy(copies: list[Copy]) -> dict[str, bytes]:
    """What was dispensed, as an Excel list."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = "Dispensing"
    sheet.append(
        [
            "Patient number",
            "NHS number",
            "Surname",
            "First name",
            "Date of birth",
            "Sex",
            "Dispensed",
            "ATC",
            "Medicine",
            "Strength",
            "Directions",
            "Till",
        ]
    )
    for n, copy in enumerate(copies, 1):
        c = copy.citizen
        for t in copy.truths:
            if t.kind == "Medication":
                directions = t.how if n % 5 else "2 tablets at night"  # a dose that the practice does not know of
                sheet.append([
                    copy.number, copy.nhs, c.surname, c.given, datetime(c.birth.year, c.birth.month, c.birth.day),  # noqa: DTZ001 - Excel has no zones
                    c.gender, datetime.fromisoformat(t.date), t.thing.code, t.thing.en, t.strength, directions, "2",
                ])  # fmt: skip
    return {"pharmacy/dispensing.xlsx": _still(book)}


def _still(book: Workbook) -> bytes:
    """Save without the clock: the same place gives the same bytes."""
    fixed = datetime(2026, 11, 1)  # noqa: DTZ001 - Excel has no zones
    book.properties.created = book.properties.modified = fixed
    moving, still = io.BytesIO(), io.BytesIO()
    book.save(moving)
    with zipfile.ZipFile(moving) as source, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                head, _, rest = content.partition(b"<dcterms:modified")
                content = (
                    head
                    + b'<dcterms:modified xsi:type="dcterms:W3CDTF">2026-11-01T00:00:00Z</dcterms:modified>'
                    + rest.partition(b"</dcterms:modified>")[2]
                )
            target.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0)), content)
    return still.getvalue()
