"""The paper form of the questionnaire: how many of its choices are read right after a scanner, a fax, a phone.

`python -m benchmarks answer_sheets` writes docs/explanation/answer-sheets.md. What is written is invented; marks are drawn, not written by
hand: trust the comparison, and what is said to be doubtful, more than the last digit.
"""

import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from filled_sheet import chosen, filled, sent
from vado.collaboration.instrument import shipped
from vado.collaboration.sheet import Printed, code_text, paper, paper_key
from vado.model.survey import Who
from vado.tools import answer_sheet

_PAGE = Path("docs/explanation/answer-sheets.md")
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_LANGUAGES = ("en", "es")
_HEAD = """# Answers on paper, measured

Written by `make bench ARGS=answer_sheets`. Each copy is the paper form of a role, printed, marked, sent on its way and read: {copies} copies a line,
half in English, half in Spanish, all three roles by chance. A choice is one row of boxes, or one box alone. *Plain* marks are crosses, ticks and
fillings of a pen; *careless* ones are thin and pale as of a pencil and up to half a box away.

| marks | way | choices | read right | shown to a person | read as empty | **read as something else** | s a page |
|-|-|-:|-:|-:|-:|-:|-:|
"""
_TAIL = """
What is doubtful is never counted: a person sees the boxes and says what they see. A cross that is too pale for a fax is not on the fax any more;
such a row counts as not answered, and the form asks for a dark pen. Marks are drawn by a program, and no real handwriting was measured.
"""


def answer_sheets(copies: str = "20") -> str:
    """Measure, and write the page."""
    count = int(copies)
    lines = [_line(careless, way, count) for careless in (False, True) for way in ("scan", "fax", "photo")]
    text = _HEAD.format(copies=count) + "\n".join(lines) + "\n" + _TAIL
    _PAGE.write_text(text, "utf-8")
    return text


def _line(careless: bool, way: str, count: int) -> str:
    found: Counter[str] = Counter()
    seconds = 0.0
    for seed in range(count):
        told, took = _copy(Random(seed), _LANGUAGES[seed % 2], way, careless)
        found, seconds = found + told, seconds + took
    total = sum(found.values())
    told = " | ".join(str(found[k]) for k in ("right", "doubtful", "empty", "wrong"))
    return f"| {'careless' if careless else 'plain'} | {way} | {total} | {told} | {seconds / count / 2:.2f} |"


def _copy(chance: Random, language: str, way: str, careless: bool) -> tuple[Counter[str], float]:
    ford, who = shipped(), chance.choice(list(Who))
    papers = {paper_key(w, known): paper(ford, w, known) for w in Who for known in _LANGUAGES}
    values = papers[paper_key(who, language)]
    pages = range(1, answer_sheet.pages_of(values) + 1)
    codes = [code_text(Printed("ford|1", "2026-spring", "hospital", who.value, language, n)) for n in pages]
    made = answer_sheet.printed({**values, "round": "Spring 2026", "voice": "Hospital"}, codes, _WHEN)
    truth = chosen(values, chance)
    content = sent(filled(made, values, truth, chance, careless=careless), way, chance)
    began = time.perf_counter()
    seen = {m.label: m for leaf in answer_sheet.read(content, papers) for m in leaf.marks}
    took = time.perf_counter() - began
    labels = {f.label for f in answer_sheet.form_of(values).fields if f.option}
    found: Counter[str] = Counter()
    for label in labels:
        mark, true = seen.get(label), truth.get(label, "")
        if mark and not mark.sure:
            found["doubtful"] += 1
        elif (mark.option if mark else "") == true:
            found["right"] += 1
        else:
            found["wrong" if mark else "empty"] += 1
    return found, took
