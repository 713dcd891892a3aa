"""Volume assembly: slices of one series ordered in space, values rescaled per slice.

The affine is built here from position and orientation; a series that does not form one
regular stack is refused with the position at fault.

References
----------
DICOM PS3.3 C.7.6.2.1.1 (position, orientation), C.11.1 (rescale).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid, Matrix
from dss_core.reading.hounsfield import check_looks_like_hu, check_says_hu
from dss_core.reading.image_type_checks import check_kind
from dss_core.reading.inventory import Progress, Series, Slice
from dss_core.reading.limits import check_voxels
from dss_core.reading.pixels import is_lossy, stored_values
from dss_core.reading.room import hold
from dss_core.reading.sameness import difference
from dss_core.reading.slice_geometry import SharedGeometry
from dss_core.reading.tags import number, shown, text, values
from dss_core.reading.volume_files import FileImage, read_volume_file, scaled
from dss_core.records import CaseWarning, Quantity, Volume

GAP_TOLERANCE = 0.05
GAP_TOLERANCE_MM = 0.1
MAX_DRIFT_MM = 1.0


@dataclass(frozen=True)
class Stack:
    """The slices of a series in spatial order on one grid, duplicates and localizers gone."""

    slices: tuple[Slice, ...]
    grid: Grid
    warnings: tuple[CaseWarning, ...]


@dataclass(frozen=True)
class _Plane:
    item: Slice
    position_mm: NDArray[np.float64]
    height_mm: float


def digest_of(values: NDArray[np.generic], grid: Grid, quantity: str) -> str:
    """SHA-256 over values, grid and quantity: equal digests mean equal volumes."""
    sha = hashlib.sha256(f"{quantity}|{grid.shape_zyx}|".encode())
    sha.update(np.round(grid.affine, 6).tobytes())
    sha.update(np.ascontiguousarray(values).data)
    return sha.hexdigest()


def read_ct(
    image: Series | FileImage, progress: Progress | None = None
) -> tuple[Volume, tuple[CaseWarning, ...]]:
    """CT in Hounsfield units.

    Raises
    ------
    InputError, GeometryError
        If the series is not CT, cannot be decoded, is not one regular stack or is not in HU.
    """
    if image.modality != "CT":
        raise InputError(
            f"A CT series was expected, Modality (0008,0060) is {image.modality!r}; "
            "choose the CT series."
        )
    if isinstance(image, FileImage):
        stored, grid, header = read_volume_file(image.file)
        hu, warnings, source = scaled(stored, header), header.warnings, f"{header.kind} file"
        if float(hu.min()) <= -10_000.0:
            raise InputError(
                f"The {header.kind} file given as CT contains values down to {hu.min():g}; in "
                "Hounsfield units air is -1000. Give the CT in HU."
            )
    else:
        stack = stack_of(image)
        for item in stack.slices:
            check_says_hu(item.header)
        hu, grid, warnings = read_values(stack, progress), stack.grid, stack.warnings
        source = "series"
    check_looks_like_hu(hu, source)
    return Volume(hu, grid, Quantity.HU, digest_of(hu, grid, "HU")), warnings


def stack_of(series: Series) -> Stack:
    """Order the slices along their normal and check that they form one regular grid.

    Raises
    ------
    GeometryError
        Missing position or orientation, mixed sizes or orientations, uneven or missing
        slices, different images at one position.
    """
    slices = [s for s in series.slices if "LOCALIZER" not in values(s.header, "ImageType")]
    dropped = len(series.slices) - len(slices)
    warnings = []
    if dropped:
        warnings.append(CaseWarning("localizer_dropped", f"{dropped} localizer image(s) left out."))
    if not slices:
        raise GeometryError(
            f"The {series.modality} series contains only localizer images; choose the axial series."
        )
    first = slices[0].header
    for item in slices:
        check_kind(item.header, series.modality)
    same = SharedGeometry(series.modality, slices[0])
    row_axis, column_axis, normal = same.axes()
    planes = []
    for item in slices:
        position = same.position_of(item)
        planes.append(_Plane(item, position, float(position @ normal)))
    check_voxels((len(planes), same.rows, same.columns), f"The {series.modality} series")
    planes.sort(key=lambda p: p.height_mm)
    planes, n_double = _without_duplicates(planes, series.modality)
    if n_double:
        warnings.append(
            CaseWarning("duplicates_dropped", f"{n_double} identical slice(s) left out.")
        )
    step = _step(planes, normal, series.modality)
    spacing = float(np.linalg.norm(step))
    direction = np.stack([row_axis, column_axis, step / spacing], axis=1)
    if any(is_lossy(s) for s in slices):
        message = (
            "Images were lossy-compressed (LossyImageCompression (0028,2110)): SUV, HU and score "
            "may be affected."
        )
        warnings.append(CaseWarning("lossy_compression", message))
    rows_mm, columns_mm = same.spacing
    grid = Grid(
        shape_zyx=(len(planes), same.rows, same.columns),
        spacing_mm=(columns_mm, rows_mm, spacing),
        origin_mm=_triple(planes[0].position_mm),
        direction=_matrix(direction),
        frame_of_reference=text(first, "FrameOfReferenceUID"),
    )
    return Stack(tuple(p.item for p in planes), grid, tuple(warnings))


def read_values(stack: Stack, progress: Progress | None = None) -> NDArray[np.float32]:
    """Stored values times slope plus intercept of each slice, float32 (slices, rows, columns).

    Raises
    ------
    InputError
        If pixel data are missing, cut short or in an encoding that cannot be decoded.
    """
    volume = np.empty(stack.grid.shape_zyx, dtype=np.float32)
    hold(volume, volume.nbytes)
    for done, (plane, item) in enumerate(zip(volume, stack.slices, strict=True), start=1):
        slope = number(item.header, "RescaleSlope")
        intercept = number(item.header, "RescaleIntercept")
        if slope is None or slope <= 0.0:
            raise InputError(
                f"RescaleSlope (0028,1053) is {shown(item.header, 'RescaleSlope')}; a number above "
                "0 is needed for the image to have values. Export it again."
            )
        np.multiply(stored_values(item), np.float32(slope), out=plane)
        if intercept:
            plane += np.float32(intercept)
        if progress is not None:
            progress(done, len(stack.slices))
    return volume


def _without_duplicates(planes: list[_Plane], modality: str) -> tuple[list[_Plane], int]:
    kept = [planes[0]]
    for plane in planes[1:]:
        if plane.height_mm - kept[-1].height_mm > 1e-3:
            kept.append(plane)
            continue
        if not np.array_equal(stored_values(plane.item), stored_values(kept[-1].item)):
            raise GeometryError(
                f"Two different images lie at one position ({plane.height_mm:.2f} mm); the series "
                "mixes reconstructions or time points. Export one of them."
            )
        one, other = kept[-1].item.header, plane.item.header
        differs = difference(one, other, modality)
        if differs is not None:
            raise GeometryError(
                f"Two different images lie at one position ({plane.height_mm:.2f} mm): "
                f"{differs.name} {differs.tag} is {differs.shown(one)} and "
                f"{differs.shown(other)}. Export one of them."
            )
    return kept, len(planes) - len(kept)


def _step(planes: list[_Plane], normal: NDArray[np.float64], modality: str) -> NDArray[np.float64]:
    """Mean vector from one slice to the next; refuses uneven, missing or shifted slices."""
    if len(planes) < 2:
        raise GeometryError(f"The {modality} series has one slice; a volume is needed.")
    heights = np.array([p.height_mm for p in planes])
    gaps = np.diff(heights)
    usual = float(np.median(gaps))
    wrong = np.flatnonzero(np.abs(gaps - usual) > max(GAP_TOLERANCE * usual, GAP_TOLERANCE_MM))
    if wrong.size:
        at, gap = float(heights[wrong[0]]), float(gaps[wrong[0]])
        kind = "slices are missing" if gap > 1.5 * usual else "slices are unevenly spaced"
        raise GeometryError(
            f"In the {modality} series {kind}: after {at:.2f} mm the next slice is {gap:.2f} mm "
            f"away, {usual:.2f} mm was expected. Export the whole series."
        )
    positions = np.array([p.position_mm for p in planes])
    aside = positions - np.outer(heights, normal)
    drift = float(np.linalg.norm(aside - aside[0], axis=1).max())
    if drift > MAX_DRIFT_MM:
        raise GeometryError(
            f"The {modality} slices are shifted sideways by {drift:.1f} mm over the stack "
            "(gantry tilt); a straight stack is needed. Export a series without tilt."
        )
    return np.asarray(normal * (heights[-1] - heights[0]) / (len(planes) - 1))


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    return (float(vector[0]), float(vector[1]), float(vector[2]))


def _matrix(columns: NDArray[np.float64]) -> Matrix:
    return (_triple(columns[0]), _triple(columns[1]), _triple(columns[2]))
