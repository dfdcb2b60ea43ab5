"""Two Patients side by side, field by field, with what differs marked letter by letter."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from vado.model.fact import FhirJson
from vado.model.person import plain_letters

_NEAR = 0.75  # share of equal letters of two values that are called nearly the same
HOW = ("the same", "nearly the same", "partly the same", "different", "only one says", "of other issuers")
_CODED = {"sex"}
_FORMER = {"old", "maiden"}
Marked = tuple[tuple[str, bool], ...]  # pieces of a value: (text, is it another on the other side)


@dataclass(frozen=True, slots=True)
class Row:
    """One field of both, and how they stand: one of HOW."""

    field: str
    one: tuple[Marked, ...]
    other: tuple[Marked, ...]
    how: str


def rows(one: FhirJson, other: FhirJson) -> tuple[Row, ...]:
    """Put the fields of two Patients side by side, differences marked letter by letter; what neither says is left out."""
    return tuple(
        row for field, read in FIELDS for row in [_row(field, list(read(one)), list(read(other)))] if row.one or row.other
    )


def _row(field: str, one: list[str], other: list[str]) -> Row:
    if field == "numbers":
        return _numbers_row(one, other)
    if field in _CODED:  # a word that means one thing: letters of it mean nothing
        how = "only one says" if not one or not other else "the same" if one == other else "different"
        mine, theirs = (tuple(((v, how == "different"),) for v in values) for values in (one, other))
        return Row(field, mine, theirs, how)
    left, right = _aligned(list(dict.fromkeys(one)), list(dict.fromkeys(other)))
    pairs = [marked(a, b) for a, b in zip(left, right, strict=True)]
    return Row(field, tuple(a for a, _ in pairs if a), tuple(b for _, b in pairs if b), _how(one, other))


def _numbers_row(one: list[str], other: list[str]) -> Row:
    """Numbers of one issuer stand beside each other; those of two issuers are not compared letter by letter."""
    left, right = ({n.partition(" (")[2]: n for n in numbers} for numbers in (one, other))
    shared = [s for s in left if s in right]
    pairs = [marked(left[s], right[s]) for s in shared]
    rest = [tuple(((n, False),) for n in numbers if n.partition(" (")[2] not in shared) for numbers in (one, other)]
    how = (
        _how([left[s] for s in shared], [right[s] for s in shared])
        if shared
        else "of other issuers"
        if one and other
        else "only one says"
    )
    return Row("numbers", (*(a for a, _ in pairs), *rest[0]), (*(b for _, b in pairs), *rest[1]), how)


def _how(one: list[str], other: list[str]) -> str:
    if not one or not other:
        return "only one says"
    mine, theirs = ({plain_letters(v) for v in values} for values in (one, other))
    if mine == theirs:
        return "the same"
    if mine & theirs:
        return "partly the same"
    near = any(SequenceMatcher(None, a, b, autojunk=False).ratio() >= _NEAR for a in mine for b in theirs)
    return "nearly the same" if near else "different"


def _aligned(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    """Put equal values beside each other, the rest in the order given."""
    same = [v for v in one if v in other]
    rest = list(zip_longest([v for v in one if v not in same], [v for v in other if v not in same], fillvalue=""))
    return [*same, *(a for a, _ in rest)], [*same, *(b for _, b in rest)]


def marked(one: str, other: str) -> tuple[Marked, Marked]:
    """Cut two values into pieces that agree and pieces that do not; a value without counterpart is not marked."""
    if not one or not other:
        return (((one, False),) if one else ()), (((other, False),) if other else ())
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left += [(one[a:b], tag != "equal")] if b > a else []
        right += [(other[c:d], tag != "equal")] if d > c else []
    return tuple(left), tuple(right)


def _names(patient: FhirJson, former: bool) -> Iterator[str]:
    for name in patient.get("name", ()):
        if (name.get("use") in _FORMER) is former:
            yield " ".join([*name.get("given", ()), name.get("family", "")]).strip() or name.get("text", "")


def _numbers(patient: FhirJson) -> Iterator[str]:
    for i in patient.get("identifier", ()):
        if i.get("value"):
            yield f"{i['value']} ({i['system']})" if i.get("system") else i["value"]


def _addresses(patient: FhirJson) -> Iterator[str]:
    for a in patient.get("address", ()):
        parts = [*a.get("line", ()), a.get("postalCode", ""), a.get("city", ""), a.get("state", ""), a.get("country", "")]
        yield ", ".join(p for p in parts if p) or a.get("text", "")


def _told_by(*names: str) -> Callable[[FhirJson], Iterable[str]]:
    return lambda patient: (str(patient[n]) for n in names if patient.get(n))


def _telecom(*systems: str) -> Callable[[FhirJson], Iterable[str]]:
    return lambda patient: (t["value"] for t in patient.get("telecom", ()) if t.get("system") in systems and t.get("value"))


FIELDS: tuple[tuple[str, Callable[[FhirJson], Iterable[str]]], ...] = (
    ("name", lambda p: _names(p, former=False)),
    ("former name", lambda p: _names(p, former=True)),
    ("born", _told_by("birthDate")),
    ("died", _told_by("deceasedDateTime", "deceasedBoolean")),
    ("sex", _told_by("gender")),
    ("one of several births", _told_by("multipleBirthBoolean", "multipleBirthInteger")),
    ("numbers", _numbers),
    ("phone", _telecom("phone", "sms")),
    ("e-mail", _telecom("email")),
    ("address", _addresses),
)
