"""Records as a table by a partner's own columns: one row a fact, in one CSV or XLSX file for all records given."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from vado.errors import SettingsError
from vado.model.fact import FhirJson
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import UNKNOWN, PartnerProfile
from vado.model.record import Record
from vado.outgoing.table.cells import LONGEST, Style, figures, neutral, written
from vado.outgoing.table.columns import Column, columns_of, layout_of, not_plain, path_of, shown, value_of
from vado.outgoing.table.file import XLSX, Cell, csv_file, xlsx_file
from vado.record import words
from vado.record.headings import heading
from vado.record.outward import PANEL, Loss, Told, best_patient, known_patients, numbers, outward, parts_of
from vado.settings.options import Rule, check_options, one_of, wrong

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_ENCODINGS = frozenset(("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-1", "iso8859-15"))
_OPTIONS: Mapping[str, Rule] = {
    "format": one_of("csv", "xlsx"), "columns": Mapping, "codes": Mapping, "layout": str, "delimiter": one_of(*_DELIMITERS),
    "encoding": one_of(*_ENCODINGS), "dates": one_of("dmy", "mdy", "ymd"), "decimal": one_of(",", "."), "echo": bool, "sheet": str,
    "demographics": one_of("own", "best"),
}  # fmt: skip
_NO_COLUMN = "no column shows it"
_QUOTED = "altered: an apostrophe was put before what a spreadsheet could run"


class TableWriter:
    """CSV and XLSX."""

    form = "table"
    version = "1"

    def check(self, wish: Wish) -> None:
        """Raise SettingsError CO-001 or CO-002 for an option that is unknown or wrong."""
        check_options(wish, _OPTIONS)
        if "layout" in wish.options and "columns" in wish.options:
            wrong(wish, "either columns or layout says what the columns are")
        if (sheet := wish.options.get("sheet", "Vado")) and (len(sheet) > 31 or set(sheet) & set("[]:*?/\\")):
            wrong(wish, "sheet is at most 31 characters, none of []:*?/\\")
        for name in ("columns", "codes"):
            if not all(isinstance(v, str | Mapping) for v in wish.options.get(name, {}).values()):
                wrong(wish, f"{name} is a table")
        try:
            columns_of({k: v for k, v in wish.options.items() if k != "layout"}, UNKNOWN)
        except ValueError as fault:
            wrong(wish, str(fault))

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:
        """Write one file with the rows of all records.

        Raises:
            SettingsError: CO-002, the partner's profile has no layout of the name that the wish gives.
        """
        try:
            sheet = _Sheet(partner, wish)
        except ValueError as fault:
            raise SettingsError("CO-002", path=f"{wish.partner}.toml", fault=f"send {wish.name}: {fault}") from fault
        for record in records:
            sheet.add(record)
        yield sheet.written()


class _Sheet:
    def __init__(self, partner: PartnerProfile, wish: Wish) -> None:
        self.partner, self.options = partner, wish.options
        layout = layout_of(wish.options, partner)
        self.columns = columns_of(wish.options, partner)
        self.style = Style.of(wish.options, layout, partner)
        self.constants = [(path_of(p, partner), v) for p, v in (layout or {}).get("constant", {}).items() if "#" not in p]
        self.kinds = {c.kind for c in self.columns} - {"Patient", ""}
        self.rows: list[list[Cell]] = []
        self.facts: list[str] = []  # whose row it is
        self.losses: list[Loss] = []

    def add(self, record: Record) -> None:
        """Add a row for each fact that a column shows; where columns are of the person alone, one row for the person."""
        view = outward(record, self.partner.id, echo=bool(self.options.get("echo", False)))
        self.losses += view.losses
        person = _person(record, self.partner, self.options)
        if not self.kinds:
            self._row(person, None, record)
            self.losses += [(t.fact.id, _NO_COLUMN) for t in view.told]
            return
        for told in view.told:
            resource = told.fact.resource
            if told.fact.kind.startswith("Medication"):
                resource = {**resource, "@medication": words.concept(resource, view.index)}
            if told.fact.kind not in self.kinds and "record" not in self.kinds:
                self.losses.append((told.fact.id, _NO_COLUMN))
            else:
                self._tell(told, resource, person, record)

    def _tell(self, told: Told, resource: FhirJson, person: FhirJson, record: Record) -> None:
        """Add the rows of a fact, unless they would say something else than it does."""
        parts = parts_of(resource) if told.fact.kind == "Observation" else [resource]
        hidden = [e for e in not_plain(resource) if not self._shows(resource["resourceType"], e)]
        if path := self._contradicts(resource):
            self.losses.append((told.fact.id, f"the layout says that {path} is always another"))
        elif hidden:
            self.losses.append((told.fact.id, f"no column shows its {', '.join(hidden)}, which is not the usual one"))
        elif not parts:
            self.losses.append((told.fact.id, PANEL))
        else:
            for part in parts:
                self._row(person, (told, part), record)

    def _shows(self, kind: str, element: str) -> bool:
        """Say whether a column shows this element of this kind of resource."""
        own = any(c.kind == kind and c.steps[:1] == (element,) for c in self.columns)
        everywhere = {c.steps[0] for c in self.columns if c.kind == "record"}
        return (
            own
            or "status" in everywhere
            and element in {"status", "clinicalStatus"}
            or "detail" in everywhere
            and element != "status"
        )

    def _contradicts(self, resource: FhirJson) -> str:
        """Name the constant of the layout that this fact does not agree with; '' when it agrees with all."""
        for column, value in self.constants:
            if column.kind == resource["resourceType"] and str(shown(column, resource)) not in {str(value), ""}:
                return ".".join((column.kind, *column.steps))
        return ""

    def _row(self, person: FhirJson, told: tuple[Told, FhirJson] | None, record: Record) -> None:
        cells = [self._cell(c, person, told, record) for c in self.columns]
        if any(isinstance(c, str) and len(c) > LONGEST for c in cells):
            self.losses.append((_fact(told, record), f"left out: text after {LONGEST} characters"))
            cells = [c[:LONGEST] if isinstance(c, str) else c for c in cells]
        self.rows.append(cells)
        self.facts.append(_fact(told, record))

    def _cell(self, column: Column, person: FhirJson, told: tuple[Told, FhirJson] | None, record: Record) -> Cell:
        if column.kind == "Patient":
            found = shown(column, person)
        elif column.kind == "record" and told:
            found = _of_record(column.steps[0], told[0], told[1], self.partner, record)
        elif told and column.kind == told[1]["resourceType"]:
            found = shown(column, told[1])
        else:
            found = ""
        kind = column.steps[0] if column.kind == "record" else column.leaf.type
        return written(found, kind, self.style)

    def written(self) -> Outgoing:
        """Give the file."""
        head: list[Cell] = [written(c.heading, "", self.style) for c in self.columns]
        if self.options.get("format", "csv") == "xlsx":
            return Outgoing(
                xlsx_file([head, *self.rows], self.options.get("sheet", "Vado")), XLSX, _once(self.losses), "records.xlsx"
            )
        rows = [[self._text(c, fact) for c in row] for fact, row in zip(["", *self.facts], [head, *self.rows], strict=True)]
        usual = "semicolon" if self.style.decimal == "," else "comma"
        encoding = self.options.get("encoding", "utf-8-sig")
        content, lacking = csv_file(rows, _DELIMITERS[self.options.get("delimiter", usual)], encoding)
        self.losses += [(self.facts[n - 1], f"left out: characters that {encoding} lacks") for n in lacking if n]
        return Outgoing(content, "text/csv", _once(self.losses), f"records-{_digest(content)}.csv")

    def _text(self, cell: Cell, fact: str) -> str:
        if not isinstance(cell, str):
            return figures(cell, self.style)
        safe = neutral(cell)
        if safe != cell and fact:
            self.losses.append((fact, _QUOTED))
        return safe


def _person(record: Record, partner: PartnerProfile, options: Mapping[str, Any]) -> FhirJson:
    """Give who it is as the partner told it, with the partner's own number first."""
    own = known_patients(record, partner.id)
    told = own[0] if own and options.get("demographics", "own") == "own" else best_patient(record)
    return {**told.resource, "identifier": list(numbers(record, partner))}


