"""Lines as rows of a table, there and back: what is good is apart from what is refused, and every refusal says where and what to do.

How numbers are read. Blanks, apostrophes and signs of currencies are passed over. With both `.` and `,` the last of them is the decimal
mark. A mark that stands several times groups thousands. One mark alone is the decimal mark, unless exactly three digits follow at most
three (`1.234`): then the other numbers of the file decide, and where none does, the row is refused. In a workbook numbers are numbers, and
`.` is their decimal mark.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vado.collaboration.money.totals import of_what, says_total
from vado.model.funding import Line, Side
from vado.model.person import plain_letters
from vado.model.reading import Issue, issue

HEADINGS = {
    "en": ("organisation", "cost/benefit", "label", "year", "low", "mode", "high", "certainty grade", "cashable", "requires"),
    "es": (
        "organización", "coste/beneficio", "concepto", "año", "mínimo", "más probable", "máximo", "grado de certeza",
        "realizable en dinero", "requiere",
    ),
}  # fmt: skip
COLUMNS = ("organisation", "side", "label", "year", "low", "mode", "high", "grade", "cashable", "requires")
_MORE = {
    "organization": "organisation", "organizacion": "organisation", "entidad": "organisation", "side": "side", "costobeneficio": "side",
    "type": "side", "tipo": "side", "what": "label", "description": "label", "descripcion": "label", "min": "low", "minimum": "low",
    "bajo": "low", "likely": "mode", "mostlikely": "mode", "amount": "mode", "importe": "mode", "probable": "mode", "max": "high",
    "maximum": "high", "alto": "high", "grade": "grade", "certainty": "grade", "grado": "grade", "certeza": "grade", "needs": "requires",
    "necesita": "requires", "realizable": "cashable",
}  # fmt: skip
_NEEDED = {"organisation", "side", "year", "mode"}
_SIDES = {**dict.fromkeys(("cost", "costs", "coste", "costes", "costo", "costos", "gasto", "gastos"), Side.COST),
          **dict.fromkeys(("benefit", "benefits", "beneficio", "beneficios", "saving", "savings", "ahorro", "ahorros"), Side.BENEFIT)}  # fmt: skip
_YES = {**dict.fromkeys(("yes", "y", "si", "s", "true", "verdadero", "1", "x"), True),
        **dict.fromkeys(("no", "n", "false", "falso", "0", ""), False)}  # fmt: skip
_DROPPED = re.compile("[\\s\u00a0\u202f'\u2019€£$]|EUR|GBP|USD", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_UNSURE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_GUARDED = re.compile(r"^'(?=[=+@-])")
_SPLIT = re.compile(r"\s*[;,|]\s*")
_LAST_YEAR = 60
_LONGEST = 200  # letters of a name or label
_HEAD_ROWS = 20  # among which the headings stand


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken, as it stood, and why."""

    row: int  # 1-based in its table
    cells: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a table says."""

    lines: tuple[Line, ...]
    names: dict[str, str]  # organisation -> its name, of those in the lines
    refused: tuple[Refused, ...] = ()
    doubts: tuple[Issue, ...] = ()  # about what is taken all the same
    head: tuple[str, ...] = ()  # the row of headings, as it stood


def plain(text: str) -> str:
    """Give letters and digits alone, small and without accents: by this, headings and names are the same."""
    return "".join(c for c in plain_letters(text) if c.isalnum())


_KNOWN = {plain(h): column for heads in HEADINGS.values() for h, column in zip(heads, COLUMNS, strict=True)} | _MORE


def marks_of(texts: Iterable[str]) -> set[str]:
    """Give the decimal marks that numbers show beyond doubt."""
    found: set[str] = set()
    for text in map(_bare, texts):
        kinds = [c for c in text if c in ".,"]
        if not _NUMBER.fullmatch(text) or not kinds or _UNSURE.fullmatch(text):
            continue
        many = len(kinds) > 1 and len(set(kinds)) == 1
        found.add({".": ",", ",": "."}[kinds[-1]] if many else kinds[-1])
    return found


def number(text: str, mark: str = "") -> float | None:
    """Read a number by the rule above; `mark` is the decimal mark where one number alone cannot tell.

    None: it is no number. Raises ValueError when it can be read in two ways.
    """
    bare = _bare(text)
    kinds = "".join(c for c in bare if c in ".,")
    if not _NUMBER.fullmatch(bare):
        return None
    if not kinds:
        return float(bare)
    if len(kinds) == 1:
        if _UNSURE.fullmatch(bare) and not mark:
            raise ValueError
        decimal = kinds if not _UNSURE.fullmatch(bare) or mark == kinds else ""
        return float(bare.replace(",", ".") if decimal else bare.replace(kinds, ""))
    decimal = kinds[-1] if kinds[-1] != kinds[0] else ""
    whole, _, part = bare.rpartition(decimal) if decimal else (bare, "", "0")
    groups = kinds[0]
    if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(groups)}\d{{3}})+", whole):
        return None
    return float(f"{whole.replace(groups, '')}.{part}")


def _bare(text: str) -> str:
    return _DROPPED.sub("", text)


def read(rows: Sequence[Sequence[str]], known: Mapping[str, str], *, workbook: bool = False) -> Table | None:
    """Read a table of lines; None: its headings are not those of one.

    Args:
        rows: cells as text.
        known: organisations that may be named though they have no line: id -> name.
        workbook: numbers are numbers, with `.` as their decimal mark.
    """
    at, columns = _headings(rows)
    if at is None:
        return None
    told = [
        (n, cells, {c: _said(cells[i]) if i < len(cells) else "" for c, i in columns.items()})
        for n, cells in enumerate(rows[at + 1 :], at + 2)
        if any(cell.strip() for cell in cells)
    ]
    reader = _Reader([row for _, _, row in told], known, rows[at], columns, workbook=workbook)
    lines: list[tuple[int, Line]] = []
    refused: list[Refused] = []
    totals: list[tuple[int, dict[str, str]]] = []
    for n, cells, row in told:
        if reader.is_total(row):
            totals.append((n, row))
            continue
        line, why = reader.line(n, row)
        if line:
            lines.append((n, line))
        else:
            refused.append(Refused(n, tuple(cells), tuple(why)))
    doubts = [*_twice(lines), *_gaps(lines), *_sums(reader, totals, lines)]
    used = {o for _, line in lines for o in line.needs}
    names = {o: reader.names.get(o, o) for o in sorted(used)}
    return Table(tuple(one for _, one in lines), names, tuple(refused), tuple(doubts), tuple(rows[at]))


def _sums(reader: "_Reader", totals: Sequence[tuple[int, dict[str, str]]], lines: Sequence[tuple[int, Line]]) -> Iterable[Issue]:
    last = 0
    for n, row in totals:
        yield from reader.total(n, row, lines, last)
        last = n


def _said(cell: str) -> str:
    """Give a cell in one line, without the apostrophe that keeps a spreadsheet from running it."""
    return _GUARDED.sub("", " ".join(cell.split()))


def _headings(rows: Sequence[Sequence[str]]) -> tuple[int | None, dict[str, int]]:
    for at, row in enumerate(rows[:_HEAD_ROWS]):
        columns: dict[str, int] = {}
        for n, cell in enumerate(row):
            if (column := _KNOWN.get(plain(cell))) and column not in columns:
                columns[column] = n
        if columns.keys() >= _NEEDED:
            return at, columns
    return None, {}


class _Reader:
    """Reads the rows of one table; what the whole of it says of marks and organisations is known before."""

    def __init__(
        self, rows: Sequence[Mapping[str, str]], known: Mapping[str, str], head: Sequence[str], columns: Mapping[str, int], *, workbook: bool
    ) -> None:  # fmt: skip
        amounts = [row.get(c, "") for row in rows for c in ("low", "mode", "high")]
        shown = marks_of(a for a in amounts if not workbook or "," in a)
        self._mark = shown.pop() if len(shown) == 1 else ""
        self._workbook = workbook
        self._heads = {column: head[n].strip() for column, n in columns.items()}
        self.names = dict(known)
        self._ids = {plain(id_): id_ for id_ in known} | {plain(name): id_ for id_, name in known.items()}
        self._registered = frozenset(self._ids)
        for row in rows:
            if (name := row.get("organisation", "")[:_LONGEST]) and not self.is_total(row) and plain(name):
                self._ids.setdefault(plain(name), name)

    def is_total(self, row: Mapping[str, str]) -> bool:
        """Say whether a row is a total of others: by its organisation, unless the register has one of that name, or by its label."""
        return self._of_all(row) or says_total(row.get("label", ""))

    def _of_all(self, row: Mapping[str, str]) -> bool:
        return plain(row.get("organisation", "")) not in self._registered and says_total(row.get("organisation", ""))

    def line(self, n: int, row: Mapping[str, str]) -> tuple[Line | None, list[Issue]]:
        """Read one row. None with what is wrong: all of it, not the first alone."""
        wrong: list[Issue] = []

        def refuse(code: str, column: str) -> None:
            wrong.append(issue(code, row=n, column=self._heads.get(column, column)))

        who, side = self._ids.get(plain(row["organisation"])), _SIDES.get(plain(row["side"]))
        year, grade = self._whole(row["year"], _LAST_YEAR), self._whole(row.get("grade", ""), 6)
        cashable = _YES.get(plain(row.get("cashable", "")))
        needs = [self._ids.get(plain(name)) for name in _SPLIT.split(row.get("requires", "")) if name]
        for code, column, bad in (
            ("MO-008", "organisation", who is None), ("MO-001", "side", side is None), ("MO-007", "year", year is None),
            ("MO-005", "grade", not grade), ("MO-010", "cashable", cashable is None), ("MO-006", "requires", None in needs),
        ):  # fmt: skip
            if bad:
                refuse(code, column)
        amounts = self._amounts(row, refuse)
        if amounts and not amounts[0] <= amounts[1] <= amounts[2]:
            wrong.append(issue("MO-004", row=n))
        if wrong or amounts is None or who is None or side is None or year is None or not grade:
            return None, wrong
        asked = tuple(dict.fromkeys(o for o in needs if o and o != who))
        line = Line(who, side, year, *amounts, grade, bool(cashable) or side is Side.COST, asked, row.get("label", "")[:_LONGEST])
        return line, []

    def total(self, n: int, row: Mapping[str, str], lines: Sequence[tuple[int, Line]], last: int) -> Iterable[Issue]:
        """Compare a row of totals with its lines: those of its organisation, side and year where it names them; else benefits less costs.

        A subtotal that names no organisation is of the lines since the total above it, in row `last`. Years of the calendar stand in no
        line: with them nothing is compared.
        """
        who = None if self._of_all(row) else self._ids.get(plain(row["organisation"]))
        said = of_what(row["organisation"] if self._of_all(row) else row.get("label", ""))
        side = _SIDES.get(plain(row["side"])) or next((s for w, s in _SIDES.items() if w in said.words), None)
        year = said.year if row["year"] == "" else self._whole(row["year"], _LAST_YEAR)
        if said.calendar and year is None:
            return
        some = [f for at, f in lines if not (said.part and who is None) or last < at < n]
        some = [f for f in some if who in (None, f.organisation) and side in (None, f.side) and year in (None, f.year)]
        for column in ("low", "mode", "high"):
            try:
                told = self._number(row.get(column, ""))
            except ValueError:
                told = None
            if told is None:
                continue
            came = sum(getattr(f, column) * (-1 if side is None and f.side is Side.COST else 1) for f in some)
            if abs(told - came) > 0.01 + 1e-6 * abs(came):
                yield issue("MO-021", row=n, column=self._heads[column], told=f"{told:g}", sum=f"{came:g}")

    def _amounts(self, row: Mapping[str, str], refuse: Callable[[str, str], None]) -> tuple[float, float, float] | None:
        """Read low, mode and high; what is left out of low and high is as the mode."""
        found: dict[str, float] = {}
        for column in ("low", "mode", "high"):
            if not (text := row.get(column, "")) and column != "mode":
                continue
            try:
                value = self._number(text)
            except ValueError:
                refuse("MO-003", column)
                continue
            if value is None or abs(value) > 1e15:
                refuse("MO-002", column)
            elif value < 0:
                refuse("MO-009", column)
            else:
                found[column] = value
        given = {c for c in ("low", "mode", "high") if row.get(c, "") or c == "mode"}
        if given - found.keys():
            return None
        return found.get("low", found["mode"]), found["mode"], found.get("high", found["mode"])

    def _number(self, text: str) -> float | None:
        return number(text, "." if self._workbook and "," not in text else self._mark)

    @staticmethod
    def _whole(text: str, most: int) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= most else None


def _twice(lines: Sequence[tuple[int, Line]]) -> Iterable[Issue]:
    seen: set[Line] = set()
    for n, line in lines:
        if line in seen:
            yield issue("MO-022", row=n)
        seen.add(line)


def _gaps(lines: Sequence[tuple[int, Line]]) -> Iterable[Issue]:
    """Find years that a line leaves out between its first and its last."""
    years: dict[tuple[str, Side, str], dict[int, int]] = {}
    for n, line in lines:
        if line.label:
            years.setdefault((line.organisation, line.side, plain(line.label)), {}).setdefault(line.year, n)
    for found in years.values():
        for year in range(min(found), max(found)):
            if year not in found:
                yield issue("MO-020", row=found[min(y for y in found if y > year)], year=year)


def written(
    lines: Iterable[Line], names: Mapping[str, str] | None, language: str, yes: tuple[str, str]
) -> list[list[str | float]]:
    """Give lines as rows that `read` reads again; numbers stay numbers."""
    called, sides = names or {}, {"es": ("coste", "beneficio")}.get(language, ("cost", "benefit"))
    rows: list[list[str | float]] = [list(HEADINGS.get(language, HEADINGS["en"]))]
    for f in lines:
        needs = "; ".join(called.get(o, o) for o in f.requires)
        who, side = called.get(f.organisation, f.organisation), sides[f.side is Side.BENEFIT]
        rows.append([who, side, f.label, f.year, f.low, f.mode, f.high, f.grade, yes[0] if f.cashable else yes[1], needs])
    return rows
