"""Several documents in one scan: where each begins and ends."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from vado.model.cover import channel_of
from vado.model.fact import End, Entry, Facts
from vado.model.original import Arrival, Original
from vado.model.reading import Item, Place, Reading

Cut = Callable[[bytes, int, int], bytes]  # some pages of a file as a file of their own

_FIRST = re.compile(r"\b(?:page|pag|pagina|hoja|p)\.? ?1 ?(?:of|de|/) ?(\d{1,3})\b")
_LATER = re.compile(r"\b(?:page|pag|pagina|hoja|p)\.? ?([2-9]|\d{2,3}) ?(?:of|de|/) ?\d{1,3}\b")
_NAME = re.compile(
    r"^(?:patient(?:'?s)?(?: name)?|name of (?:the )?patient|full name|nombre(?: y apellidos| completo)?(?: del? paciente)?|paciente)"
    r" ?: ?(\S.+)$"
)
_NUMBER = re.compile(
    r"^(?:nhs (?:number|no)|hospital (?:number|no)|record (?:number|no)|mrn|dni|nie|nhc|cip|curp|numero nhs|n[ºo°] ?(?:de )?historia)"
    r"\.? ?: ?([a-z0-9][a-z0-9 /.-]{4,})$"
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What tells where documents begin, of one page (1-based)."""

    number: int
    cover: str = ""  # code of the cover sheet that this page is
    lines: tuple[str, ...] | None = None  # in reading order; None: not known; (): blank


@dataclass(frozen=True, slots=True)
class Part:
    """One document: its pages, both included (1-based), and the cover sheet before it."""

    first: int
    last: int
    cover: str = ""


def parts_by_cover(leaves: Sequence[Leaf]) -> list[Part]:
    """Give what follows each cover sheet until the next one, and what comes before the first; [] when there is no cover.

    A cover sheet with nothing after it gives no part.
    """
    if not any(leaf.cover for leaf in leaves):
        return []
    parts: list[Part] = []
    cover, pages = "", list[int]()
    for leaf in (*leaves, Leaf(0, "end")):
        if leaf.cover:
            if pages:
                parts.append(Part(pages[0], pages[-1], cover))
            cover, pages = leaf.cover, []
        else:
            pages.append(leaf.number)
    return parts


def parts_by_look(leaves: Sequence[Leaf]) -> list[Part]:
    """Give the documents that pages look like: one begins where page 1 of n is counted anew, or another person is named.

    A blank page alone parts nothing (backs of sheets are blank): after it a page begins a document when it opens as the first did.
    """
    starts: list[int] = []
    about, opening, blank = _About("", ""), "", False
    for leaf in leaves:
        plain = [_plain(line) for line in leaf.lines or ()]
        if not plain:
            blank = True
            continue
        told, head = _about(plain), plain[0]
        anew = not any(_LATER.search(line) for line in plain) and (
            any(_FIRST.search(line) for line in plain) or told.differs(about) or (blank and len(head) > 5 and head == opening)
        )
        if not starts or anew:
            starts.append(leaf.number)
            about, opening = told, head
        else:
            about = _About(about.name or told.name, about.number or told.number)
        blank = False
    if len(starts) < 2:
        return []
    starts[0] = leaves[0].number
    ends = [*(n - 1 for n in starts[1:]), leaves[-1].number]
    return [Part(a, b) for a, b in zip(starts, ends, strict=True)]


def parts_by_form(pages: Sequence[tuple[int, str, int]]) -> list[Part]:
    """Give the copies of a form that one file holds: a page of it that was there already begins another person's.

    Args:
        pages: number, name of the form ('' for none) and which page of the form, in order. What is no form page goes with
            the copy before it.

    Returns:
        [] when no form page comes twice.
    """
    starts: list[int] = []
    seen: set[tuple[str, int]] = set()
    for number, form, page in pages:
        if form and (form, page) in seen:
            starts.append(number)
            seen = set()
        if form:
            seen.add((form, page))
    if not starts:
        return []
    starts = [pages[0][0], *starts]
    ends = [*(n - 1 for n in starts[1:]), pages[-1][0]]
    return [Part(a, b) for a, b in zip(starts, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class _About:
    """Whom a page names, plain."""

    name: str
    number: str

    def differs(self, other: "_About") -> bool:
        """Say whether this is plainly another person: a number that is another one, or a name that shares no word."""
        if self.number and other.number:
            return _far(self.number, other.number)
        if self.name and other.name:
            return not set(self.name.split()) & set(other.name.split())
        return False


def _about(plain: Sequence[str]) -> _About:
    names = [m[1] for line in plain if (m := _NAME.match(line))]
    numbers = [re.sub(r"[^a-z0-9]", "", m[1]) for line in plain if (m := _NUMBER.match(line))]
    return _About(names[0] if names else "", numbers[0] if numbers else "")


def _far(one: str, other: str) -> bool:
    """Say whether two numbers differ in more than two places: less may be a slip of the reading."""
    return len(one) != len(other) or sum(a != b for a, b in zip(one, other, strict=True)) > 2


def _plain(text: str) -> str:
    flat = "".join(c for c in normalize("NFD", text.lower()) if not combining(c))
    return " ".join(flat.split())


def taken_apart(
    original: Original, content: bytes, parts: Sequence[Part], cut: Cut
) -> tuple[tuple[Item, ...], tuple[Arrival, ...]]:
    """Give one item for each document inside (its pages), and the documents themselves, as children that name their cover sheet."""
    items, children = [], []
    for n, part in enumerate(parts, 1):
        where = f"page {part.first}" if part.first == part.last else f"page {part.first} to {part.last}"
        items.append(Item("part", f"{part.last - part.first + 1} pages", Place(original.id, where)))
        channel = channel_of(part.cover) if part.cover else original.channel
        children.append(Arrival(original.partner, channel, cut(content, part.first, part.last), f"part {n}", original.id))
    return tuple(items), tuple(children)


def parts_ledger(reading: Reading) -> Facts:
    """A scan that was taken apart says nothing itself: its documents are originals of their own."""
    return Facts(ledger=(Entry("part", End.MAPPED, "an original of its own", len(reading.items)),))
