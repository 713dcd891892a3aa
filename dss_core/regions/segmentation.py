"""DICOM Segmentation: every frame placed by its position in the patient, never by index.

References
----------
DICOM PS3.3 C.8.20 (Segmentation), A.51 (Segmentation IOD), C.7.6.16 (functional groups).
"""

from dataclasses import dataclass

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Matrix
from dss_core.reading.deflated import inflated
from dss_core.reading.inventory import SEGMENTATION_CLASSES
from dss_core.reading.limits import check_voxels
from dss_core.reading.privacy import Identity
from dss_core.reading.sources import Source
from dss_core.reading.tags import DAMAGED, items, number, shown, tag_name, text, vector, whole
from dss_core.records import CaseWarning
from dss_core.regions.referenced_images import drawn_on
from dss_core.regions.region_algorithm import stated_algorithm
from dss_core.regions.segment_frames import SegmentMask, distance_of

_LABEL_MAP = SEGMENTATION_CLASSES[1]


def read_segmentation(source: Source) -> tuple[SegmentMask, ...]:
    """Every segment with its frames, each where its plane position puts it.

    Fractional segments are cut at half of MaximumFractionalValue.

    Raises
    ------
    InputError, GeometryError
        If the file is damaged, or its frames are not parallel and of one pixel size.
    """
    try:
        with inflated(source).open() as stream:
            dataset = pydicom.dcmread(stream)
        check_voxels(
            (
                whole(dataset, "NumberOfFrames", 1),
                whole(dataset, "Rows"),
                whole(dataset, "Columns"),
            ),
            "The segmentation",
        )
        return _segments(dataset)
    except DAMAGED as problem:
        raise InputError(
            "The DICOM segmentation is damaged and could not be read; export it again."
        ) from problem


def _segments(dataset: Dataset) -> tuple[SegmentMask, ...]:
    described = items(dataset, "SegmentSequence")
    segments = {whole(i, "SegmentNumber"): i for i in described}
    frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    if not segments or not frames:
        raise InputError(
            "The DICOM segmentation has no segment (SegmentSequence (0062,0002)) or no frame; "
            "export it again."
        )
    if len(segments) < len(described):
        raise InputError(
            f"The DICOM segmentation describes {len(described)} segments by {len(segments)} "
            "different SegmentNumber (0062,0004), so it is not clear which voxels belong to which. "
            "Export it again with one number each."
        )
    stored = np.asarray(dataset.pixel_array)
    stored = stored.reshape((-1, *stored.shape[-2:]))
    if len(stored) != len(frames):
        raise InputError(
            f"The DICOM segmentation contains {len(stored)} frames and describes {len(frames)} "
            "(PerFrameFunctionalGroupsSequence (5200,9230)); export it again."
        )
    planes = _planes(dataset, frames)
    is_map = text(dataset, "SOPClassUID") == _LABEL_MAP
    cut, warnings = _cut(dataset)
    named = None if is_map else np.array([_segment_number(dataset, f) for f in frames])
    used_numbers = set(np.unique(stored if named is None else named).tolist())
    if is_map:
        used_numbers -= {0, whole(dataset, "PixelPaddingValue")}
    if not used_numbers <= segments.keys():
        raise InputError(
            f"The DICOM segmentation uses segments {sorted(used_numbers - segments.keys())} that "
            f"it does not describe (SegmentNumber (0062,0004) {sorted(segments)}). Export it again."
        )
    identity, drawn = Identity.of(dataset), drawn_on(dataset)
    found = []
    for n, item in segments.items():
        if is_map and n == 0:
            continue
        inside = stored == n if named is None else (stored >= cut) & (named == n)[:, None, None]
        used = inside.any(axis=(1, 2))
        found.append(
            SegmentMask(
                name=identity.removed_from(text(item, "SegmentLabel")) or f"segment {n}",
                frames=inside[used],
                places_mm=planes.places_mm[used],
                spacing_mm=planes.spacing_mm,
                direction=planes.direction,
                distance_mm=planes.distance_mm,
                frame_of_reference=text(dataset, "FrameOfReferenceUID"),
                warnings=warnings,
                number=n,
                drawn=drawn,
                algorithm=stated_algorithm(text(item, "SegmentAlgorithmType")),
            )
        )
    return tuple(found)


