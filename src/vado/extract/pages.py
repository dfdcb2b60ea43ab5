"""Pages that were seen -> items and issues of a Reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vado.extract.lines import in_reading_order
from vado.extract.parts import Leaf
from vado.model.original import OriginalId
from vado.model.reading import Box, Fidelity, Issue, Item, Place, issue

_UNSURE = 0.8  # mean confidence of a page under which a person should look


class Line(Protocol):
    """A line that was seen; `read`: from pixels."""

    @property
    def text(self) -> str: ...  # noqa: D102 - said above
    @property
    def box(self) -> Box: ...  # noqa: D102
    @property
    def confidence(self) -> float: ...  # noqa: D102
    @property
    def read(self) -> bool: ...  # noqa: D102
    @property
    def level(self) -> Box | None: ...  # noqa: D102


class Page(Protocol):
    """A page that was seen; None for lines: it was not looked at."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def lines(self) -> Sequence[Line] | None: ...  # noqa: D102
    @property
    def degrees(self) -> int: ...  # noqa: D102
    @property
    def confidence(self) -> float: ...  # noqa: D102
    @property
    def said(self) -> Sequence[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Level:
    """A line where it would stand if the page had come flat, upright and straight."""

    line: Line
    box: Box

    @property
    def text(self) -> str:
        return self.line.text


def items_of(original: OriginalId, pages: Iterable[Page], fidelity: Fidelity, *, label: str = "line") -> list[Item]:
    """Give one item a line, in reading order; `fidelity` is the reading's, a line read from pixels says so itself."""
    items: list[Item] = []
    for page in pages:
        level = [_Level(line, line.level or line.box) for line in page.lines or ()]
        for n, line in enumerate((x.line for x in in_reading_order(level)), 1):
            b = line.box
            box = Box(round(b.left, 3), round(b.top, 3), round(b.right, 3), round(b.bottom, 3))
            place = Place(original, f"page {page.number} / line {n}", box)
            own = Fidelity.IMAGE if line.read and fidelity != Fidelity.IMAGE else None
            items.append(Item(label, line.text, place, round(line.confidence, 3), own))
    return items


def leaves_of(pages: Iterable[Page]) -> list[Leaf]:
    """Give what tells where documents begin: the lines of each page in reading order."""
    leaves = []
    for page in pages:
        level = [_Level(line, line.level or line.box) for line in page.lines or ()]
        leaves.append(Leaf(page.number, "", tuple(x.text for x in in_reading_order(level))))
    return leaves


def issues_of(original: OriginalId, pages: Sequence[Page]) -> list[Issue]:
    """Say which pages were not read, were blank, turned or hard to read."""
    issues: list[Issue] = []
    unread = [p for p in pages if p.lines is None]
    if unread:
        place = Place(original, f"page {unread[0].number} to {unread[-1].number}")
        issues.append(issue("IN-501", place, count=len(unread), limit="time and pages for one file"))
    for page in pages:
        place = Place(original, f"page {page.number}")
        issues += [issue(code, place) for code in page.said]
        if page.lines is not None and not page.lines and not page.said:
            issues.append(issue("IN-502", place))
        elif page.lines and page.degrees:
            issues.append(issue("IN-505", place, degrees=page.degrees))
        if page.lines and page.confidence < _UNSURE and "IN-521" not in page.said:
            issues.append(issue("IN-507", place))
    return issues
