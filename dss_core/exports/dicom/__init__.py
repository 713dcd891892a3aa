"""DICOM objects of a scored case: segmentation, structured report, picture, document."""
