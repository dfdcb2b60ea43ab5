"""CSV, TSV, Excel and OpenDocument tables, by partner profile."""

from vado.incoming.table.read import TableReader

__all__ = ["TableReader"]
