"""International Patient Summary: a FHIR R4 document bundle."""
