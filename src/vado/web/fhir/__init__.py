"""The master patient index over FHIR R4: search and read (PDQm, ITI-78), $match (ITI-119), $ihe-pix (PIXm, ITI-83)."""
