"""FHIR R4 in JSON: a resource, a Bundle of any type, NDJSON."""

from vado.incoming.fhir.read import FhirReader

__all__ = ["FhirReader"]
