"""What a letter says of itself: what kind of document it is, its date, who wrote it and for which organisation."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vado.extract.characters import same_length
from vado.extract.fields import written_date
from vado.model.fact import FhirJson
from vado.model.reading import Item
from vado.terms.letters import LANGUAGES, pattern, titles, whole, words

_TOP = 15  # lines in which a letter names itself and its house
_HEAD, _FOOT, _WIDE = 40, 15, 200  # lines at both ends in which it says its date and author, and characters of each
_LOINC = "http://loinc.org"
_GMC = "https://fhir.hl7.org.uk/Id/gmc-number"
_WORD = r"[^\W\d_a-zß-ÿ][^\W\d_]*\.?"  # begins with a capital letter
_NAME = re.compile(rf"{_WORD}(?:[ -](?:(?:de|del|la|las|los|y|van|von|da)\s+)*{_WORD}){{0,5}}")
_DATE = re.compile(
    r"\s*[:.]?\s*(?P<date>\d{1,2}[-/. ]\s?\d{1,2}[-/. ]\s?\d{4}|\d{4}-\d\d-\d\d|"
    r"\d{1,2}(?:st|nd|rd|th)?[ -](?:de )?[a-z]{3,10}\.?,?[ -](?:del? )?\d{4})(?!\w)"
)
_SELF_DATED = re.compile(r"^(?:[^\W\d_]+(?: [^\W\d_]+){0,3}, (?:a )?)?(?P<date>\d{1,2} de [a-z]+ del? \d{4})\.?$")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What was found, as written; '' where nothing was."""

    title: str = ""
    kind: str = ""  # LOINC document type, where the title leaves no doubt
    day: str = ""  # YYYY-MM-DD
    author: str = ""
    role: str = ""
    number: str = ""  # of the author in the register of the profession
    register: str = ""  # the label of that number as written
    organisation: str = ""


def letterhead(items: Sequence[Item], order: str) -> Letterhead:
    """Read the head and the foot of a letter; `order` of figures in dates: 'dmy', 'mdy' or 'ymd'."""
    told = [i.value.strip()[:_WIDE] for i in items if i.label == "line"]
    lines = told if len(told) <= _HEAD + _FOOT else told[:_HEAD] + told[-_FOOT:]
    title, kind = next(_titles(lines[:_TOP]), ("", ""))
    author, role, number, register = next(_authors(lines), ("", "", "", ""))
    return Letterhead(title, kind, _day(lines, order), author, role, number, register, next(_houses(lines[:_TOP]), ""))


def described(head: Letterhead, *, coded: bool) -> FhirJson:
    """Give the elements of a DocumentReference that say this; `coded`: with the LOINC code of its kind."""
    made: FhirJson = {}
    if head.title:
        coding = {"coding": [{"system": _LOINC, "code": head.kind}]} if coded and head.kind else {}
        made["type"] = {"text": head.title, **coding}
    if head.author:
        author: FhirJson = {"display": ", ".join(w for w in (head.author, head.role) if w)}
        if head.number:
            system = {"system": _GMC} if head.register.casefold().startswith("gmc") else {}
            author["identifier"] = {"type": {"text": head.register}, **system, "value": head.number}
        made["author"] = [author]
    if head.organisation:
        made["custodian"] = {"display": head.organisation}
    return made


def _titles(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    known = titles()
    for line in lines:
        plain = " ".join(re.findall(r"[a-z]+", same_length(line)))
        named = [t for t in known if (plain == t or plain.startswith(t + " ")) and len(plain.split()) <= len(t.split()) + 4]
        if named and ":" not in line:
            longest = max(named, key=len)
            yield line, known[longest]


def _authors(lines: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """Who signed: behind a label such as 'Fdo.' or 'Consultant'; the register number stands on the same or the next line."""
    labels = [rf"(?:{pattern('author', 'signed', x).pattern})" for x in LANGUAGES]
    label = re.compile(rf"^(?:{'|'.join(labels)})\.?(?:\s*[:,]|\s|$)\s*")
    register = re.compile("|".join(f"(?:{words(x)['author']['number']})" for x in LANGUAGES))
    for n, line in enumerate(lines):
        plain = same_length(line)
        if not (match := label.match(plain)):
            continue
        mark = register.search(plain, match.end())
        signed = line[match.end() : mark.start() if mark else None] or "".join(lines[n + 1 : n + 2])
        name = _NAME.match(signed)
        if name and len(name[0].split()) > 1:
            role = re.match(r"\s*[,(–-]\s*([^\d,;:.()]{4,60})", signed[name.end() :])
            number, called = next(_numbers(register, (line[match.end() :], *lines[n + 1 : n + 3])), ("", ""))
            yield name[0].strip(" ."), role[1].strip() if role else "", number, called


def _numbers(register: re.Pattern[str], texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The number behind the label of a register, and that label as written."""
    for text in texts:
        mark = register.search(same_length(text))
        if mark and (number := re.match(r"[\s.:º]*(\d[\d /-]{2,14}\d)", text[mark.end() :])):
            yield number[1], text[mark.start() : mark.end()].strip(" .:")


def _day(lines: Sequence[str], order: str) -> str:
    """The date behind the label that says most ('Fecha de alta' before 'Fecha'), else a line that is only place and date."""
    plain = [same_length(line) for line in lines]
    for language in LANGUAGES:
        for name in words(language)["author"]["dates"]:
            for line in (p for p in plain if p.startswith(name)):
                if (match := _DATE.match(line, len(name))) and (day := written_date(match["date"], order)):
                    return day
    found = (written_date(m["date"], order) for line in lines if (m := _SELF_DATED.match(same_length(line))))
    return next((day for day in found if day), "")


def _houses(lines: Iterable[str]) -> Iterator[str]:
    house = whole(w for x in LANGUAGES for w in words(x)["author"]["organisation"])
    for line in lines:
        named = house.search(same_length(line)) and ":" not in line and not re.search(r"\d|[.!?]$", line)
        if named and 2 <= len(line.split()) <= 9 and not any(_titles([line])):
            yield line