def _of_record(name: str, told: Told, resource: FhirJson, partner: PartnerProfile, record: Record) -> Any:
    """Give what every line of a record has."""
    fact, language = told.fact, partner.languages[0] if partner.languages else "en"
    concept = resource.get("@medication") or words.concept(resource, {})
    coding = next((c for c in concept.get("coding", ()) if c.get("code")), {})
    quantity = resource.get("valueQuantity", {})
    found = {
        "kind": lambda: heading(told.kind, language), "title": lambda: words.text(concept) or words.title(resource, {}),
        "detail": lambda: words.detail(resource), "when": lambda: words.when(resource),
        "value": lambda: value_of(resource),
        "unit": lambda: quantity.get("unit") or quantity.get("code", ""), "code": lambda: coding.get("code", ""),
        "system": lambda: coding.get("system", ""), "status": lambda: resource.get("status") or words.text(resource.get("clinicalStatus")),
        "source": lambda: fact.evidence.partner, "fidelity": lambda: fact.evidence.fidelity.name, "fact": lambda: fact.id,
        "disputed": lambda: "x" if told.disputed else "", "person": lambda: record.person.id,
    }  # fmt: skip
    return found[name]()


def _fact(told: tuple[Told, FhirJson] | None, record: Record) -> str:
    return told[0].fact.id if told else record.person.patients[0].id


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]


def _once(losses: Sequence[Loss]) -> tuple[Loss, ...]:
    return tuple(dict.fromkeys(losses))
