"""A chosen series becomes one volume: slices ordered in space, values rescaled per slice.

The affine is built here from position and orientation; a series that does not form one
regular stack is refused with the position at fault.

References
----------
DICOM PS3.3 C.7.6.2.1.1 (position, orientation), C.11.1 (rescale).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid, Matrix
from dss_core.preprocessing.dicom import Series, Slice, number, text
from dss_core.records import Caution, Quantity, Volume

GAP_TOLERANCE = 0.05
GAP_TOLERANCE_MM = 0.1
_UNCOMPRESSED = {"1.2.840.10008.1.2": 8, "1.2.840.10008.1.2.1": 12}


@dataclass(frozen=True)
class Stack:
    """The slices of a series in spatial order on one grid, duplicates and localizers gone."""

    slices: tuple[Slice, ...]
    grid: Grid
    cautions: tuple[Caution, ...]


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


def read_ct(series: Series) -> tuple[Volume, tuple[Caution, ...]]:
    """CT in Hounsfield units.

    Raises
    ------
    InputError, GeometryError
        If the series is not CT, cannot be decoded or is not one regular stack.
    """
    if series.modality != "CT":
        raise InputError(
            f"A CT series was expected, Modality (0008,0060) is {series.modality!r}; "
            "choose the CT series."
        )
    stack = stack_of(series)
    values = read_values(stack)
    return Volume(
        values, stack.grid, Quantity.HU, digest_of(values, stack.grid, "HU")
    ), stack.cautions


def stack_of(series: Series) -> Stack:
    """Order the slices along their normal and check that they form one regular grid.

    Raises
    ------
    GeometryError
        Missing position or orientation, mixed sizes or orientations, uneven or missing
        slices, different images at one position.
    """
    slices = [s for s in series.slices if "LOCALIZER" not in (s.header.get("ImageType") or ())]
    dropped = len(series.slices) - len(slices)
    cautions = []
    if dropped:
        cautions.append(Caution("localizer_dropped", f"{dropped} localizer image(s) left out."))
    if not slices:
        raise GeometryError(
            f"The {series.modality} series holds only localizer images; choose the axial series."
        )
    first = slices[0].header
    for item in slices:
        _check_like(item.header, first, series.modality)
    row_axis, column_axis, normal = _axes(first)
    planes = [
        _Plane(s, p, float(p @ normal))
        for s in slices
        for p in [np.array([float(v) for v in s.header.ImagePositionPatient])]
    ]
    planes.sort(key=lambda p: p.height_mm)
    planes, n_double = _without_duplicates(planes)
    if n_double:
        cautions.append(Caution("duplicates_dropped", f"{n_double} identical slice(s) left out."))
    step = _step(planes, normal, series.modality)
    spacing = float(np.linalg.norm(step))
    direction = np.stack([row_axis, column_axis, step / spacing], axis=1)
    rows_mm, columns_mm = (float(v) for v in first.PixelSpacing)
    grid = Grid(
        shape_zyx=(len(planes), int(first.Rows), int(first.Columns)),
        spacing_mm=(columns_mm, rows_mm, spacing),
        origin_mm=_triple(planes[0].position_mm),
        direction=_matrix(direction),
        frame_of_reference=text(first, "FrameOfReferenceUID"),
    )
    return Stack(tuple(p.item for p in planes), grid, tuple(cautions))


def read_values(stack: Stack) -> NDArray[np.float32]:
    """Stored values times slope plus intercept of each slice, float32 (slices, rows, columns).

    Raises
    ------
    InputError
        If pixel data are missing, cut short or in an encoding that cannot be decoded.
    """
    values = np.empty(stack.grid.shape_zyx, dtype=np.float32)
    for plane, item in zip(values, stack.slices, strict=True):
        slope = number(item.header, "RescaleSlope")
        intercept = number(item.header, "RescaleIntercept")
        np.multiply(_pixels(item), np.float32(1.0 if slope is None else slope), out=plane)
        if intercept:
            plane += np.float32(intercept)
    return values


def _check_like(header: Dataset, first: Dataset, modality: str) -> None:
    for keyword, tag in (
        ("ImagePositionPatient", "(0020,0032)"),
        ("ImageOrientationPatient", "(0020,0037)"),
        ("PixelSpacing", "(0028,0030)"),
    ):
        if not header.get(keyword):
            raise GeometryError(
                f"A {modality} image has no {keyword} {tag}, so its place in the patient is "
                "unknown. Export the original axial series."
            )
    if int(header.get("SamplesPerPixel") or 1) != 1:
        raise InputError(
            f"A {modality} image is in colour (SamplesPerPixel (0028,0002) is "
            f"{header.SamplesPerPixel}); a screen capture cannot be used. Export the original."
        )
    if int(header.get("NumberOfFrames") or 1) > 1:
        raise InputError(
            f"The {modality} series is enhanced multi-frame (NumberOfFrames (0028,0008) is "
            f"{header.NumberOfFrames}), which is not read. Export it as single-frame images."
        )
    for keyword in ("Rows", "Columns", "PixelSpacing", "FrameOfReferenceUID"):
        if header.get(keyword) != first.get(keyword):
            raise GeometryError(
                f"The images of the {modality} series differ in {keyword} ({first.get(keyword)} "
                f"and {header.get(keyword)}); one regular stack is needed. Export one series."
            )
    orientation = np.array([float(v) for v in header.ImageOrientationPatient])
    if not np.allclose(orientation, [float(v) for v in first.ImageOrientationPatient], atol=1e-3):
        raise GeometryError(
            f"The images of the {modality} series differ in ImageOrientationPatient (0020,0037); "
            "one parallel stack is needed. Export the axial series alone."
        )


def _axes(first: Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    cosines = np.array([float(v) for v in first.ImageOrientationPatient])
    row_axis, column_axis = cosines[:3], cosines[3:]
    lengths = np.linalg.norm(row_axis), np.linalg.norm(column_axis)
    if not np.allclose(lengths, 1.0, atol=1e-2) or abs(float(row_axis @ column_axis)) > 1e-2:
        raise GeometryError(
            f"ImageOrientationPatient (0020,0037) is {cosines.tolist()}, not two perpendicular "
            "unit vectors. Export the series again."
        )
    row_axis = row_axis / lengths[0]
    column_axis = column_axis - (column_axis @ row_axis) * row_axis
    column_axis = column_axis / np.linalg.norm(column_axis)
    return row_axis, column_axis, np.cross(row_axis, column_axis)


def _without_duplicates(planes: list[_Plane]) -> tuple[list[_Plane], int]:
    kept = [planes[0]]
    for plane in planes[1:]:
        if plane.height_mm - kept[-1].height_mm > 1e-3:
            kept.append(plane)
        elif not np.array_equal(_pixels(plane.item), _pixels(kept[-1].item)):
            raise GeometryError(
                f"Two different images lie at one position ({plane.height_mm:.2f} mm); the series "
                "mixes reconstructions or time points. Export one of them."
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
    step = (planes[-1].position_mm - planes[0].position_mm) / (len(planes) - 1)
    drift = np.linalg.norm(step - (step @ normal) * normal) * (len(planes) - 1)
    if drift > 1.0:
        raise GeometryError(
            f"The {modality} slices are shifted sideways by {drift:.1f} mm over the stack "
            "(gantry tilt); a straight stack is needed. Export a series without tilt."
        )
    return np.asarray(normal * float(step @ normal))


def _pixels(item: Slice) -> NDArray[np.generic]:
    header = item.header
    bits, stored = int(header.get("BitsAllocated") or 0), int(header.get("BitsStored") or 0)
    signed = int(header.get("PixelRepresentation") or 0) == 1
    syntax = str(header.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))
    if syntax not in _UNCOMPRESSED or bits not in (8, 16, 32):
        return _decoded(item, syntax)
    rows, columns = int(header.Rows), int(header.Columns)
    n_bytes = rows * columns * bits // 8
    with item.source.open() as stream:
        stream.seek(item.pixel_offset)
        element = stream.read(_UNCOMPRESSED[syntax])
        data = stream.read(n_bytes)
    if element[:4] != b"\xe0\x7f\x10\x00" or len(data) < n_bytes:
        raise InputError(
            f"An image has {len(data)} of {n_bytes} bytes of pixel data (7FE0,0010); the file is "
            "cut short. Copy or export it again."
        )
    raw = np.frombuffer(data, dtype=f"<{'i' if signed else 'u'}{bits // 8}").reshape(rows, columns)
    if 0 < stored < bits:
        shift = bits - stored
        raw = (raw << shift) >> shift
    return raw


def _decoded(item: Slice, syntax: str) -> NDArray[np.generic]:
    try:
        with item.source.open() as stream:
            return np.asarray(pydicom.dcmread(stream, force=True).pixel_array)
    except Exception as problem:  # every decoder plugin raises its own kind
        name = pydicom.uid.UID(syntax).name
        raise InputError(
            f"Pixel data in transfer syntax {name} ({syntax}) could not be decoded ({problem}). "
            "Export the series uncompressed (explicit VR little endian)."
        ) from problem


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    return (float(vector[0]), float(vector[1]), float(vector[2]))


def _matrix(columns: NDArray[np.float64]) -> Matrix:
    return (_triple(columns[0]), _triple(columns[1]), _triple(columns[2]))


def same_for_all(slices: Sequence[Slice], keyword: str) -> bool:
    """True when a tag has one value over all slices."""
    return len({text(s.header, keyword) for s in slices}) == 1