def _segment_number(dataset: Dataset, frame: Dataset) -> int:
    group = _group(dataset, frame, "SegmentIdentificationSequence")
    return whole(group, "ReferencedSegmentNumber", -1)


def _cut(dataset: Dataset) -> tuple[float, tuple[CaseWarning, ...]]:
    """The stored value from which on a pixel is inside."""
    if text(dataset, "SegmentationType") != "FRACTIONAL":
        return 0.5, ()
    most = number(dataset, "MaximumFractionalValue")
    if not most or most < 0.0:
        raise InputError(
            "The DICOM segmentation is fractional and its MaximumFractionalValue (0062,000E) is "
            f"{shown(dataset, 'MaximumFractionalValue')}, so one half is not known. Export it "
            "again."
        )
    message = "The segmentation is fractional; voxels of at least one half are inside."
    return most / 2.0, (CaseWarning("fractional_segmentation", message),)


@dataclass(frozen=True)
class _Planes:
    """Where the frames of a file lie; fields as in `SegmentMask`."""

    places_mm: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    direction: Matrix
    distance_mm: float | None


def _planes(dataset: Dataset, frames: list[Dataset]) -> _Planes:
    cosines = np.array(_vector(dataset, frames[0], "Orientation", 6))
    rows_mm, columns_mm = _vector(dataset, frames[0], "Spacing", 2)
    for frame in frames:
        if not np.allclose(_vector(dataset, frame, "Orientation", 6), cosines, atol=1e-3):
            raise GeometryError(
                "The frames of the DICOM segmentation are not parallel "
                "(ImageOrientationPatient (0020,0037)); one stack is needed. Export it again."
            )
        if not np.allclose(_vector(dataset, frame, "Spacing", 2), (rows_mm, columns_mm), rtol=1e-4):
            raise GeometryError(
                "The frames of the DICOM segmentation differ in PixelSpacing (0028,0030); one "
                "stack is needed. Export it again."
            )
    rows, columns = cosines[:3], cosines[3:]
    if abs(float(rows @ columns)) > 1e-2 or not np.allclose(
        (rows @ rows, columns @ columns), 1.0, atol=1e-2
    ):
        raise GeometryError(
            f"ImageOrientationPatient (0020,0037) of the segmentation is {cosines.tolist()}, not "
            "two perpendicular unit vectors. Export it again."
        )
    normal = np.cross(rows, columns)
    places = np.array([_vector(dataset, f, "Position", 3) for f in frames])
    measures = _group(dataset, frames[0], "PixelMeasuresSequence")
    a, b, c = np.stack([rows, columns, normal], axis=1).tolist()
    return _Planes(
        places_mm=places,
        spacing_mm=(columns_mm, rows_mm),
        direction=(tuple(a), tuple(b), tuple(c)),
        distance_mm=distance_of(places, normal, number(measures, "SpacingBetweenSlices") or 0.0),
    )


_PLACES = {
    "Position": ("PlanePositionSequence", "ImagePositionPatient"),
    "Orientation": ("PlaneOrientationSequence", "ImageOrientationPatient"),
    "Spacing": ("PixelMeasuresSequence", "PixelSpacing"),
}


def _vector(dataset: Dataset, frame: Dataset, what: str, length: int) -> list[float]:
    sequence, keyword = _PLACES[what]
    group = _group(dataset, frame, sequence)
    found = vector(group, keyword, length)
    if found is None or (what == "Spacing" and min(found) <= 0.0):
        raise GeometryError(
            f"{tag_name(keyword)} of a frame of the DICOM segmentation is {shown(group, keyword)}; "
            f"{length} numbers were expected. Its position in the patient is unknown. Export it "
            "again."
        )
    return found


def _group(dataset: Dataset, frame: Dataset, sequence: str) -> Dataset:
    """A functional group of a frame: its own, else the one that all frames share."""
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    for group in (frame, *shared[:1]):
        for item in items(group, sequence)[:1]:
            return item
    return Dataset()
