"""A letter in sections: which lines stand under which heading, in English and Spanish, with wrapped lines joined."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from vado.extract.characters import same_length
from vado.model.reading import Item
from vado.terms.letters import Heading, headings, pattern

BULLET = re.compile(r"^\s*(?:[-*•·●▪–]|\(?\d{1,2}[.)])\s+")
_NAMED = re.compile(r"(?:^|(?<=[.;])\s+)(?P<name>[^:;.\n]{2,70}):")
_OPEN_END = re.compile(r"(?:[,/(-]|\b(?:y|e|o|de|del|con|la|el|por|en|and|or|of|with|the|to|for))$")
_PANEL = re.compile(r"[^:]{3,40}:\s[^,]+,[^,]+,")  # a heading we do not know, before a list of its own
_LONG = 40  # a line that another one continues is at least about so long
_LINES = 40  # without a bullet, more than this is no list any more
_AFTER_ALLERGY = 1  # often another list follows without a heading (Blue Button: past illnesses)


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands under a heading: one line, or lines that were one, and how it stands there."""

    heading: Heading
    title: str  # the heading as written
    text: str  # without its bullet
    items: tuple[Item, ...]  # the lines it was read from
    inline: bool  # behind its heading on the same line, or alone under it
    bullet: bool


def passages(lines: Iterable[Item]) -> list[Passage]:
    """Give what stands under the known headings, in order; any other heading ends a section."""
    found: list[Passage] = []
    for new, wrapped in _pieces(lines):
        if wrapped and found:
            last = found[-1]
            found[-1] = replace(last, text=f"{last.text} {new.text}", items=(*last.items, *new.items))
        else:
            found.append(new)
    return [p for p in found if p.heading.kind != "text"]


def heading_of(text: str) -> Heading | None:
    """Say what a text heads when all of it is a known heading; numbers and marks around it do not matter."""
    if len(text) >= 70 or not text:
        return None
    plain = " ".join(re.findall(r"[a-z]+", same_length(re.sub(r"\([^)]*\)\s*$", "", text))))
    return headings().get(plain) or headings().get(pattern("sections_of", "endings").sub("", plain).strip())


def _pieces(lines: Iterable[Item]) -> Iterator[tuple[Passage, bool]]:
    """Give each piece of text under a heading, and whether it goes on with the one before."""
    now: Heading | None = None
    title, left, before = "", 0, ""
    printed = [i for i in lines if i.label == "line"]
    for item, following in zip_longest(printed, printed[1:]):
        for name, heading, text in _named(item.value):
            if heading:
                now, title, before = heading, name, ""
                left = _AFTER_ALLERGY if heading.kind == "allergy" else _LINES
            bullet = not heading and bool(BULLET.match(text))
            text = BULLET.sub("", text).strip()
            if now is None or not text:
                continue
            if not heading and not bullet and (left <= 0 or text.endswith(":") or (now.kind == "results" and _PANEL.match(text))):
                now = None
                continue
            wrapped = bool(before) and not bullet and _continues(before, text)
            left -= 0 if bullet or wrapped else 1
            alone = now.kind == "allergy" and left == 0 and _ends(following)  # the only line of its section
            yield Passage(now, title, text, (item,), bool(heading) or alone, bullet), wrapped
            before = text


def _named(value: str) -> Iterator[tuple[str, Heading | None, str]]:
    """Cut a line at the known headings inside it: (heading as written, what it heads, text behind)."""
    if whole := heading_of(value.strip().rstrip(":")):
        yield value.strip(" :"), whole, ""
        return
    marks = [(m, h) for m in _NAMED.finditer(value) if (h := heading_of(m["name"]))] if ":" in value else []
    begin = marks[0][0].start() if marks else len(value)
    if value[:begin].strip():
        yield "", None, value[:begin]
    for n, (mark, heading) in enumerate(marks):
        end = marks[n + 1][0].start() if n + 1 < len(marks) else len(value)
        yield mark["name"].strip(), heading, value[mark.end() : end]


def _ends(following: Item | None) -> bool:
    return following is None or following.value.rstrip().endswith(":") or any(h for _, h, _ in _named(following.value))


def _continues(before: str, text: str) -> bool:
    return bool(_OPEN_END.search(same_length(before))) or (len(before) > _LONG and text[:1].islower())
