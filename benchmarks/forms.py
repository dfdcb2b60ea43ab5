"""Paper forms: what is read of filled copies that were scanned, faxed or photographed, and how much of it is wrong.

`python -m benchmarks forms` writes docs/explanation/paper-forms.md; `forms invented real others` measures only these parts.
Profiles are learned from the blank; every copy goes through the reader as a partner's file would. Trust ratios, not seconds.
"""

import io
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pikepdf
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from benchmarks.blanks import same, stripped
from benchmarks.pages import CORPUS, known_pages
from vado.errors import VadoError
from vado.extract.proposal import propose_form
from vado.incoming.scan.read import ScanReader
from vado.model.form import FieldKind, Form, FormField
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.model.reading import Item
from vado.place.damage import Grid, fax_tiff
from vado.place.forms import DESIGNS, Answer, Ask, Design, Tick, blank, fill, mark, page_of, sent, write
from vado.place.people import people
from vado.settings.form import save_form
from vado.tools import pdf_fields
from vado.tools.blank import learn
from vado.tools.image import Pixels

WAYS = ("scan", "fax", "photo")
_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "paper-forms.md"
_SHOWN = PartnerProfile.__dataclass_fields__["review_below"].default
_COPIES = 2  # of each form, by each way and each kind of profile
_LEAST = 6  # fields of a file that is a form
_PAGES = 3  # of a real form that are filled
_YES, _SI = ("Yes", "No"), ("Sí", "No")

