"""CDA R2 documents: C-CDA R2.1 CCD and the European patient summary."""

from vado.outgoing.cda.write import CdaWriter

__all__ = ["CdaWriter"]
