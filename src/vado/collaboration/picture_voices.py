"""Whose voice was heard, whose is missing, and who was named and never heard."""

from collections import Counter
from dataclasses import dataclass
from math import nan

import numpy as np

from vado.collaboration.disclosure import LEAST_WORDS
from vado.collaboration.measures.voices import coverage, heard, representation, voices_in_all
from vado.collaboration.published import Decision, cells
from vado.collaboration.respondents import CITIZENS, ROLES, Respondents, of
from vado.collaboration.shown import CANNOT, HIDDEN, NOBODY, Figure, figure


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the frame: people of an organisation in one role, or a group of citizens."""

    voice: str  # id of the organisation or group
    name: str
    who: str
    people: int  # who could answer; 0: nobody knows
    answered: Figure  # how many did
    response: Figure  # %, with Wilson's interval
    share: Figure  # its part of the answers over its part of the people: 1 as many as it has
    unusual: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A voice that people said is missing."""

    name: str
    times: Figure
    heard: bool


@dataclass(frozen=True, slots=True)
class Voices:
    """What is shown of who answered."""

    coverage: Figure  # % of the frame's cells from which anybody answered
    cells: tuple[Cell, ...]
    n: dict[str, Figure]  # group -> how many answered
    named: tuple[Called, ...]  # most named first; those named by too few people are left out
    in_all: Figure  # how many voices there may be, from what people named


def voices(sheet: Respondents, decision: Decision) -> Voices:
    """Say who answered, cell by cell of the register."""
    counts = {k: int(m.sum()) for k, m in (sheet.groups | cells(sheet)).items()}
    frame = _frame(sheet)
    people = {key: size for key, _, _, _, size, _ in frame if size}
    shares = representation({k: counts[k] for k in people}, people)
    found = tuple(
        _cell(key, voice, name, who, size, counts[key], shares, decision, new) for key, voice, name, who, size, new in frame
    )
    covered = 100 * coverage(counts, [k for k, *_ in frame])
    return Voices(
        figure(covered, len(sheet.answers), "coverage"), found,
        {g: _count(counts[g], g in decision.counts) for g in sheet.groups}, *_called(sheet, decision.least),
    )  # fmt: skip


def _frame(sheet: Respondents) -> list[tuple[str, str, str, str, int, bool]]:
    """Give (key, voice, name, role, people, unusual) of every cell that the register wants to hear, or that answered."""
    found = [
        (f"{o.id}/{role}", o.id, o.name, role, o.people.get(role, 0), False)
        for o in sheet.round.organisations
        for role in ROLES
        if o.people.get(role, 0) or (sheet.groups[of(o.id)] & sheet.groups[role]).any() or not o.people
    ]
    return found + [(f"{g.id}/{CITIZENS}", g.id, g.name, CITIZENS, g.people, g.unusual) for g in sheet.round.groups]


def _cell(  # noqa: PLR0913 - a row of the frame, and what is known of it
    key: str, voice: str, name: str, who: str, size: int, n: int, shares: dict[str, float], decision: Decision, unusual: bool
) -> Cell:
    hide = key in decision.counts
    response, share = CANNOT, CANNOT
    if hide:
        response = share = HIDDEN
    elif not n:
        response = share = NOBODY
    elif size >= n:
        rate = heard(n, size)
        response = figure(100 * n / size, n, "wilson", interval=(100 * rate.low, 100 * rate.high))
        share = figure(shares.get(key, nan), n, "share of voices", digits=1)
    return Cell(voice, name, who, size, _count(n, hide), response, share, unusual)


def _count(n: int, hide: bool) -> Figure:
    return HIDDEN if hide else NOBODY if not n else figure(n, n, "count")


def _called(sheet: Respondents, least: int) -> tuple[tuple[Called, ...], Figure]:
    """Say which voices are missing, in people's own words: only what so many said that the words name nobody who said them.

    Words are shown from `LEAST_WORDS` answers on; a word that is no name of the register, when as many people wrote the very same.
    """
    said = Counter[str]()
    names = {v.name.casefold(): v for v in (*sheet.round.organisations, *sheet.round.groups)}
    answered = {a.voice for a in sheet.answers}
    writers = 0
    for a in sheet.answers:
        words = " ".join(a.missing.split()).casefold()
        writers += bool(words)
        if hits := [n for n in names if n in words]:
            said.update(hits)
        elif words:
            said[words] += 1
    if writers < LEAST_WORDS:
        return (), CANNOT if not writers else HIDDEN
    shown = [
        (names[w].name if w in names else w, n, w in names and names[w].id in answered)
        for w, n in said.most_common()
        if n >= (least if w in names else LEAST_WORDS) and (writers - n >= least or writers == n)
    ]
    return tuple(Called(w, figure(n, writers, "named voices"), here) for w, n, here in shown), figure(
        float(np.floor(voices_in_all(said.values()))), writers, "chao"
    )
