"""Zip, gzip and tar: containers whose files are originals of their own."""

from vado.incoming.archive.read import ArchiveReader

__all__ = ["ArchiveReader"]