# forms that nobody looked at while the reader was made
HELD = (
    Design("alta-socio", "Asociación de mayores: alta de socio", True, ((
        "Escriba en mayúsculas. La cuota es voluntaria y puede darse de baja cuando quiera.",
        (Ask("Primer apellido y segundo", "surname", "comb", cells=26),),
        (Ask("Nombre", "given", "comb", 0.6, cells=16), Ask("Nacido el", "birth", "date", 0.4)),
        (Ask("Sexo", "sex", "tick", 0.5, ("Mujer", "Hombre")), Ask("Documento", "dni", "comb", 0.5, cells=9)),
        "# Dónde vive",
        (Ask("Domicilio", "street", "line", 0.6), Ask("C. P.", "postcode", "line", 0.15), Ask("Teléfono", "phone", "line", 0.25)),
        (Ask("Persona de contacto", "kin", "line"),),
        "# Su salud",
        (Ask("Padece alguna de estas", "problems", "tick", 1.0, ("Asma", "Tensión alta", "Azúcar", "Bronquitis crónica")),),
        (Ask("Toma", "medicines", "area"),),
        (Ask("Es alérgico a", "allergy"),),
        (Ask("", "agreed", "tick", 1.0, ("Acepto que se guarden mis datos",)),),
        (Ask("Fecha de alta", "today", wide=0.3), Ask("Firma del socio", "signed", "sign", 0.7)),
    ),), "Times-Roman", 10),
    Design("carer", "Carers' register: about the person you care for", False, ((
        "Fill in what you know; leave the rest empty. The register is kept by the council.",
        (Ask("Name of the person", "name", "line"),),
        (Ask("Born on", "birth", "line", 0.4), Ask("NHS number", "nhs", "line", 0.6)),
        (Ask("Where they live", "street", "line", 0.6), Ask("Postcode", "postcode", "line", 0.4)),
        "# What you help with",
        (Ask("Washing", "yes1", "round", 0.33, _YES), Ask("Meals", "yes2", "round", 0.33, _YES), Ask("Shopping", "yes3", "round", 0.34, _YES)),
        (Ask("Medicines", "medicines", "area"),),
        (Ask("Allergies", "allergy", "line"),),
        (Ask("Weight (kg)", "weight", "line", 0.4), Ask("Caring since", "since", "line", 0.6)),
        "The other side asks about you. Do not send the form without it.",
    ), (
        "# What else should we know?",
        (Ask("Notes", "notes", "area"),),
        (Ask("Smoker in the house", "smoker", "tick", 1.0, ("Yes", "No", "Stopped")),),
        (Ask("Your telephone", "phone", "line", 0.6), Ask("Date", "today", "line", 0.4)),
        (Ask("Your signature", "signed", "sign"),),
    )), "Helvetica", 10, True),
    Design("cribado", "Programa de cribado: cuestionario previo", True, ((
        "Traiga este cuestionario relleno el día de la cita.",
        "# Identificación",
        (Ask("Nombre completo", "name", wide=0.6), Ask("Fecha nac.", "birth", wide=0.2), Ask("DNI", "dni", wide=0.2)),
        "# Preguntas",
        (Ask("¿Ha tenido fiebre esta semana?", "yes1", "tick", 1.0, _SI),),
        (Ask("¿Toma anticoagulantes?", "yes2", "tick", 1.0, _SI),),
        (Ask("¿Le han operado alguna vez?", "yes3", "tick", 0.5, _SI), Ask("¿Lleva marcapasos?", "yes4", "tick", 0.5, _SI)),
        (Ask("Alergias", "allergy"),),
        "# A rellenar en la consulta",
        (Ask("Peso (kg)", "weight", wide=0.25), Ask("Talla (cm)", "height", wide=0.25), Ask("Pulso", "pulse", wide=0.2), Ask("T.A.", "pressure", wide=0.3)),
        (Ask("Observaciones", "notes", "area"),),
        (Ask("Fecha", "today", "date", 0.4), Ask("Firma", "signed", "sign", 0.6)),
    ),), "Courier", 9),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copy:
    """One filled form: its pages, what stands on them, and the profile's fields that stand there."""

    group: str
    pages: tuple[Grid, ...]
    truth: tuple[Answer, ...]
    form: Form


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one place of a form."""

    kind: str
    truth: str
    said: str  # '' nothing
    confidence: float
    label: str
    known: bool = True  # False: the profile does not have this place, so that nothing could be said

    @property
    def right(self) -> bool:
        """Every letter is."""
        return plain(self.said) == plain(self.truth)


def plain(text: str) -> str:
    """Words with one blank between them; nothing else is forgiven."""
    return " ".join(text.split())


# --- copies


def invented(seed: str, designs: Sequence[Design], group: str, *, source: str) -> Iterator[Copy]:
    """Give copies of the invented forms; the profile is made from the blank with form fields, or from its drawing alone."""
    chance = Random(seed)
    citizens = iter(people(4 * _COPIES * len(designs), chance))
    for design in designs:
        form = learn(blank(design, fields=source == "fields"), design.name).form
        for _ in range(_COPIES):
            citizen = next(c for c in citizens if c.spanish == design.spanish)
            content, truth = fill(design, citizen, chance)
            yield Copy(group, tuple(page_of(content, n) for n in range(1, len(design.pages) + 1)), truth, form)


def real(seed: str) -> Iterator[Copy]:
    """Give real forms with fields, filled with printed letters: forms that nobody here drew."""
    chance = Random(seed)
    citizens = people(200, chance)
    for path in sorted((CORPUS / "pdf").rglob("*.pdf")):
        content = path.read_bytes()
        try:
            if any(f.value for f in pdf_fields.fields(content) if f.kind == "text") or len(pdf_fields.fields(content)) < _LEAST:
                continue
            learned = learn(content, "".join(c if c.isalnum() else "-" for c in path.stem.lower())[:60].strip("-"))
            if learned.source == "fields":
                filled, truth = _typed(stripped(content), learned.form, chance, [str(c.surname) for c in citizens])
                count = min(_PAGES, len(learned.form.pages))
                yield Copy("real", tuple(page_of(filled, n) for n in range(1, count + 1)), truth, learned.form)
        except (VadoError, pikepdf.PdfError, ValueError) as fault:
            print(f"{path.name}: not used, {type(fault).__name__}", file=sys.stderr)


def _typed(content: bytes, form: Form, chance: Random, names: list[str]) -> tuple[bytes, tuple[Answer, ...]]:
    """Print values into the fields of a form whose fields were taken out; two in three are filled."""
    truth: list[Answer] = []
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        for number, page in enumerate(document.pages, 1):
            if number > _PAGES:
                break
            shown = page.trimbox
            wide, high = float(shown[2] - shown[0]), float(shown[3] - shown[1])
            box = io.BytesIO()
            canvas = Canvas(box, pagesize=(wide, high))
            canvas.setFillColorRGB(0.05, 0.05, 0.3)
            canvas.setStrokeColorRGB(0.05, 0.05, 0.3)
            for f in form.fields:
                if f.page == number:
                    truth.append(_type_one(canvas, f, (wide, high), chance, names))
            canvas.save()
            with pikepdf.open(box) as over:
                page.add_overlay(over.pages[0])
        document.save(out)
    return out.getvalue(), tuple(truth)


def _type_one(canvas: Canvas, f: FormField, size: tuple[float, float], chance: Random, names: list[str]) -> Answer:
    b, filled = f.box, chance.random() < 0.66
    rect = (b.left * size[0], (1 - b.bottom) * size[1], (b.right - b.left) * size[0], (b.bottom - b.top) * size[1])
    if f.kind is FieldKind.CHECK:
        ticked = chance.random() < 0.3
        if ticked:
            mark(canvas, rect, "cross", chance)
        return Answer(f.label, f.kind, f.page, b, f.option if ticked else "", (Tick(f.option, b, ticked),))
    if not filled or f.cells or f.kind is FieldKind.SIGNATURE or rect[2] < 30 or rect[3] < 8:
        return Answer(f.label, f.kind, f.page, b, "")
    day = f"{chance.randrange(1, 29):02}/{chance.randrange(1, 13):02}/{chance.randrange(1930, 2026)}"
    value = {FieldKind.DATE: day, FieldKind.NUMBER: str(chance.randrange(10, 99_999))}.get(f.kind, chance.choice(names))
    low = min(rect[3], 24.0)
    place = (rect[0], rect[1] + rect[3] - low, rect[2], low)
    return Answer(
        f.label, f.kind, f.page, b, write(canvas, place, value, "Helvetica", chance, most=min(11.0, low - 3), many=False)
    )


# --- reading


def read(copy: Copy, way: str, chance: Random, profile: PartnerProfile) -> tuple[list[Told], Counter[str]]:
    """Send a copy and read it; a photo is a file a page, a scan or a fax one file."""
    pages = [sent(page, way, chance)[0] for page in copy.pages]
    told: list[Told] = []
    sums: Counter[str] = Counter()
    whole = way != "photo"
    for first, part in [(1, pages)] if whole else [(n, [p]) for n, p in enumerate(pages, 1)]:
        content = fax_tiff(part) if way == "fax" else _jpegs(part)
        began = time.perf_counter()
        reader, original = ScanReader(), _original(content)
        reading = reader.read(original, content, profile)
        facts = reader.facts(reading, profile).facts
        sums["seconds"] += time.perf_counter() - began  # type: ignore[assignment]
        numbers = range(first, first + len(part))
        hits = {i.place.path.split(" / ")[0] for i in reading.items if f"/ form {copy.form.name} /" in i.place.path}
        sums += Counter(
            pages=len(part), known=len(hits), asked=sum(any(a.page == n and a.value for a in copy.truth) for n in numbers)
        )
        here = [_told(a, copy.form, reading.items) for a in copy.truth if a.page in numbers]
        told += [t for ts in here for t in ts]
        wrong = {t.label for ts in here for t in ts if t.said and not t.right}
        false = [f for f in facts if f.kind != "DocumentReference" and wrong & {_label(p.path) for p in f.evidence.places}]
        sums += Counter(facts=len(facts), false=len(false), shown_false=sum(f.evidence.confidence >= _SHOWN for f in false))
    return told, sums


def _told(answer: Answer, form: Form, items: Sequence[Item]) -> list[Told]:
    if answer.ticks:
        return [_ticked(t, answer, form, items) for t in answer.ticks]
    fields = [f for f in form.fields if f.page == answer.page and f.kind is not FieldKind.CHECK and same(f.box, answer.box)]
    labels = [f.label for f in fields]
    said = [i for i in items if _label(i.place.path) in labels]
    sure = min((i.confidence for i in said), default=0.0)
    return [
        Told(str(answer.kind), answer.value, " ".join(i.value for i in said), sure, labels[0] if labels else "", bool(labels))
    ]


def _ticked(tick: Tick, answer: Answer, form: Form, items: Sequence[Item]) -> Told:
    """One box to tick; 'x' when it is, or is said to be."""
    field = next((f for f in form.fields if f.page == answer.page and f.kind is FieldKind.CHECK and same(f.box, tick.box)), None)
    item = next((i for i in items if field and _label(i.place.path) == field.label), None)
    said = item is not None and field is not None and (field.option or "Yes") in item.value.split("; ")
    sure = item.confidence if item else 1.0
    return Told("check", "x" if tick.ticked else "", "x" if said else "", sure, field.label if field else "", field is not None)


def _label(path: str) -> str:
    return path.partition(" / field ")[2]


def _jpegs(pages: Sequence[Grid]) -> bytes:
    """One page as JPEG, several as TIFF."""
    box, frames = io.BytesIO(), [Image.fromarray(p) for p in pages]
    if len(frames) == 1:
        frames[0].save(box, "JPEG", quality=90)
    else:
        frames[0].save(box, "TIFF", compression="tiff_lzw", save_all=True, append_images=frames[1:], dpi=(200, 200))
    return box.getvalue()


def _original(content: bytes) -> Original:
    return Original(original_id(content), PartnerId("bench"), "bench", "image/jpeg", datetime(2026, 11, 1, tzinfo=UTC), None)


def partner(folder: Path, copies: Iterable[Copy]) -> PartnerProfile:
    """A sender whose paper forms are these."""
    forms = {c.form.name: c.form for c in copies}
    papers = tuple(str(save_form(folder, form)) for form in forms.values())
    layouts = tuple(x for x in (propose_form(f.name, f.title, f.fields) for f in forms.values()) if x)
    return replace(PartnerProfile(PartnerId("bench"), "Bench"), papers=papers, forms=layouts)


# --- what comes out


def measured(name: str, copies: Sequence[Copy], ways: Sequence[str] = WAYS) -> str:
    """Read all copies of a group by every way; give its lines of the tables, and print what was wrong."""
    chance = Random(name)
    out: list[str] = []
    with TemporaryDirectory() as folder:
        profile = partner(Path(folder), copies)
        for way in ways:
            told: list[Told] = []
            sums: Counter[str] = Counter()
            for copy in copies:
                some, counted = read(copy, way, chance, profile)
                _tell(name, way, copy, some)
                told += some
                sums.update(counted)
            out.append(_row(name, way, told, sums))
            print(out[-1], file=sys.stderr, flush=True)
    return "\n".join(out)


_HEAD = (
    "| forms | sent by | pages | known as the form | printed fields filled | right | of them: text | date | number | comb | shown without review "
    "| right of those shown | boxes to tick | wrong and not in review | empty places read as something | false facts a 1,000 pages "
    "| of them shown | seconds a page |\n|" + "-|-|" + "-:|" * 16
)


def _row(name: str, way: str, told: Sequence[Told], sums: Counter[str]) -> str:
    written = [t for t in told if t.kind not in ("check", "signature") and t.truth]
    ticks = [t for t in told if t.kind == "check"]
    shown = [t for t in written if t.said and t.confidence >= _SHOWN]
    loose = [t for t in ticks if not t.right and (t.confidence >= _SHOWN or not t.said)]
    empty = [t for t in told if t.kind != "check" and not t.truth and t.said]
    kinds = " | ".join(_share([t.right for t in written if t.kind == k]) for k in ("text", "date", "number", "comb"))
    pages = max(1, sums["pages"])
    return (
        f"| {name} | {way} | {sums['pages']} | {_share_of(sums['known'], sums['pages'])} | {len(written)} | {_share([t.right for t in written])} | {kinds} "
        f"| {_share_of(len(shown), len(written))} | {_share([t.right for t in shown])} | {len(ticks)} | {len(loose)} | {len(empty)} "
        f"| {1000 * sums['false'] / pages:.0f} | {1000 * sums['shown_false'] / pages:.0f} | {sums['seconds'] / pages:.1f} |"
    )


def _share(right: Sequence[bool]) -> str:
    return _share_of(sum(right), len(right))


def _share_of(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _tell(name: str, way: str, copy: Copy, told: Sequence[Told]) -> None:
    """Say what is wrong, for those who make it better; the people are invented."""
    for t in told:
        if not t.right:
            print(
                f"{name}/{way}/{copy.form.name}: {t.kind} {t.label!r} {t.truth!r} -> {t.said!r} {t.confidence}", file=sys.stderr
            )


def others() -> str:
    """Show pages that are none of the known forms; say how many were taken for one."""
    copies = [*invented("others", (*DESIGNS, *HELD), "", source="fields"), *real("others")]
    taken, count = [], 0
    with TemporaryDirectory() as folder:
        profile = partner(Path(folder), copies)
        for page in known_pages(invented=4):
            content = _png(page.pixels)
            reading = ScanReader().read(_original(content), content, profile)
            count += 1
            if any(" / form " in i.place.path for i in reading.items):
                taken.append(page.name)
                print(f"taken for a form: {page.name}", file=sys.stderr)
    return f"Of {count} pages that are none of the {len(profile.papers)} known forms (letters, lists, real PDFs and real scans), {len(taken)} were taken for one."


def _png(pixels: Pixels) -> bytes:
    box = io.BytesIO()
    Image.fromarray(pixels).save(box, "PNG", compress_level=1)
    return box.getvalue()


def forms(*asked: str) -> str:
    """Measure what is asked ('fields', 'drawing', 'held', 'real', 'others', 'lists'; nothing: all), and write it down."""
    parts = {
        "fields": lambda: measured("place, learned from form fields", list(invented("fields", DESIGNS, "", source="fields"))),
        "drawing": lambda: measured("place, learned from the drawing", list(invented("drawing", DESIGNS, "", source="drawing"))),
        "held": lambda: "\n".join(
            measured(f"held out, learned from {s}", list(invented(f"held {s}", HELD, "", source=s)))
            for s in ("fields", "drawing")
        ),
        "real": lambda: measured("real forms with fields", list(real("real"))),
    }
    said = []
    for name in asked or (*parts, "others"):
        text = f"{_HEAD}\n{parts[name]()}" if name in parts else others()
        write_part(name, text)
        said.append(text)
    return "\n\n".join(said)


def write_part(part: str, text: str) -> None:
    """Put a measured part into the page, between its marks."""
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    page = _PAGE.read_text("utf-8")
    before, after = page.split(begin)[0], page.split(end)[1]
    _PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
