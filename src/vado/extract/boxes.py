"""What was read in the boxes of paper forms -> items: dates and numbers are held to the form they must have."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from vado.extract.dates import day
from vado.extract.person import path_of
from vado.model.form import FieldKind
from vado.model.original import OriginalId
from vado.model.reading import Box, Fidelity, Issue, Item, Place, issue
from vado.terms.identifiers import repaired, valid

_ALIKE = str.maketrans({"O": "0", "o": "0", "D": "0", "Q": "0", "I": "1", "l": "1", "i": "1", "|": "1", "!": "1", "]": "1", "[": "1",
                        "S": "5", "s": "5", "B": "8", "Z": "2", "z": "2", "G": "6", "b": "6", "g": "9", "q": "9"})  # fmt: skip
_MENDED = 0.85  # a value that fits only with look-alikes exchanged
_UNFIT = 0.5  # one that does not fit at all
_BY_CHANCE = 10  # one wrong number in so many fits its check digit (11 for an NHS number, 23 for a DNI)
_SLASHED = re.compile(r"(\d\d)[/1Il|.-](\d\d)[/1Il|.-](\d{4})")
_NUMBER = re.compile(r"[<>=≤≥~]{0,2} ?[+-]?\(?\d[\d .,/:()-]*(?: [%°/\w²³µ.]{1,12}|%|kg|mg|g|cm|mm)?")


class Seen(Protocol):
    """What one box holds."""

    @property
    def label(self) -> str: ...  # noqa: D102 - said above
    @property
    def kind(self) -> FieldKind: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def confidence(self) -> float: ...  # noqa: D102
    @property
    def box(self) -> Box: ...  # noqa: D102
    @property
    def cells(self) -> bool: ...  # noqa: D102


class Page(Protocol):
    """A page that is a page of a known form."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def form(self) -> str: ...  # noqa: D102
    @property
    def boxes(self) -> Sequence[Seen]: ...  # noqa: D102


def box_items(original: OriginalId, pages: Iterable[Page], order: str) -> list[Item]:
    """Give one item a filled box; nothing that was read from pixels is sure, and each says so itself.

    Args:
        original: where the boxes stand.
        pages: as seen; those of no form have no boxes.
        order: of dates in figures, 'dmy', 'mdy' or 'ymd'.
    """
    items: list[Item] = []
    for page in pages:
        for seen in page.boxes:
            text, sure = mended(seen, order)
            b = seen.box
            box = Box(round(b.left, 4), round(b.top, 4), round(b.right, 4), round(b.bottom, 4))
            place = Place(original, f"page {page.number} / form {page.form} / field {seen.label}", box)
            items.append(Item(seen.label, text, place, round(min(sure, 0.99), 3), Fidelity.IMAGE))
    return items


def unfit(original: OriginalId, items: Iterable[Item]) -> list[Issue]:
    """Say how many boxes of each page hold something that could not be read as what they ask for."""
    doubtful = Counter(i.place.path.partition(" / ")[0] for i in items if i.confidence <= _UNFIT)
    return [issue("IN-535", Place(original, page), count=count) for page, count in doubtful.items()]


def form_of(place: Place) -> str:
    """Name the paper form that a box stands on; '' when it is none."""
    found = re.match(r"page \d+ / form ([a-z0-9-]+) / field ", place.path)
    return found[1] if found else ""


def mended(seen: Seen, order: str) -> tuple[str, float]:
    """Give a value in the form its box asks for, and the chance that it is right; what does not fit is doubtful."""
    if seen.kind is FieldKind.DATE:
        return _date(seen, order)
    system = (path_of(seen.label) or "").partition(":")[2]
    if seen.kind is not FieldKind.CHECK and valid(system, "") is not None:
        return _identifier(seen, system)
    if seen.kind is FieldKind.NUMBER:
        return _number(seen)
    return seen.text, seen.confidence


def _date(seen: Seen, order: str) -> tuple[str, float]:
    text = seen.text.strip(" .,")
    figures = re.sub(r"[\s/.-]", "", text.translate(_ALIKE))
    if seen.cells and len(figures) == 8 and figures.isdigit():
        text = _parted(figures, order)
        fits, same = day(text, order), seen.text.replace(" ", "") == figures
        return text, (seen.confidence if same else min(seen.confidence, _MENDED)) if fits else min(seen.confidence, _UNFIT)
    if day(text, order, 1930):
        return text, seen.confidence
    plain = re.sub(r"\s", "", text.translate(_ALIKE))
    tried = [plain, *(f"{m[1]}/{m[2]}/{m[3]}" for m in [_SLASHED.fullmatch(plain)] if m)]
    if len(figures) == 8 and figures.isdigit():
        tried.append(_parted(figures, order))
    fit = next((t for t in tried if day(t, order, 1930)), None)
    return (fit, min(seen.confidence, _MENDED)) if fit else (text, min(seen.confidence, _UNFIT))


def _parted(figures: str, order: str) -> str:
    cuts = ((0, 4), (4, 6), (6, 8)) if order == "ymd" else ((0, 2), (2, 4), (4, 8))
    return ("-" if order == "ymd" else "/").join(figures[a:b] for a, b in cuts)


def _identifier(seen: Seen, system: str) -> tuple[str, float]:
    written = re.sub(r"[\s.-]", "", seen.text).upper()
    if valid(system, written):
        odds = _BY_CHANCE * seen.confidence
        return seen.text, round(odds / (odds + 1 - seen.confidence), 3)
    if number := repaired(system, written):
        return number, min(seen.confidence, _MENDED)
    return seen.text, min(seen.confidence, _UNFIT)


def _number(seen: Seen) -> tuple[str, float]:
    if _NUMBER.fullmatch(seen.text):
        return seen.text, seen.confidence
    plain = seen.text.translate(_ALIKE)
    if _NUMBER.fullmatch(plain) and sum(a != b for a, b in zip(plain, seen.text, strict=True)) <= 2:
        return plain, min(seen.confidence, _MENDED)
    return seen.text, min(seen.confidence, _UNFIT)
