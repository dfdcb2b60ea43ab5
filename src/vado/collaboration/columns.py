"""Tables of answers: our own template, ODK Central's and Kobo's export, LimeSurvey's. One row is one person; headings say which."""

from collections import Counter
from collections.abc import Sequence

from vado.collaboration.keys import BLOCK, CANNOT, heading, importance_of, letter
from vado.collaboration.told import Reader, Row
from vado.model.reading import Issue, issue
from vado.model.survey import Instrument, Round

_ALWAYS = ("role", "voice", "day", "instance")


def template(instrument: Instrument, round_: Round) -> list[list[str]]:
    """Give the headings, what may stand under each, and one line for every voice to begin with."""
    headings = ["round", "instance", "voice", "role", "day"]
    for dimension in instrument.dimensions:
        headings += [*(i.id for i in dimension.items), importance_of(dimension.id)]
    return [[*headings, "blocks", "missing"]]


def rows_of(rows: Sequence[Sequence[str]], reader: Reader) -> tuple[list[Row], list[Issue]] | None:
    """Give what became of each row, and what is said of the table; None: it is no table of answers.

    Rows above the headings (a title) are passed over; rows without anything in them as well.
    """
    start = next((n for n, row in enumerate(rows[:20]) if _is_head(row, reader.instrument)), None)
    if start is None:
        return None
    heads = [heading(text, reader.instrument) for text in rows[start]]
    said = [
        issue("SV-010", column=letter(n)) for n, h in enumerate(heads) if not (h.key or h.person or h.passed)
    ]  # fmt: skip
    named = [letter(n) for n, h in enumerate(heads) if h.person and any(len(r) > n and r[n] for r in rows[start + 1 :])]
    if named:
        said.append(issue("SV-013", what=", ".join(named)))
    where = {h.key: h.key if not h.key.startswith(BLOCK) else "blocks" for h in heads if h.key}
    found: list[Row] = []
    same: Counter[tuple[tuple[str, str], ...]] = Counter()
    for number, row in enumerate(rows[start + 1 :], start + 2):
        if not any(cell.strip() for cell in row):
            continue
        told: dict[str, str] = {}
        for h, cell in zip(heads, row, strict=False):
            if h.key and cell.strip():
                told.setdefault(h.key, cell)
        key = tuple(sorted(told.items()))
        same[key] += 1
        found.append(reader.row(number, told, where, 1 if told.get("instance") else same[key]))
    return found, said


def _is_head(row: Sequence[str], instrument: Instrument) -> bool:
    keys = {heading(cell, instrument).key for cell in row}
    return bool(keys & instrument.items.keys()) and ("role" in keys or "voice" in keys)


def allowed(instrument: Instrument) -> str:
    """Say what may be written as an answer."""
    return f"1–{len(instrument.levels)}, {CANNOT}"
