"""See README.md in this folder."""

from vado.incoming.scan.read import ScanReader

__all__ = ["ScanReader"]
