"""Kind of image that a region file says it was drawn on.

References
----------
DICOM PS3.3 C.8.8.5 (referenced frame of reference of a structure set), C.8.20.2 (segmentation),
C.12.2 (common instance reference).
"""

from enum import StrEnum

from pydicom.dataset import Dataset

from dss_core.reading.tags import items, text

_CT = {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"}
_PET = {
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.128.1",
    "1.2.840.10008.5.1.4.1.1.130",
}


class Drawn(StrEnum):
    """What a region was drawn on."""

    CT = "CT"
    PET = "PET"
    UNKNOWN = "unknown"


def drawn_on(dataset: Dataset) -> Drawn:
    """The one kind of image that a structure set or segmentation refers to."""
    images = [
        image
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
        for image in items(series, "ContourImageSequence")
    ]
    elsewhere = items(dataset, "StudiesContainingOtherReferencedInstancesSequence")
    images += [
        image
        for study in (dataset, *elsewhere)
        for series in items(study, "ReferencedSeriesSequence")
        for image in items(series, "ReferencedInstanceSequence")
    ]
    classes = {text(image, "ReferencedSOPClassUID") for image in images}
    if classes and classes <= _CT:
        return Drawn.CT
    return Drawn.PET if classes and classes <= _PET else Drawn.UNKNOWN
