"""Content of an RTSTRUCT of one region, and references of region objects to their images.

References
----------
DICOM PS3.3 A.19, C.8.8.5 (structure set), C.8.8.6 (ROI contour), C.8.8.8 (observations).
"""

from collections.abc import Sequence as Many
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

LONGEST_NAME = 64
"""Characters in a name (value representation LO)."""
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"


@dataclass(frozen=True)
class Instance:
    """One image: its SOPInstanceUID, and its frame (from 1) if the file holds several."""

    uid: str
    frame: int = 0


@dataclass(frozen=True)
class ImageReferences:
    """The DICOM images a region lies on.

    Attributes
    ----------
    instances : tuple of Instance
        One per slice of the grid, in its order.
    """

    study_uid: str
    series_uid: str
    sop_class: str
    frame_of_reference: str
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Outline:
    """A closed contour (n, 3) in world mm on one image; the last vertex is not the first."""

    points_mm: NDArray[np.float64]
    instance: Instance


def fill_structure_set(
    ds: Dataset,
    name: str,
    outlines: Many[Outline],
    images: ImageReferences,
    *,
    algorithm: str = "",
    description: str = "",
) -> None:
    """Add one region to a dataset: references, name, contours, observation.

    Parameters
    ----------
    ds : Dataset
    name : str
    outlines : sequence of Outline
    images : ImageReferences
    algorithm : {"", "MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"}
        How the contours were made; empty if unknown.
    description : str
        Of how the region was drawn; left out if empty.
    """
    series = Dataset()
    series.SeriesInstanceUID = images.series_uid
    unique = dict.fromkeys(i.uid for i in images.instances)
    series.ContourImageSequence = Sequence([reference(images, Instance(uid)) for uid in unique])
    study = Dataset()
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = images.study_uid
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = images.frame_of_reference
    frame.RTReferencedStudySequence = Sequence([study])
    ds.ReferencedFrameOfReferenceSequence = Sequence([frame])
    roi = Dataset()
    roi.ROINumber, roi.ROIName = "1", name[:LONGEST_NAME]
    roi.ReferencedFrameOfReferenceUID = images.frame_of_reference
    roi.ROIGenerationAlgorithm = algorithm
    if description:
        roi.ROIDescription = description
    ds.StructureSetROISequence = Sequence([roi])
    content = Dataset()
    content.ReferencedROINumber = "1"
    content.ROIDisplayColor = ["255", "64", "64"]
    content.ContourSequence = Sequence([_contour(o, images) for o in outlines])
    ds.ROIContourSequence = Sequence([content])
    observation = Dataset()
    observation.ObservationNumber = observation.ReferencedROINumber = "1"
    observation.RTROIInterpretedType, observation.ROIInterpreter = "GTV", ""
    ds.RTROIObservationsSequence = Sequence([observation])
    ds.OperatorsName = ""


def reference(images: ImageReferences, instance: Instance) -> Dataset:
    """A reference item to one image or frame."""
    item = Dataset()
    item.ReferencedSOPClassUID = images.sop_class
    item.ReferencedSOPInstanceUID = instance.uid
    if instance.frame:
        item.ReferencedFrameNumber = str(instance.frame)
    return item


def _contour(outline: Outline, images: ImageReferences) -> Dataset:
    item = Dataset()
    item.ContourImageSequence = Sequence([reference(images, outline.instance)])
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = str(len(outline.points_mm))
    item.ContourData = [f"{v:.4f}" for v in outline.points_mm.ravel()]
    return item
