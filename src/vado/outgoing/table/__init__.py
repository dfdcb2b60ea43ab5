"""Tables for partners: CSV and XLSX by their own columns."""

from vado.outgoing.table.write import TableWriter

__all__ = ["TableWriter"]
