"""DICOM Segmentation: every frame placed by its position in the patient, never by index.

References
----------
DICOM PS3.3 C.8.20 (Segmentation), A.51 (Segmentation IOD), C.7.6.16 (functional groups).
"""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.reading.deflated import inflated
from dss_core.reading.inventory import SEGMENTATION_CLASSES
from dss_core.reading.limits import check_voxels
from dss_core.reading.privacy import Identity
from dss_core.reading.sources import Source
from dss_core.reading.tags import DAMAGED, items, number, text, vector, whole
from dss_core.records import CaseWarning, Roi
from dss_core.regions.label_masks import LabelMask
from dss_core.regions.referenced_images import drawn_on

_LABEL_MAP = SEGMENTATION_CLASSES[1]


def read_segmentation(source: Source) -> tuple[LabelMask, ...]:
    """Every segment as a mask on a regular grid through its frames.

    Fractional segments are cut at half of MaximumFractionalValue.

    Raises
    ------
    InputError, GeometryError
        If the file is damaged, or its frames do not lie on one regular grid.
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


def _segments(dataset: Dataset) -> tuple[LabelMask, ...]:
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
    grid, index = _place(dataset, frames, stored.shape[1:])
    is_map = text(dataset, "SOPClassUID") == _LABEL_MAP
    cut = 0.5
    warnings: tuple[CaseWarning, ...] = ()
    if text(dataset, "SegmentationType") == "FRACTIONAL":
        cut = (number(dataset, "MaximumFractionalValue") or 255.0) / 2.0
        message = "The segmentation is fractional; voxels of at least one half are inside."
        warnings = (CaseWarning("fractional_segmentation", message),)
    masks: defaultdict[int, NDArray[np.bool_]] = defaultdict(
        lambda: np.zeros(grid.shape_zyx, dtype=np.bool_)
    )
    for values, frame, k in zip(stored, frames, index, strict=True):
        if is_map:
            for label in segments.keys() & {int(v) for v in np.unique(values)}:
                masks[label][k] |= values == label
        else:
            identification = _group(dataset, frame, "SegmentIdentificationSequence")
            masks[whole(identification, "ReferencedSegmentNumber")][k] |= values >= cut
    identity, drawn = Identity.of(dataset), drawn_on(dataset)
    return tuple(
        LabelMask(name, Roi(name, masks[n], grid), warnings, n, drawn)
        for n, item in segments.items()
        if n or not is_map
        for name in [identity.removed_from(text(item, "SegmentLabel")) or f"segment {n}"]
    )


def _place(
    dataset: Dataset, frames: list[Dataset], shape: tuple[int, ...]
) -> tuple[Grid, list[int]]:
    """The grid through all frames, and the slice index of each frame."""
    cosines = np.array(_vector(dataset, frames[0], "Orientation", 6))
    spacing = _vector(dataset, frames[0], "Spacing", 2)
    places = np.array([_vector(dataset, f, "Position", 3) for f in frames])
    for frame in frames:
        if not np.allclose(_vector(dataset, frame, "Orientation", 6), cosines, atol=1e-3):
            raise GeometryError(
                "The frames of the DICOM segmentation are not parallel "
                "(ImageOrientationPatient (0020,0037)); one stack is needed. Export it again."
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
    heights = places @ normal
    levels = sorted(set(np.round(heights, 2).tolist()))
    gaps = [b - a for a, b in pairwise(levels)]
    measures = _group(dataset, frames[0], "PixelMeasuresSequence")
    stated = number(measures, "SpacingBetweenSlices") or number(measures, "SliceThickness")
    step = min(gaps) if gaps else (stated or 0.0)
    if gaps and stated and all(abs(g / stated - round(g / stated)) < 0.05 for g in gaps):
        step = stated
    index = (heights - heights.min()) / step if step > 0.0 else heights + np.inf
    if not np.allclose(index, np.round(index), atol=0.1):
        raise GeometryError(
            "The frames of the DICOM segmentation are not evenly spaced; one regular stack is "
            "needed. Export it again."
        )
    aside = places - np.outer(heights, normal)
    if np.linalg.norm(aside - aside[0], axis=1).max() > 0.5:
        raise GeometryError(
            "The frames of the DICOM segmentation are shifted sideways against each other; one "
            "straight stack is needed. Export it again."
        )
    first = places[int(np.argmin(heights))].tolist()
    columns_of = np.stack([rows, columns, normal], axis=1).tolist()
    a, b, c = columns_of
    grid = Grid(
        shape_zyx=(int(np.round(index).max()) + 1, shape[0], shape[1]),
        spacing_mm=(spacing[1], spacing[0], step),
        origin_mm=(first[0], first[1], first[2]),
        direction=(tuple(a), tuple(b), tuple(c)),
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
    )
    check_voxels(grid.shape_zyx, "The segmentation")
    return grid, np.round(index).astype(int).tolist()


_PLACES = {
    "Position": ("PlanePositionSequence", "ImagePositionPatient", "(0020,0032)"),
    "Orientation": ("PlaneOrientationSequence", "ImageOrientationPatient", "(0020,0037)"),
    "Spacing": ("PixelMeasuresSequence", "PixelSpacing", "(0028,0030)"),
}


def _vector(dataset: Dataset, frame: Dataset, what: str, length: int) -> list[float]:
    sequence, keyword, tag = _PLACES[what]
    found = vector(_group(dataset, frame, sequence), keyword, length)
    if found is None or (what == "Spacing" and min(found) <= 0.0):
        raise GeometryError(
            f"A frame of the DICOM segmentation has no {keyword} {tag}, so its position in the "
            "patient is unknown. Export it again."
        )
    return found


def _group(dataset: Dataset, frame: Dataset, sequence: str) -> Dataset:
    """A functional group of a frame: its own, else the one that all frames share."""
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    for group in (frame, *shared[:1]):
        for item in items(group, sequence)[:1]:
            return item
    return Dataset()
