"""Reading paper: our reader beside its peers on pages whose print is known; how far its confidence can be believed.

`python -m benchmarks paper` writes docs/explanation/paper.md; `paper fit` makes src/vado/tools/confidence.json again.
Each engine runs alone in a process of its own, on the same pixels; trust ratios, not seconds.
"""

import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.pages import Known, Truth, known_pages, plain
from vado.extract.lines import rows_of
from vado.model.reading import Box
from vado.tools import confidence, ocr
from vado.tools.image import Pixels

_ROOT = Path(__file__).parents[1]
_KEPT = _ROOT / "src" / "vado" / "tools" / "confidence.json"
_PAGE = _ROOT / "docs" / "explanation" / "paper.md"
_LINES_A_PAGE = 24  # of a page, for the fit
_FOLDS = 5
_BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0)


# --- engines: each gives the lines of a page, as (text, box), in its own order


@dataclass(frozen=True, slots=True)
class Seen:
    """One line as an engine gave it."""

    text: str
    box: Box


def _ours() -> Callable[[Pixels], list[Seen]]:
    return lambda pixels: [Seen(x.text, x.level) for x in ocr.read_page(pixels).lines]


def _rapid(**params: Any) -> Callable[[Pixels], list[Seen]]:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical", **{k.replace("__", "."): v for k, v in params.items()}})

    def read(pixels: Pixels) -> list[Seen]:
        told = engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if told.boxes is None:
            return []
        size = np.array([pixels.shape[1], pixels.shape[0]])
        boxes = [Box(*map(float, (*(b / size).min(axis=0), *(b / size).max(axis=0)))) for b in told.boxes]
        return [Seen(text, box) for text, box in zip(told.txts, boxes, strict=True)]

    return read


def _tiny() -> Callable[[Pixels], list[Seen]]:
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    if not (models / "PP-OCRv6_rec_tiny.onnx").is_file():
        raise ImportError("its models are not in the package")
    return _rapid(Det__model_type="tiny", Rec__model_type="tiny", Global__use_cls=False)


def _tesseract() -> Callable[[Pixels], list[Seen]]:
    import tesserocr
    from PIL import Image

    folder = next(
        (p for p in ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata") if Path(p, "spa.traineddata").is_file()), ""
    )
    if not folder:
        raise ImportError("no Spanish and English data on this machine")
    engine = tesserocr.PyTessBaseAPI(path=folder, lang="spa+eng", psm=tesserocr.PSM.AUTO)

    def read(pixels: Pixels) -> list[Seen]:
        engine.SetImage(Image.fromarray(pixels))
        engine.Recognize()
        lines, size = [], (pixels.shape[1], pixels.shape[0])
        for found in tesserocr.iterate_level(engine.GetIterator(), tesserocr.RIL.TEXTLINE):
            try:
                text = found.GetUTF8Text(tesserocr.RIL.TEXTLINE).strip()
            except RuntimeError:
                continue
            left, top, right, bottom = found.BoundingBox(tesserocr.RIL.TEXTLINE)
            lines.append(Seen(text, Box(left / size[0], top / size[1], right / size[0], bottom / size[1])))
        return lines

    return read


ENGINES: dict[str, Callable[[], Callable[[Pixels], list[Seen]]]] = {
    "Vado": _ours,
    "rapidocr, classifier off, 1500 px, batch 1": lambda: _rapid(
        Global__use_cls=False, Global__max_side_len=1500, Rec__rec_batch_num=1
    ),
    "rapidocr as shipped": _rapid,
    "rapidocr, tiny models": _tiny,
    "tesserocr, spa+eng": _tesseract,
}


# --- how well a page was read


@dataclass(frozen=True, slots=True)
class Mark:
    """What one engine made of one page."""

    group: str
    damage: str
    letters: int  # printed
    wrong: int  # insertions, deletions and changes of letters, in the better of two orders: the engine's, by rows
    words: int
    seen: int
    right: int  # words seen that are printed, each printed word once
    seconds: float


def mark(page: Known, read: Callable[[Pixels], list[Seen]]) -> Mark:
    """Let an engine read a page."""
    began = time.perf_counter()
    lines = read(page.pixels)
    seconds = time.perf_counter() - began
    printed = plain("".join(row.text for row in page.rows))
    orders = (lines, [line for row in rows_of(lines) for line in row])
    wrong = min(Levenshtein.distance(printed, plain("".join(x.text for x in order))) for order in orders)
    words = Counter(w for row in page.rows for w in map(plain, row.text.split()) if w)
    seen = Counter(w for line in lines for w in map(plain, line.text.split()) if w)
    return Mark(page.group, page.damage, len(printed), wrong, words.total(), seen.total(), (words & seen).total(), seconds)


def _one_engine(name: str, every: int) -> None:
    """Be the process of one engine: print a line of JSON a page, then the peak of memory (MB)."""
    try:
        read = ENGINES[name]()
    except ImportError as fault:
        print(json.dumps({"skipped": str(fault)}))
        return
    pages = list(known_pages())[::every]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read(pages[0].pixels)  # models are loaded
    for page in pages:
        m = mark(page, read)
        print(json.dumps([m.group, m.damage, m.letters, m.wrong, m.words, m.seen, m.right, m.seconds]), flush=True)
    print(json.dumps({"megabytes": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)}))


