"""Simulated PET/CT as real DICOM: the demo case, test cases and the demo training set."""
