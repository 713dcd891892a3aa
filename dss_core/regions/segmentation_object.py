"""Content of a binary DICOM Segmentation of one region.

References
----------
DICOM PS3.3 A.51 and C.8.20 (Segmentation), C.7.6.16 (functional groups), C.7.6.17 (dimensions),
C.12.2 (common instance reference), 10.16 (algorithm identification); PS3.16 CID 7162.
"""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.valuerep import DSfloat

from dss_core import __version__
from dss_core.geometry import Grid
from dss_core.reading.derived_uid import derived_uid
from dss_core.records import AlgorithmType, Roi
from dss_core.regions.region_algorithm import PET_THRESHOLD, algorithm_type, is_grown
from dss_core.regions.structure_set import LONGEST_NAME, ImageReferences, reference

SEGMENTATION_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
_SEGMENT, _SEGMENT_ID = 0x0062000B, 0x0062000A
_POSITION, _PLANE = 0x00200032, 0x00209113
_IMPORTED = "Not stated: imported region"
_DERIVED = Code("113076", "DCM", "Segmentation")


def fill_segmentation(ds: Dataset, roi: Roi, images: ImageReferences) -> None:
    """Add one segment and its frames, one per slice that the region touches.

    Parameters
    ----------
    ds : Dataset
    roi : Roi
        On the grid of the images.
    images : ImageReferences
    """
    touched = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "REGION", "", ""
    ds.LossyImageCompression = "00"
    ds.SegmentationType, ds.SegmentsOverlap = "BINARY", "NO"
    ds.SegmentSequence = Sequence([_segment(roi)])
    series = Dataset()
    series.SeriesInstanceUID = images.series_uid
    used = dict.fromkeys(images.instances[k] for k in touched)
    series.ReferencedInstanceSequence = Sequence([reference(images, i) for i in used])
    _refer(ds, series, images.study_uid)
    _add_dimensions(ds)
    ds.SharedFunctionalGroupsSequence = Sequence([_shared(roi.grid)])
    ds.PerFrameFunctionalGroupsSequence = Sequence(
        [_frame(n, int(k), roi.grid, images) for n, k in enumerate(touched, start=1)]
    )
    ds.NumberOfFrames = str(len(touched))
    _, ds.Rows, ds.Columns = roi.grid.shape_zyx
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 1, 1, 0, 0
    ds.PixelData = pack_bits(roi.mask_zyx[touched].astype(np.uint8))


def _segment(roi: Roi) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = 1, roi.name[:LONGEST_NAME]
    if roi.method:
        item.SegmentDescription = roi.method
    made = algorithm_type(roi)
    item.SegmentAlgorithmType = str(made)
    if is_grown(roi):
        item.SegmentAlgorithmName = f"{PET_THRESHOLD} from a click"
        item.SegmentationAlgorithmIdentificationSequence = Sequence([_algorithm(roi, item)])
    elif made is not AlgorithmType.MANUAL:
        item.SegmentAlgorithmName = _IMPORTED
    item.SegmentedPropertyCategoryCodeSequence = _code(codes.SCT.MorphologicallyAbnormalStructure)
    item.SegmentedPropertyTypeCodeSequence = _code(codes.SCT.Neoplasm)
    return item


def _algorithm(roi: Roi, segment: Dataset) -> Dataset:
    item = Dataset()
    item.AlgorithmFamilyCodeSequence = _code(codes.DCM.NeighborhoodAnalysis)
    item.AlgorithmName, item.AlgorithmVersion = segment.SegmentAlgorithmName, __version__
    if roi.threshold_suv is not None:
        item.AlgorithmParameters = f"SUVbw at least {roi.threshold_suv} g/mL"
    return item


def _refer(ds: Dataset, series: Dataset, study_uid: str) -> None:
    """Name the images' series, where it lies in another study with that."""
    if ds.StudyInstanceUID == study_uid:
        ds.ReferencedSeriesSequence = Sequence([series])
        return
    study = Dataset()
    study.StudyInstanceUID = study_uid
    study.ReferencedSeriesSequence = Sequence([series])
    ds.StudiesContainingOtherReferencedInstancesSequence = Sequence([study])


def _shared(grid: Grid) -> Dataset:
    columns_mm, rows_mm, step_mm = grid.spacing_mm
    measures = Dataset()
    measures.PixelSpacing = [_decimal(rows_mm), _decimal(columns_mm)]
    measures.SliceThickness = measures.SpacingBetweenSlices = _decimal(step_mm)
    orientation = Dataset()
    across = np.array(grid.direction)[:, :2].T.ravel()
    orientation.ImageOrientationPatient = [_decimal(v) for v in across]
    group = Dataset()
    group.PixelMeasuresSequence = Sequence([measures])
    group.PlaneOrientationSequence = Sequence([orientation])
    return group


def _frame(number: int, k: int, grid: Grid, images: ImageReferences) -> Dataset:
    content = Dataset()
    content.DimensionIndexValues = [1, number]
    position = Dataset()
    first = grid.to_world(np.array([[0.0, 0.0, float(k)]]))[0]
    position.ImagePositionPatient = [_decimal(v) for v in first]
    identification = Dataset()
    identification.ReferencedSegmentNumber = 1
    source = reference(images, images.instances[k])
    source.PurposeOfReferenceCodeSequence = _code(codes.DCM.SourceImageForImageProcessingOperation)
    derivation = Dataset()
    derivation.SourceImageSequence = Sequence([source])
    derivation.DerivationCodeSequence = _code(_DERIVED)
    group = Dataset()
    group.FrameContentSequence = Sequence([content])
    group.PlanePositionSequence = Sequence([position])
    group.SegmentIdentificationSequence = Sequence([identification])
    group.DerivationImageSequence = Sequence([derivation])
    return group


def _add_dimensions(ds: Dataset) -> None:
    """Frames are ordered by segment, then by position."""
    uid = derived_uid("dimensions", ds.SOPInstanceUID)
    organization = Dataset()
    organization.DimensionOrganizationUID = uid
    ds.DimensionOrganizationSequence = Sequence([organization])
    found = []
    for tag, group in ((_SEGMENT, _SEGMENT_ID), (_POSITION, _PLANE)):
        item = Dataset()
        item.DimensionOrganizationUID = uid
        item.DimensionIndexPointer, item.FunctionalGroupPointer = tag, group
        found.append(item)
    ds.DimensionIndexSequence = Sequence(found)


def _code(code: Code) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, code.scheme_designator
    item.CodeMeaning = code.meaning
    return Sequence([item])


def _decimal(value: float) -> DSfloat:
    return DSfloat(float(value), auto_format=True)
