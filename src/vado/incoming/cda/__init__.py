"""CDA and C-CDA documents, sections and entries: read and said as FHIR."""

from vado.incoming.cda.read import CdaReader

__all__ = ["CdaReader"]
