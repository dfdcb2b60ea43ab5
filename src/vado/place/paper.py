"""Partners who work on paper: the council's fillable form, the community group's form, the old clinic's letters."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from random import Random
from typing import TYPE_CHECKING

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from vado.place.clinic import ASSESSED, NO_ALLERGY
from vado.place.people import CITY
from vado.place.sheets import Lines, letter, letter_pdf, phone_photo, scan_pdf, scan_png, scan_tiff

if TYPE_CHECKING:
    from vado.place.town import Copy


def council(copies: list[Copy]) -> dict[str, bytes]:
    """Fillable forms of the social care team, mailed one by one; every third comes attached to a mail."""
    files: dict[str, bytes] = {}
    for n, copy in enumerate(copies, 1):
        form = _form(copy)
        if n % 3:
            files[f"council/assessment-{n:03}.pdf"] = form
        else:
            files[f"council/mail-{n:03}.eml"] = _mail(form)
    return files


def community(copies: list[Copy], chance: Random) -> dict[str, bytes]:
    """A paper form, scanned as PNG, TIFF or PDF, or taken with a phone."""
    files: dict[str, bytes] = {}
    ways = ((scan_png, "png"), (phone_photo, "jpg"), (scan_tiff, "tif"), (scan_pdf, "pdf"))
    for n, copy in enumerate(copies):
        draw, end = ways[n % len(ways)]
        files[f"community/form-{n + 1:03}.{end}"] = draw(_paper_form(copy), chance)
    return files


def clinic(copies: list[Copy], chance: Random) -> dict[str, bytes]:
    """Letters: scanned, as text PDF, and some together in a zip."""
    files: dict[str, bytes] = {}
    zipped: list[tuple[str, bytes]] = []
    for n, copy in enumerate(copies):
        spanish = copy.citizen.spanish
        if n % 2 == 0:
            files[f"old-clinic/letter-{n + 1:03}.png"] = scan_png(letter(copy, spanish=spanish), chance)
        elif n % 4 == 1:
            files[f"old-clinic/letter-{n + 1:03}.pdf"] = letter_pdf(copy, spanish=spanish)
        else:
            zipped.append((f"letter-{n + 1:03}.pdf", letter_pdf(copy, spanish=spanish)))
    if zipped:
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in zipped:
                archive.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0)), content)
        files["old-clinic/letters.zip"] = box.getvalue()
    return files


def _paper_form(copy: Copy) -> Lines:
    c = copy.citizen
    allergies = ", ".join(
        t.thing.es if c.spanish else t.thing.en
        for t in copy.truths
        if t.kind == "AllergyIntolerance" and t.thing is not NO_ALLERGY
    )
    if c.spanish:
        lines = [
            "Grupo vecinal: ficha",
            "",
            f"Nombre del paciente: {c.given} {c.surname}",
            f"Fecha de nacimiento: {c.birth:%d/%m/%Y}",
            f"Sexo: {'mujer' if c.gender == 'female' else 'hombre'}",
        ]
        lines += [f"DNI: {copy.dni}"] if copy.dni else []
        return [*lines, f"Domicilio: {c.street}", *(["", "Alergias", f"- {allergies}"] if allergies else [])]
    lines = [
        "Community group: card",
        "",
        f"Patient name: {c.given} {c.surname}",
        f"Date of birth: {c.birth:%d/%m/%Y}",
        f"Sex: {c.gender}",
    ]
    lines += [f"NHS number: {copy.nhs}"] if copy.nhs else []
    return [*lines, f"Address: {c.street}", *(["", "Allergies", f"- {allergies}"] if allergies else [])]


def _form(copy: Copy) -> bytes:
    """An AcroForm of the social care team."""
    c = copy.citizen
    allergies = ", ".join(t.thing.en for t in copy.truths if t.kind == "AllergyIntolerance" and t.thing is not NO_ALLERGY)
    box = io.BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(60, 790, "Social care assessment")
    fields = (
        ("case_number", "Case number", copy.number), ("nhs_number", "NHS number", copy.nhs), ("surname", "Surname", c.surname),
        ("first_name", "First name", c.given), ("date_of_birth", "Date of birth", f"{c.birth:%d/%m/%Y}"), ("gender", "Gender", c.gender),
        ("address", "Address", c.street), ("town", "Town", CITY), ("postcode", "Postcode", c.postcode), ("phone", "Phone", c.phone),
        ("allergies", "Allergies", allergies), ("assessed_on", "Assessed on", f"{ASSESSED:%d/%m/%Y}"), ("mobility", "Mobility", "walks with a stick"),
    )  # fmt: skip
    for n, (name, label, value) in enumerate(fields):
        y = 750 - 36 * n
        canvas.drawString(60, y + 6, label)
        canvas.acroForm.textfield(
            name=name, tooltip=label, value=value, x=200, y=y, width=320, height=22, borderWidth=1, fontSize=10
        )
    canvas.drawString(60, 276, "Lives alone")
    canvas.acroForm.checkbox(name="lives_alone", tooltip="Lives alone", checked=c.birth.year < 1950, x=200, y=270, size=18)
    canvas.save()
    return box.getvalue()


def _mail(form: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "social.care@council.example", "inbox@vado.example", "Assessment"
    mail["Date"], mail["Message-ID"] = "Mon, 02 Nov 2026 09:00:00 +0100", "<assessment@council.example>"
    mail.set_content("Please find the assessment attached.\n")
    mail.add_attachment(form, maintype="application", subtype="pdf", filename="assessment.pdf")
    mail.set_boundary("=====vado=====")
    return mail.as_bytes()
