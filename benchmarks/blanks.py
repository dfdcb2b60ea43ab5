"""How many boxes of blank forms are found when the file has no form fields: PDFs whose fields are known, their fields taken out."""

import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import pikepdf

from vado.errors import VadoError
from vado.model.form import FieldKind, FormField
from vado.model.reading import Box
from vado.tools.blank import learn

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


def count(truth: tuple[FormField, ...], found: tuple[FormField, ...]) -> Counter[str]:
    """Count boxes that are there, those found, those found with the kind (to tick or to write), and those that are none."""
    told: Counter[str] = Counter()
    used: set[int] = set()
    for t in truth:
        tick = t.kind is FieldKind.CHECK
        what = "tick" if tick else "write"
        told[f"{what} there"] += 1
        hits = [n for n, f in enumerate(found) if f.page == t.page and same(f.box, t.box)]
        used.update(hits)
        told[f"{what} found"] += bool(hits)
        told[f"{what} kind"] += any((found[n].kind is FieldKind.CHECK) == tick for n in hits)
    told["none"] += len(found) - len(used)
    return told


def run(arguments: list[str]) -> int:
    """`python -m benchmarks blanks FOLDER`: one line a file, and the sum."""
    total: Counter[str] = Counter()
    folder = Path(arguments[0]) if arguments else Path("../shared/corpus/pdf")
    for path in sorted(folder.rglob("*.pdf")):
        content = path.read_bytes()
        try:
            truth = learn(content, "truth")
            if truth.source != "fields" or len(truth.form.fields) < _LEAST:
                continue
            found = learn(stripped(content), "found")
        except (VadoError, pikepdf.PdfError):
            continue
        told = count(truth.form.fields, found.form.fields)
        total += told
        print(path.name, dict(told), file=sys.stderr, flush=True)
    print("| what | there | found | and of its kind |\n|-|-:|-:|-:|")
    for what in ("write", "tick"):
        print(f"| boxes to {what} | {total[f'{what} there']} | {total[f'{what} found']} | {total[f'{what} kind']} |")
    print(f"\nFound besides, and no form field of the file: {total['none']}.")
    return 0
