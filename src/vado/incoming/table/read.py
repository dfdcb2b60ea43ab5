"""See the rows: one item per row, its value the cells as a JSON list; the header row is an item of its own."""

from collections.abc import Sequence

import orjson

from vado.errors import UnreadableOriginal
from vado.extract.characters import decode, is_text
from vado.incoming.table.facts import facts
from vado.incoming.table.grid import delimiter_of, rows_of
from vado.incoming.table.heading import likely
from vado.model.fact import Facts
from vado.model.original import Original, OriginalId
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Issue, Item, Place, Reading, issue
from vado.tools.package import kind
from vado.tools.spreadsheet import ROWS, Cell, sheets

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_WORKBOOKS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_WORKBOOK = "Workbook".encode("utf-16-le")
_HEAD = 200_000  # bytes that show whether it is a table
_RAGGED = 20  # issues about ragged rows told one by one


class TableReader:
    """Tables as text (CSV, TSV, semicolons, pipes) and as workbooks (XLSX, XLSB, XLS, ODS)."""

    name = "table"
    version = "4"

    def claims(self, original: Original, content: bytes) -> float:
        """Say how surely this is a table."""
        if content.startswith(_ZIP):
            return 0.95 if kind(content) in _WORKBOOKS else 0.0
        if content.startswith(_OLE):
            return 0.9 if _WORKBOOK in content else 0.0
        head = content[:_HEAD]
        if head.lstrip()[:1] in (b"<", b"{", b"[") or head.lstrip()[:4] in (b"MSH|", b"%PDF", b"FHS|", b"BHS|"):
            return 0.0
        if not is_text(head) or delimiter_of(decode(head).text) is None:
            return 0.0
        return 0.8 if original.name.lower().endswith((".csv", ".tsv", ".tab")) else 0.5

    def read(self, original: Original, content: bytes, _: PartnerProfile) -> Reading:
        """Give the rows.

        Raises:
            UnreadableOriginal: IN-007 or IN-016 for workbooks; IN-401, no table is there.
        """
        issues: list[Issue] = []
        items: list[Item] = []
        if content.startswith((_ZIP, _OLE)):
            media = _WORKBOOKS.get(kind(content), "application/vnd.ms-excel")
            for name, rows in sheets(content):
                if len(rows) >= ROWS:
                    issues.append(issue("IN-403", limit=ROWS))
                items += _items(original.id, f"{name}, ", rows, issues)
        else:
            media = "text/csv"
            items = _text_items(original.id, content, issues)
        if not items:
            raise UnreadableOriginal("IN-401")
        return Reading(original.id, f"{self.name}/{self.version}", media, Fidelity.FIELDS, tuple(items), tuple(issues))

    def facts(self, reading: Reading, partner: PartnerProfile) -> Facts:
        """Say what it means."""
        return facts(reading, partner)

    def picture(self, content: bytes, page: int) -> bytes | None:
        """A table has no pages."""
        return None


def _text_items(original: OriginalId, content: bytes, issues: list[Issue]) -> list[Item]:
    decoded = decode(content)
    delimiter = delimiter_of(decoded.text)
    if delimiter is None:
        raise UnreadableOriginal("IN-401")
    if decoded.replaced:
        issues.append(issue("IN-010", encoding=decoded.encoding, count=decoded.replaced))
    rows, quoted = rows_of(decoded.text, delimiter)
    if not quoted:
        issues.append(issue("IN-408", Place(original, "document")))
    return _items(original, "", rows, issues)


def _items(original: OriginalId, sheet: str, rows: Sequence[Sequence[Cell]], issues: list[Issue]) -> list[Item]:
    """Give title, header and row items of one sheet; ragged rows are told."""
    head = likely(rows)
    width = len(head.labels) if head else 0
    items: list[Item] = []
    ragged = 0
    for n, row in enumerate(rows):
        if not any(c.strip() if isinstance(c, str) else True for c in row):
            continue
        place = Place(original, f"{sheet}row {n + 1}")
        label = "title" if head is None or n < head.top else "header" if head.holds(n) else "row"
        if label == "row" and (len(row) < width or any(c != "" for c in row[width:])):
            ragged += 1
            if ragged <= _RAGGED:
                issues.append(issue("IN-402", place, cells=len(row), columns=width))
        items.append(Item(label, orjson.dumps(row).decode("utf-8", "replace"), place))
    if ragged > _RAGGED:
        issues.append(issue("IN-405", count=ragged - _RAGGED, fault="IN-402"))
    return items
