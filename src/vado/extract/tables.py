"""Laboratory lists printed as tables: rows of name, value, unit, range and flag, by the header above and where each word stands.

A row counts only when every word of it has a column and looks like what its column holds; any other row stays text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from vado.extract.layout import fold
from vado.extract.measured import Result, laboratory
from vado.extract.proposal import WORDS
from vado.model.fact import FhirJson
from vado.model.reading import Box, Item
from vado.terms.units import ucum

_HEADERS = {
    "test": f"{WORDS['test']}|tests|analysis|examination|exam|study|determinaciones|parametros|pruebas|analisis|estudio|magnitudes"
    "|nombre",
    "value": f"{WORDS['value']}|results|resultados|your result|observed value|valor obtenido",
    "unit": f"{WORDS['unit']}|u|unids|unid|units of measure",
    "range": "range|ref range|ref ranges|reference|reference range|reference ranges|reference interval|reference values|normal range"
    "|normal values|normal|limits|biological reference interval|ref|rango|rango de referencia|rangos de referencia|valor normal"
    "|intervalo de referencia|intervalos de referencia|intervalo referencia|valores de referencia|valores referencia|rango normal"
    "|valor de referencia|valores normales|v ref|vr|referencia|limites|intervalo",
    "flag": "flag|flags|abnormal|abn|alert|alerta|alarma|h l|indicador|aviso|interpretation|interpretacion|status|estado|anormal"
    "|nota|marca",
    "other": "previous|previous result|previous value|last result|anterior|resultado anterior|valor anterior|resultado previo|previo"
    "|method|metodo|tecnica|lab|comment|comments|comentario|comentarios|observaciones|specimen|sample|muestra|date|fecha|no|n|code"
    "|codigo|loinc",
}
_ROLE = {words: role for role, listed in _HEADERS.items() for words in listed.split("|")}
_AWAY = 0.07  # of the page's width a cell may stand from its column
_OTHERS = 0.05
_SPLIT, _JOIN = 0.02, 0.03  # what it costs to part words that were seen as one piece, and to join two pieces
_MOST_WORDS, _MOST_CELL, _MOST_COLUMNS = 30, 9, 9
_LONG = 90  # characters of one piece: running text
_IDLE = 5  # rows in turn that are none end a table
_NUMBER = r"\d{1,7}(?:[.,]\d{1,4})?"
_SIGNED = rf"(?:[<>≤≥]=?\s?)?{_NUMBER}"
_FLAG = r"[HLANBh]|HH|LL|[*]{1,3}|[↑↓]{1,2}|\+{1,3}|[Aa]lto|[Bb]ajo|ALTO|BAJO|[Hh]igh|[Ll]ow|HIGH|LOW|[Nn]ormal|[Aa]bnormal|\((?:H|L|A|B|\*)\)"
_WORDED = (
    r"(?i:(?:no\s)?(?:negativ[oae]s?|positiv[oae]s?|reactiv[oae]|detectad[oa]|detectable)|(?:not\s)?detected|(?:non[- ]?)?reactive|"
    r"trazas?|traces?|ausente|absent|presente?|normal|indicios)|[1-4]?\+{1,4}"
)
_VALUE = re.compile(
    rf"(?P<before>[*↑↓])?\s?(?:(?P<sign>[<>≤≥]=?)?\s?(?P<number>{_NUMBER})|(?P<word>{_WORDED}))\s?(?P<unit>[^\s\d*↑↓<>].*?)??\s?(?P<flag>{_FLAG})?"
)
_PER = r"[dcmµμu]?[lL]|24\s?h|h|hr|min|k?g|m?mol|mm3|mm³|m2|m²|1[.,]73\s?m(?:2|²)|campo|field|c"
_UNIT = re.compile(  # written shapes; what is divided may have a name that nobody listed, what divides it may not
    rf"[a-zA-Zµμ%][\w%µμ]{{0,8}}(?:\s?/\s?(?:{_PER})){{1,2}}|(?i:ratio|[ií]ndice|index|seg\.?|segundos|copias|u\.?i\.?)"
    r"|[x×]?\s?10\s?[\^*eE]?\s?\d{1,2}\s?/\s?[µμu]?[lL]|%"
)
_LIMIT = r"[<>≤≥]=?|hasta|up to|menor de|mayor de|inferior a|superior a|less than|more than"
_RANGE = re.compile(
    rf"[(\[]?\s?(?:{_SIGNED}\s?(?:[-–—a]|to)\s?{_SIGNED}|(?:{_LIMIT})\s?{_NUMBER}|{_WORDED})"
    r"(?:\s(?P<unit>[^\d\s()\[\]-][^\s()\[\]]{0,14}))?\s?[)\]]?"
)
_NAME = re.compile(r"[^\W_][^:=<>|\u2e80-\uffff]{1,70}")  # a mark read as a Chinese letter is no letter of a name
_LIMITS = re.compile(r"\d\s?[-–—]\s?\d")


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a laboratory list, as it is written; '' where a column is empty."""

    name: str
    value: str
    unit: str
    range: str
    flag: str
    items: tuple[Item, ...]
    resource: FhirJson  # the Observation without id and subject

    @property
    def sentence(self) -> str:
        """The whole row as written."""
        return " ".join(i.value for i in self.items)

    @property
    def box(self) -> Box | None:
        """Where the whole row stands."""
        boxes = [i.place.box for i in self.items if i.place.box]
        if not boxes:
            return None
        return Box(
            min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
        )


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    left: float
    right: float
    piece: int  # which item of its row it is part of


