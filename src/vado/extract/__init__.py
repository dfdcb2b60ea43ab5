"""Free text, page boxes and labelled values to candidate FHIR resources; shared by formats; no I/O."""