def engines(every: int = 3) -> str:
    """Give a Markdown table of all engines on every third page."""
    out = [
        "| engine | letters wrong | words found | words right of those seen | time a page, Vado = 1 | memory above the pages, MB |",
        "|-|-:|-:|-:|-:|-:|",
    ]
    parts = [
        "| engine | invented: scan, photo, clean | invented: fax | real PDFs drawn and damaged | real scans |",
        "|-|-:|-:|-:|-:|",
    ]
    first = 0.0
    for name in ENGINES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.paper", name, str(every)], capture_output=True, text=True, check=True
        )
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "["))]
        if not said or isinstance(said[0], dict):
            out.append(f"| {name} | skipped: {said[0]['skipped'] if said else 'no answer'} | | | | |")
            continue
        marks = [Mark(*m) for m in said if isinstance(m, list)]
        total = _sum(marks)
        first = first or total["seconds"]
        memory = next(m["megabytes"] for m in said if isinstance(m, dict))
        out.append(
            f"| {name} | {total['wrong'] / total['letters']:.2%} | {total['right'] / total['words']:.1%} | {total['right'] / total['seen']:.1%} "
            f"| {total['seconds'] / first:.2f} | {memory} |"
        )
        kinds: dict[str, list[Mark]] = defaultdict(list)
        for m in marks:
            kinds["fax" if (m.group, m.damage) == ("invented", "fax") else m.group].append(m)
        shares = (_sum(kinds[k]) for k in ("invented", "fax", "real pdf", "real scan"))
        parts.append(
            f"| {name} | " + " | ".join(f"{s['wrong'] / s['letters']:.2%}" if s["letters"] else "-" for s in shares) + " |"
        )
    return "\n".join([*out, "", "Letters wrong, by kind of page:", "", *parts])


def _sum(marks: Iterable[Mark]) -> Counter[str]:
    total: Counter[str] = Counter()
    for m in marks:
        total.update({k: getattr(m, k) for k in ("letters", "wrong", "words", "seen", "right", "seconds")})
    return total


# --- would cleaning a page help to read it


