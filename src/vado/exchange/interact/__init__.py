"""Writing over FHIR is receiving: a request becomes an original, its resources tellings of facts, all or nothing."""
