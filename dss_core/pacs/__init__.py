"""PACS: find, fetch and send studies by DICOMweb or DIMSE, through one interface."""
