"""How many boxes of blank forms are found when the file has no form fields: PDFs whose fields are known, their fields taken out."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import pikepdf

from vado.errors import VadoError
from vado.model.form import FieldKind, FormField
from vado.model.reading import Box
from vado.tools.blank import learn
from vado.tools.image import Pixels

_LEAST = 5  # fields of a file that is a form


def stripped(content: bytes) -> bytes:
    """Give the same PDF without its form fields."""
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as document:
        for page in document.pages:
            if "/Annots" in page.obj:
                kept = [a for a in page.obj["/Annots"] if a.get("/Subtype") != "/Widget"]
                page.obj["/Annots"] = document.make_indirect(pikepdf.Array(kept))
        if "/AcroForm" in document.Root:
            del document.Root["/AcroForm"]
        document.save(out)
    return out.getvalue()


def same(a: Box, b: Box) -> bool:
    """Say whether two boxes are one place: most of the smaller lies in the larger, and they are not of another size."""
    w, h = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    if w <= 0 or h <= 0:
        return False
    sizes = sorted((x.right - x.left) * (x.bottom - x.top) for x in (a, b))
    return w * h > 0.5 * sizes[0] and sizes[1] < 4 * sizes[0]


def _drawn(page: Pixels, box: Box) -> bool:
    """Say whether anything is drawn about the edge of this box; where the field alone drew it, nothing is left to be found."""
    rows, columns = page.shape[:2]
    left, top, right, bottom = (
        round(box.left * columns),
        round(box.top * rows),
        round(box.right * columns),
        round(box.bottom * rows),
    )
    dark = page[max(0, top - 6) : bottom + 7, max(0, left - 6) : right + 7].min(axis=2) < 160
    dark[12:-12, 12:-12] = False
    return bool(dark.any())


def count(truth: tuple[FormField, ...], found: tuple[FormField, ...], pictures: tuple[Pixels, ...]) -> Counter[str]:
    """Count boxes that are there, drawn, found, found with the kind (to tick or to write), and what was found and is none."""
    told: Counter[str] = Counter()
    used: set[int] = set()
    for t in truth:
        tick = t.kind is FieldKind.CHECK
        what = "tick" if tick else "write"
        told[f"{what} there"] += 1
        told[f"{what} drawn"] += _drawn(pictures[t.page - 1], t.box)
        hits = [n for n, f in enumerate(found) if f.page == t.page and same(f.box, t.box)]
        used.update(hits)
        told[f"{what} found"] += bool(hits)
        told[f"{what} kind"] += any((found[n].kind is FieldKind.CHECK) == tick for n in hits)
    told["none"] += len(found) - len(used)
    return told


def blanks(folder: str = "../shared/corpus/pdf") -> str:
    """Give the table; `make bench ARGS="blanks FOLDER"`."""
    total: Counter[str] = Counter()
    files = 0
    for path in sorted(Path(folder).rglob("*.pdf")):
        content = path.read_bytes()
        try:
            truth = learn(content, "truth")
            if truth.source != "fields" or len(truth.form.fields) < _LEAST:
                continue
            found = learn(stripped(content), "found")
        except (VadoError, pikepdf.PdfError):
            continue
        files += 1
        total += count(truth.form.fields, found.form.fields, found.pictures)
    lines = [
        f"{files} forms.",
        "",
        "| what | there | of them drawn without the field | found | and of its kind |",
        "|-|-:|-:|-:|-:|",
    ]
    for what in ("write", "tick"):
        cells = " | ".join(str(total[f"{what} {n}"]) for n in ("there", "drawn", "found", "kind"))
        lines.append(f"| boxes to {what} | {cells} |")
    return "\n".join([*lines, "", f"Found besides, and no form field of the file: {total['none']}."])
