"""How a region was made, as DICOM says it: by hand, or by an algorithm that a person steered."""

from enum import StrEnum

from dss_core.records import Roi

PET_THRESHOLD = "PET threshold"
"""Begins the method of what was grown in the PET, also where it was edited afterwards."""


class AlgorithmType(StrEnum):
    """SegmentAlgorithmType (0062,0008) and ROIGenerationAlgorithm (3006,0036)."""

    MANUAL = "MANUAL"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"


def algorithm_type(roi: Roi) -> AlgorithmType:
    """By hand unless it, or a part of it, was grown by a threshold."""
    if roi.threshold_suv is not None or PET_THRESHOLD in roi.method:
        return AlgorithmType.SEMIAUTOMATIC
    return AlgorithmType.MANUAL
