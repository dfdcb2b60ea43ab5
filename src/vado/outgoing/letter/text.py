"""The words of a letter: what it is, from whom, what to do if it reached the wrong reader, and where asked for the record itself."""

import textwrap
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from vado.model.record import Record
from vado.outgoing.letter.words import WORDS
from vado.record.narrative import Narrative
from vado.tools.written import written

_WIDTH = 76


def letter(record: Record, partner: str, language: str, about: Mapping[str, str], enclosed: int) -> str:
    """Give the whole text.

    Args:
        record: whose.
        partner: the name of who gets it.
        language: en or es.
        about: `sender`, `contact`, `link`, each "" where nobody said it.
        enclosed: how many files go with it; with none, the record itself is in the text.
    """
    w = WORDS[language]
    sender, contact = about["sender"] or w["sender"], about["contact"] or w["whoever"]
    parts = [
        w["to"].format(partner=_plain(partner)),
        w["from"].format(sender=_plain(sender)),
        "",
        w["what"].format(at=written(record.at, language, record.zone)),
        w["caution"],
        *([w["enclosed"].format(count=enclosed)] if enclosed else []),
        w["record"].format(id=record.person.id),
        *([w["open"].format(link=about["link"])] if about["link"] else []),
        "",
        w["wrong"].upper(),
        w["wrong_do"].format(contact=_plain(contact)),
    ]
    if not enclosed:
        parts += ["", w["whole"].upper(), *_told(Narrative(record, language, written).view(0))]
    return "\n".join(line for part in parts for line in _wrapped(part)) + "\n"


def _wrapped(part: str) -> list[str]:
    inner = part.lstrip(" ")
    indent = " " * (len(part) - len(inner))
    if inner.startswith(("http", "Abrir", "Open")):  # an address is never broken
        return [part]
    hang = indent + ("  " if inner.startswith("- ") else "")
    return textwrap.wrap(inner, _WIDTH, initial_indent=indent, subsequent_indent=hang, break_on_hyphens=False) or [""]


def _told(view: Mapping[str, Any]) -> Iterator[str]:
    """Say the record: the same words as the summary has, line by line."""
    w, head = view["words"], view["head"]
    yield f"{_plain(head['name'])}, {w['born']} {head['birth']}{', ' + head['sex'] if head['sex'] else ''}"
    yield from (f"- {note}" for note in view["attention"])
    for section in view["sections"]:
        yield ""
        yield section["title"].upper()
        yield from _rows(section["rows"], w) if section["rows"] else [w["nothing"]]
    if view["waiting"]:
        yield from ("", w["waiting"].upper(), w["waiting_note"], *_rows(view["waiting"], w))
    yield from ("", w["who"].upper())
    for one in view["people"]:
        told = ", ".join(p for p in (one["name"], one["birth"], one["sex"], *one["numbers"], *one["contact"]) if p)
        yield f"- {_plain(told)} [{_marks(one, w)}]"
    yield from ("", w["sources"].upper())
    for source in view["sources"]:
        age = f" ({source['age']})" if source["age"] else ""
        yield f"- {source['partner']}: {source['facts']}; {w['newest'].lower()}: {source['newest']}{age}"


def _rows(rows: list[Mapping[str, Any]], w: Mapping[str, str]) -> Iterator[str]:
    for row in rows:
        yield f"- {_said(row, w)}"
        if row["also"]:
            yield f"  {w['also']}: {', '.join(one['partner'] for one in row['also'])}"
        if row["conflicts"]:
            yield f"  {w['disagree'].upper()} ({row['why']}):"
            yield from (f"  - {_said(one, w)}" for one in row["conflicts"])


def _said(one: Mapping[str, Any], w: Mapping[str, str]) -> str:
    told = ": ".join(p for p in (one["title"], one["detail"]) if p) + (f" {one['extra']}" if one["extra"] else "")
    return f"{_plain(told)} ({one['when'] or w['no_date']}) [{_marks(one, w)}]"


def _marks(one: Mapping[str, Any], w: Mapping[str, str]) -> str:
    marks = [one["partner"], f"{w['told']} {one['told']}" if one["told"] else w["no_date"], one["form"], *one["notes"]]
    return ", ".join(marks + ([w["unreviewed"].upper()] if one["unreviewed"] else []))


def _plain(text: str) -> str:
    """Give a text on one line, without control characters or turned directions: nothing of a record begins a line of its own."""
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else "" if unicodedata.category(c) in ("Cf", "Cs", "Cn") else c
        for c in text
    )
    return " ".join("".join(kept).split())