@dataclass(frozen=True, slots=True)
class _Column:
    role: str
    left: float
    right: float


def listed(lines: Sequence[Item]) -> list[Listed]:
    """Give the rows of every laboratory list on these lines (in reading order, with their boxes)."""
    found: list[Listed] = []
    columns: list[_Column] = []
    page, idle = "", 0
    for row in _rows(lines):
        here = row[0].place.path.partition(" / ")[0]
        if new := _header(row):
            columns, page, idle = new, here, 0
        elif columns and here == page:
            got = _read(row, columns)
            if got:
                found.append(got[0])
                columns = got[1]
            idle = 0 if got else idle + 1
            columns = columns if idle < _IDLE else []
    return found


def _rows(lines: Sequence[Item]) -> Iterator[list[Item]]:
    """Lines in reading order come row by row: a row ends where the next line does not stand to its right, at its height."""
    row: list[Item] = []
    for item in lines:
        if item.label != "line" or item.place.box is None:
            continue
        if row and not _beside(row[-1], item):
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def _beside(a: Item, b: Item) -> bool:
    one, two = a.place.box, b.place.box
    if one is None or two is None or a.place.path.partition(" / ")[0] != b.place.path.partition(" / ")[0]:
        return False
    high = max(one.bottom - one.top, two.bottom - two.top)
    level = abs((one.top + one.bottom) - (two.top + two.bottom)) / 2 < 0.8 * high + 0.15 * max(0.0, two.left - one.right) * high
    return level and two.left > one.right - 0.02


def _words(row: Sequence[Item]) -> list[_Word]:
    """Words with where they stand: within a piece of several words, by how many letters come before."""
    found = []
    for n, item in enumerate(row):
        if item.place.box is None:
            continue
        text, box = item.value, item.place.box
        wide = (box.right - box.left) / max(1, len(text))
        found += [
            _Word(m[0], box.left + m.start() * wide, box.left + m.end() * wide, n)
            for part in re.finditer(r"[^|]+", text)
            for m in re.compile(r"\S+").finditer(text, part.start(), part.end())
        ]
    return found


def _header(row: Sequence[Item]) -> list[_Column]:
    """Give the columns that a row of known headings names; [] when it is no header: it needs a value and two more."""
    words = _words(row)
    if not 2 <= len(words) <= _MOST_WORDS or any(c.isdigit() for w in words for c in w.text):
        return []
    columns: list[_Column] = []
    strange, named = set[int](), set[int]()  # pieces with words that are no heading, and with words that are
    at = known = 0
    while at < len(words):
        size = next((n for n in range(min(5, len(words) - at), 0, -1) if _role(words[at : at + n])), 0)
        role = _role(words[at : at + size]) if size else "other"
        if not size:
            strange.add(words[at].piece)
        named.update(w.piece for w in words[at : at + size])
        columns.append(_Column(role, words[at].left, words[at + max(size, 1) - 1].right))
        known += size
        at += max(size, 1)
    roles = [c.role for c in columns]
    said = [r for r in roles if r != "other"]
    if roles.count("value") != 1 or len(said) != len(set(said)) or strange & named:
        return []
    if known < 0.7 * len(words) or len(columns) > _MOST_COLUMNS:
        return []
    if "test" not in roles and (roles[0] == "value" and columns[0].left > 0.15 and len(said) > 1):
        columns.insert(0, _Column("test", 0.0, columns[0].left - 0.02))  # the column of names has no heading
    said = [c.role for c in columns if c.role != "other"]
    return columns if "test" in said and len(said) >= 3 else []


def _role(words: Sequence[_Word]) -> str:
    return _ROLE.get(fold(re.sub(r"[./()]", " ", " ".join(w.text for w in words))), "")


