"""See README.md in this folder."""

from vado.outgoing.ips.writer import IpsWriter

__all__ = ["IpsWriter"]
