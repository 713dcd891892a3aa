"""A scored case as a FHIR R4 bundle."""