def _read(row: Sequence[Item], columns: Sequence[_Column]) -> tuple[Listed, list[_Column]] | None:
    """Read one row by its columns; give it, and the columns as they stand now: in a photo they wander. None: it is no such row."""
    words = _words(row)
    if not 2 <= len(words) <= _MOST_WORDS or any(len(i.value) > _LONG for i in row):
        return None
    ends = _laid(words, columns)
    if ends is None:
        return None
    cells: dict[str, str] = {}
    moved: list[_Column] = []
    begin = 0
    for column, end in zip(columns, ends, strict=True):
        cells[column.role] = " ".join(w.text for w in words[begin:end])
        moved.append(_moved(column, words[begin], words[end - 1]) if end > begin else column)
        begin = end
    made = _made(cells)
    return (replace(made, items=tuple(row)), moved) if made else None


def _laid(words: Sequence[_Word], columns: Sequence[_Column]) -> list[int] | None:
    """Give for each column which word ends it: columns in order, every word in one of them, the least way from their headings."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for column in columns:
        step: dict[int, tuple[float, list[int]]] = {}
        for begin, (cost, ends) in best.items():
            for end in range(begin, min(len(words), begin + _MOST_CELL) + 1):
                more = _cost(words, begin, end, column)
                if more is not None and (end not in step or cost + more < step[end][0]):
                    step[end] = (cost + more, [*ends, end])
        best = step
    found = best.get(len(words))
    return found[1] if found else None


def _cost(words: Sequence[_Word], begin: int, end: int, column: _Column) -> float | None:
    """What it costs to put these words into a column; None: they cannot stand there."""
    if begin == end:
        return None if column.role in ("test", "value") else 0.0
    cell = words[begin:end]
    away = abs(_off(column, cell[0], cell[-1]))
    if away > _AWAY or not _fits(column.role, " ".join(w.text for w in cell)):
        return None
    if column.role == "value" and (read := _VALUE.fullmatch(" ".join(w.text for w in cell))) and read["unit"]:
        away += _OTHERS  # a unit has mostly a column of its own
    joined = sum(a.piece != b.piece for a, b in zip(cell, cell[1:], strict=False))
    split = end < len(words) and words[end - 1].piece == words[end].piece
    return away + _JOIN * joined + _SPLIT * split


def _off(column: _Column, first: _Word, last: _Word) -> float:
    """How far a cell stands from its heading, by whichever of left, middle and right is nearest; 0 within a wide heading."""
    left, right = first.left - column.left, last.right - column.right
    return min((left, right, (left + right) / 2), key=abs) if left * right > 0 else 0.0


def _moved(column: _Column, first: _Word, last: _Word) -> _Column:
    by = 0.5 * _off(column, first, last)
    return replace(column, left=column.left + by, right=column.right + by)


@cache
def _fits(role: str, text: str) -> bool:
    if role == "test":
        return bool(_NAME.fullmatch(text)) and sum(c.isalpha() for c in text) >= 2 and not re.search(r"\s\d+[.,]\d", text)
    if role == "unit":
        return bool(_UNIT.fullmatch(text)) or ucum(text) is not None or text in ("-", "—")
    pattern = {"value": _VALUE, "range": _RANGE, "flag": re.compile(_FLAG)}.get(role)
    return pattern is None or bool(pattern.fullmatch(text))


def _made(cells: dict[str, str]) -> Listed | None:
    """Make the result of a row's cells; None when two of them say the same thing twice, or a unit is none."""
    name = cells["test"].strip(" .:-*")
    value = _VALUE.fullmatch(cells["value"])
    if cells.get("range") == "" and _LIMITS.search(cells.get("other", "")):
        return None  # a range that slipped into its neighbour
    if value is None or sum(c.isalpha() for c in name) < 2:
        return None
    behind, column, flags = (
        value["unit"] or "",
        cells.get("unit", "").strip("-—"),
        [value["before"], value["flag"], cells.get("flag")],
    )
    flags = [f for f in flags if f]
    if (behind and (column or not _fits("unit", behind))) or len(flags) > 1:
        return None
    limits = _RANGE.fullmatch(cells.get("range", ""))
    if limits and limits["unit"] and not _fits("unit", limits["unit"]):
        return None
    around = cells.get("range", "").strip(" ()[]")
    unit = behind or column
    if limits and limits["unit"]:
        around = around[: -len(limits["unit"])].strip()
        if unit and fold(unit) != fold(limits["unit"]):
            return None
        unit = unit or limits["unit"]
    flag = flags[0].strip("()") if flags else ""
    written = value["word"] or f"{value['sign'] or ''}{value['number']}"
    resource = laboratory(Result(name, value["number"] or "", value["sign"] or "", unit, around, flag, value["word"] or ""))
    return Listed(name, written, unit, around, flag, (), resource)