def specked(pixels: Pixels) -> Pixels:
    """Black specks of one to four pixels, one square in 400: a dirty line of a fax."""
    chance = np.random.default_rng(7)
    rows, columns = pixels.shape[:2]
    dirty = (chance.random((rows // 2 + 1, columns // 2 + 1)) < 1 / 400).astype(np.uint8)
    dirt = cv2.resize(dirty, (columns, rows), interpolation=cv2.INTER_NEAREST).astype(bool)
    made = pixels.copy()
    made[dirt] = 0
    return made


def shaded(pixels: Pixels) -> Pixels:
    """The shadow of a hand with a sharp edge across the page: behind it, half of the light."""
    rows, columns = pixels.shape[:2]
    edge = (np.arange(columns)[None, :] + 0.4 * np.arange(rows)[:, None]) > 0.7 * columns
    soft = cv2.GaussianBlur(np.where(edge, 0.5, 1.0).astype(np.float32), (0, 0), columns / 150)
    return np.asarray(pixels * soft[:, :, None], dtype=np.uint8)


def despeckled(pixels: Pixels) -> Pixels:
    """A median of 3 by 3 pixels."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(pixels), 3), dtype=np.uint8)


def without_shadow(pixels: Pixels) -> Pixels:
    """Divide by the paper's own light: what is left of each neighbourhood when its print is taken away."""
    side = max(3, max(pixels.shape[:2]) // 60 | 1)
    paper = cv2.medianBlur(cv2.dilate(np.ascontiguousarray(pixels), np.ones((7, 7), np.uint8)), min(side, 255))
    return np.asarray(np.clip(pixels.astype(np.float32) / np.maximum(paper, 1) * 250, 0, 255), dtype=np.uint8)


def cleaning() -> str:
    """Give a Markdown table: letters wrong on pages as they come, and after each way of cleaning them."""
    ways: dict[str, Callable[[Pixels], Pixels]] = {
        "as it comes": lambda p: p,
        "despeckled": despeckled,
        "shadow divided": without_shadow,
    }
    pages = [p for p in known_pages(invented=6) if p.group != "real pdf" or p.damage in ("fax", "photo")]
    cases = {
        "fax": [p for p in pages if p.damage == "fax"], "fax with specks": [p for p in pages if p.damage == "fax"],
        "photo": [p for p in pages if p.damage == "photo"], "photo with a hard shadow": [p for p in pages if p.damage == "photo"],
        "real scans": [p for p in pages if p.group == "real scan"],
    }  # fmt: skip
    worse: dict[str, Callable[[Pixels], Pixels]] = {"fax with specks": specked, "photo with a hard shadow": shaded}
    out = ["| pages | n | " + " | ".join(ways) + " |", "|-|-:|" + "-:|" * len(ways)]
    for name, some in cases.items():
        some = some[:: max(1, len(some) // 8)][:8]
        shares = []
        for clean in ways.values():
            total = _sum(mark(replace(p, pixels=clean(worse.get(name, lambda x: x)(p.pixels))), _ours()) for p in some)
            shares.append(f"{total['wrong'] / total['letters']:.2%}")
        out.append(f"| {name} | {len(some)} | {' | '.join(shares)} |")
    return "\n".join(["Letters wrong, by our reader:", "", *out])


# --- how far confidence can be believed


@dataclass(frozen=True, slots=True)
class Case:
    """One line that was read, and whether it was right."""

    document: str
    first: confidence.Look
    second: confidence.Look
    right: bool


def is_right(text: str, box: Box, rows: Iterable[Truth]) -> bool:
    """Say whether these letters stand, side by side, in a printed row at this height; spaces do not count."""
    read = plain(text)
    near = (r for r in rows if r.box is None or min(box.bottom, r.box.bottom) > max(box.top, r.box.top))
    return any(read in plain(r.text) for r in near)


def cases(pages: Iterable[Known]) -> list[Case]:
    """Read some lines of each page twice."""
    found: list[Case] = []
    for page in pages:
        chance = Random(page.name)

        def choose(n: int, chance: Random = chance) -> list[int]:
            return sorted(chance.sample(range(n), min(n, _LINES_A_PAGE)))

        for box, first, second in ocr.looks(page.pixels, choose):
            if plain(first.text):
                found.append(Case(page.document, first, second, is_right(first.text, box, page.rows)))
    return found


def weights(found: list[Case], *, hold: float = 0.02, rounds: int = 50) -> np.ndarray:
    """Fit a logistic regression by Newton's method; `hold` keeps the weights small (ridge, a share of the cases)."""
    x = np.array([confidence.features(c.first, c.second) for c in found])
    y = np.array([c.right for c in found], dtype=float)
    penalty = np.diag([0.0] + [hold * len(found) / 10] * (x.shape[1] - 1))
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        step = np.linalg.solve((x.T * (p * (1 - p) + 1e-9)) @ x + penalty + 1e-9 * np.eye(len(w)), x.T @ (y - p) - penalty @ w)
        w += step
        if abs(step).max() < 1e-8:
            break
    return w


def shown(case: Case, w: np.ndarray) -> float:
    """Give the confidence that would be shown with these weights: looked at twice only where it is worth it."""
    first = _chance(confidence.features(case.first) @ w)
    return (
        _chance(confidence.features(case.first, case.second) @ w) if confidence.worth_a_second_look(case.first, first) else first
    )


def _chance(told: float) -> float:
    return min(0.995, float(1 / (1 + np.exp(-np.clip(told, -30, 30)))))


def believed(found: list[Case]) -> tuple[list[tuple[float, bool]], np.ndarray]:
    """Give (confidence, right) of each case by weights fitted on other documents, and the weights fitted on all."""
    documents = sorted({c.document for c in found})
    Random("folds").shuffle(documents)
    told: list[tuple[float, bool]] = []
    for fold in range(_FOLDS):
        out = set(documents[fold::_FOLDS])
        w = weights([c for c in found if c.document not in out])
        told += [(shown(c, w), c.right) for c in found if c.document in out]
    return told, weights(found)


def reliability(told: list[tuple[float, bool]]) -> str:
    """Give a Markdown table: of the values shown with such a confidence, how many are right."""
    out = ["| confidence shown | lines | mean shown | right | 95 % interval |", "|-|-:|-:|-:|-:|"]
    for low, high in zip(_BINS, _BINS[1:], strict=False):
        inside = [(c, r) for c, r in told if low <= c < high or (high == 1.0 and c == 1.0)]
        if inside:
            n, right = len(inside), sum(r for _, r in inside)
            a, b = _wilson(right, n)
            mean = sum(c for c, _ in inside) / n
            out.append(f"| {low:.2f} to {high:.2f} | {n} | {mean:.3f} | {right / n:.1%} | {a:.1%} to {b:.1%} |")
    return "\n".join(out)


def _wilson(right: int, n: int) -> tuple[float, float]:
    """Give the 95 % interval of a share. Source: Wilson 1927."""
    z, p = 1.96, right / n
    middle, half = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def ranked(told: list[tuple[float, bool]]) -> float:
    """Give the chance that a right line is shown with more confidence than a wrong one (area under the ROC curve)."""
    right, wrong = [c for c, r in told if r], [c for c, r in told if not r]
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    return wins / (len(right) * len(wrong)) if right and wrong else float("nan")


def fit() -> str:
    """Fit the confidence, write confidence.json, and give what docs/explanation/paper.md says about it."""
    pages = list(known_pages(invented=10, each=3))
    found = cases(pages)
    told, w = believed(found)
    own = [(float(np.mean(c.first.chances)), c.right) for c in found]
    twice = sum(confidence.worth_a_second_look(c.first, _chance(confidence.features(c.first) @ w)) for c in found)
    kept = {
        "origin": f"fitted on {len(found)} lines of {len(pages)} pages of {len({c.document for c in found})} documents (invented letters and "
        "lists; real PDFs drawn and damaged; real scans with a checked text); made again by: python -m benchmarks paper fit",
        "engine": ocr.ENGINE,
        "weights": {name: round(float(v), 4) for name, v in zip(confidence.FEATURES, w, strict=True)},
    }
    _KEPT.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    sure = [(c, r) for c, r in told if c >= 0.95]
    own_sure = [r for c, r in own if c >= 0.95]
    return "\n".join([
        f"{len(found)} lines of {len(pages)} pages of {len({c.document for c in found})} documents; {sum(not c.right for c in found)} of them are read wrong "
        f"somewhere. Each line's confidence was worked out by numbers fitted on other documents ({_FOLDS} folds).",
        "",
        reliability(told),
        "",
        f"Shown at 0.95 or more: {len(sure)} lines, {sum(r for _, r in sure) / max(1, len(sure)):.1%} right. A right line is shown with more confidence than a "
        f"wrong one in {ranked(told):.1%} of pairs; by the engine's own score in {ranked(own):.1%}, and of the {len(own_sure)} lines that it gives 0.95 or more "
        f"{sum(own_sure) / max(1, len(own_sure)):.1%} are right. {twice / len(found):.0%} of the lines are looked at twice.",
    ])  # fmt: skip


def write(part: str, text: str) -> None:
    """Put a measured part into docs/explanation/paper.md, between its marks."""
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    page = _PAGE.read_text("utf-8")
    before, after = page.split(begin)[0], page.split(end)[1]
    _PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")


def paper(*asked: str) -> str:
    """Measure what is asked ('fit', 'engines', 'cleaning'; nothing: all), and write it down."""
    parts = {"fit": fit, "engines": engines, "cleaning": cleaning}
    said = []
    for name in asked or parts:
        text = parts[name]()
        write(name, text)
        said.append(text)
    return "\n\n".join(said)


if __name__ == "__main__":
    _one_engine(sys.argv[1], int(sys.argv[2]))
