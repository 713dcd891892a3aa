"""Bytes to volumes: sources, DICOM series and volume files, SUV conversion, de-identification."""
