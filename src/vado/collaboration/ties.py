"""What organisations say of whom they work with, as it comes in files: one row is one tie, and says whose it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vado.collaboration import texts
from vado.collaboration.keys import letter
from vado.model.person import plain_letters
from vado.model.reading import Issue, issue
from vado.model.survey import Roster, Round, Said, Tie

_SEVERAL: dict[str, dict[str, Said]] = {"what": texts.WHATS, "means": texts.MEANSES}
_FIELDS = {"own", "other", "often", "direction", "wish", *_SEVERAL, *texts.GRADED}
_NAMES = {"organisation": "own", "organization": "own", "organizacion": "own"}
_LONGEST = 500  # letters of what somebody writes


def headings(row: Sequence[str]) -> list[str]:
    """Give what each heading means, "" for nothing: 'ties-other' -> 'other', 'ties/what/summary' -> 'what:summary'."""
    found = []
    for text in row:
        parts = [plain_letters(p) for p in re.split(r"[-/\[\].:\s]+", text.strip()) if p]
        last = parts[-1] if parts else ""
        if len(parts) > 1 and last in _SEVERAL.get(parts[-2], ()):
            found.append(f"{parts[-2]}:{last}")
        else:
            found.append(_NAMES.get(last, last if last in _FIELDS else ""))
    return found


def told_in(rows: Sequence[Sequence[str]]) -> list[tuple[int, dict[str, str], dict[str, str]]] | None:
    """Give (row number, what it says, key -> column) of each row of a table of ties; None: it is no such table."""
    heads = headings(rows[0]) if rows else []
    if not {"own", "other", "often"} <= set(heads):
        return None
    where = {h: letter(n) for n, h in enumerate(heads) if h}
    told = []
    for number, row in enumerate(rows[1:], 2):
        said = {h: cell.strip() for h, cell in zip(heads, row, strict=False) if h and cell.strip()}
        if said.get("other"):
            told.append((number, said, where))
    return told


def rosters_of(
    told: Sequence[tuple[int, Mapping[str, str], Mapping[str, str]]], round_: Round
) -> tuple[list[Roster], list[Issue], int]:  # fmt: skip
    """Put ties together to rosters, one for each organisation that told any; what is wrong with a row; how many were not taken."""
    by: dict[str, list[Tie]] = {}
    issues: list[Issue] = []
    refused = 0
    for number, said, where in told:
        wrong: list[tuple[str, str]] = []
        own, other = _organisation(said.get("own", ""), round_), said["other"][:_LONGEST]
        tie = _tie(said, _organisation(other, round_) or other, wrong)
        if not own:
            issues.append(issue("SV-001", row=number, column=where.get("own", "own")))
        elif own == tie.other:
            wrong.append(("other", "–"))
        issues += [issue("SV-002", row=number, column=where.get(key, key), allowed=allowed) for key, allowed in wrong]
        if wrong or not own:
            refused += 1
        else:
            by.setdefault(own, []).append(tie)
    return [Roster(f"{round_.id}/{o}", round_.id, o, tuple(ties)) for o, ties in sorted(by.items())], issues, refused


def _organisation(said: str, round_: Round) -> str:
    plain = plain_letters(said)
    alike = [o.id for o in round_.organisations if said == o.id or plain_letters(o.name) == plain]
    return alike[0] if len(alike) == 1 else ""


def _tie(said: Mapping[str, str], other: str, wrong: list[tuple[str, str]]) -> Tie:
    def number(key: str, least: int, most: int, none: int) -> int:
        text = said.get(key, "").removesuffix(".0")
        if text and not (text.isascii() and text.isdigit() and least <= int(text[:3]) <= most):
            wrong.append((key, f"{least}–{most}"))
            return none
        return int(text) if text else none

    def some(key: str) -> tuple[str, ...]:
        named = [w for w in re.split(r"[\s,;|]+", said.get(key, "")) if w]
        named += [k.partition(":")[2] for k, v in said.items() if k.startswith(f"{key}:") and v in {"1", "true", "True", "yes"}]
        if any(n not in _SEVERAL[key] for n in named):
            wrong.append((key, ", ".join(_SEVERAL[key])))
        return tuple(dict.fromkeys(named))

    direction = said.get("direction", "both")
    if direction not in texts.DIRECTIONS:
        wrong.append(("direction", ", ".join(texts.DIRECTIONS)))
    graded: dict[str, Any] = {name: number(name, 1, len(texts.GRADES), 0) for name in texts.GRADED}
    often = number("often", 0, len(texts.OFTENS) - 1, 0)
    return Tie(other, often, direction, some("what"), some("means"), **graded, wish=said.get("wish", "")[:_LONGEST])
