"""What people answered elsewhere, in a file: see read.py."""

from vado.incoming.returned.read import read

__all__ = ["read"]
