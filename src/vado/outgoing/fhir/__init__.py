"""See README.md in this folder."""

from vado.outgoing.fhir.write import FhirWriter

__all__ = ["FhirWriter"]
