"""How a region was made, as DICOM says it: by hand, by an algorithm, or by both.

References
----------
DICOM PS3.3 C.8.20.2 (SegmentAlgorithmType (0062,0008)), C.8.8.5 (ROIGenerationAlgorithm
(3006,0036)).
"""

from dss_core.records import AlgorithmType, Roi

PET_THRESHOLD = "PET threshold"
"""Begins the method of what was grown in the PET, also where it was edited afterwards."""


def stated_algorithm(value: str) -> AlgorithmType | None:
    """What a file says of a region; None where it does not say, or not in a term of DICOM."""
    value = value.upper()
    return AlgorithmType(value) if value in list(AlgorithmType) else None


def is_grown(roi: Roi) -> bool:
    """Whether it, or a part of it, was grown in the PET by this program."""
    return roi.threshold_suv is not None or PET_THRESHOLD in roi.method


def algorithm_type(roi: Roi) -> AlgorithmType:
    """As its file says, and by hand where nothing is said; a grown part was steered by a person."""
    if is_grown(roi):
        return AlgorithmType.SEMIAUTOMATIC
    return roi.algorithm or AlgorithmType.MANUAL
