"""NIfTI, NRRD and MHA volumes: CT, PET or mask, as declared by the user.

Such a file names neither modality nor unit nor patient; CT is taken as HU and must look like
it, a PET's unit must be declared. Axes are flipped and exchanged, without interpolation, so that
the array is axial like a DICOM stack.
"""

import io
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
from numpy.typing import NDArray

from dss_core.errors import DssError, GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.reading.inflating import ANY_DEFLATE, PIECE, Inflating
from dss_core.reading.limits import Limits, check_voxels
from dss_core.reading.room import hold
from dss_core.reading.sources import Source
from dss_core.reading.volume_headers import HEAD_BYTES, VolumeHeader, parse_header

_GZIP = b"\x1f\x8b"


class PetUnit(StrEnum):
    """What the numbers of a PET without DICOM headers mean."""

    SUVBW = "suvbw"
    BQML = "bqml"


@dataclass(frozen=True)
class VolumeFile:
    """A volume file that was recognised; its header is read when it is used."""

    source: Source


@dataclass(frozen=True)
class FileImage:
    """A volume file in the part of CT ("CT") or PET ("PT").

    Has what the chooser shows of a `Series`; a volume file says no more of itself.
    """

    modality: str
    file: VolumeFile
    unit: PetUnit | None = None
    uid: str = ""
    description: str = ""
    n_slices: int = 0
    spacing_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    study_uid: str = ""
    frame_of_reference: str = ""
    patient_key: str = ""
    issuer_key: str = ""


def look_at_volume_file(source: Source) -> VolumeFile | None:
    """The file, if its first bytes are those of NIfTI (plain or gzipped), NRRD or MHA."""
    head = source.head(HEAD_BYTES)
    if head[:2] == _GZIP:
        try:
            head = zlib.decompressobj(ANY_DEFLATE).decompress(head, 1024)
        except zlib.error:
            return None
    try:
        return VolumeFile(source) if parse_header(head) else None
    except DssError:
        return VolumeFile(source)


def read_volume_file(file: VolumeFile) -> tuple[NDArray[np.generic], Grid, VolumeHeader]:
    """Stored values as an axial array (slices, rows, columns), its grid, and the header.

    Values are stored ones; `scaled` applies slope and intercept.

    Raises
    ------
    InputError, GeometryError
        If the file is damaged, too large, not 3D or has no place in space.
    """
    limit = Limits.current().max_inflated_mb * 10**6
    is_gzip = file.source.head(2) == _GZIP
    with file.source.open() as stream:
        plain = io.BufferedReader(Inflating(stream, limit)) if is_gzip else stream
        header = parse_header(plain.read(HEAD_BYTES))
    if header is None:
        raise InputError("The file is neither NIfTI, NRRD nor MHA; give a file of that kind.")
    if len(header.shape_ijk) != 3:
        raise InputError(
            f"The {header.kind} file has {len(header.shape_ijk)} dimensions "
            f"{list(header.shape_ijk)}; one 3D volume is needed. Save one volume."
        )
    check_voxels(header.shape_ijk, f"The {header.kind} file")
    if header.dtype.kind not in "iuf" or header.dtype.names:
        raise InputError(
            f"The {header.kind} file contains {header.dtype} values; plain numbers are needed. "
            "Convert it."
        )
    n_bytes = int(np.prod(header.shape_ijk, dtype=np.int64)) * header.dtype.itemsize
    if n_bytes > limit and (is_gzip or header.packed):
        raise InputError(
            f"The {header.kind} file inflates to {n_bytes / 1e6:.0f} MB, at most "
            f"{limit // 10**6} MB are read (DSS_MAX_INFLATED_MB). Give a smaller volume."
        )
    data = hold(np.empty(n_bytes, dtype=np.uint8), n_bytes)
    with file.source.open() as stream:
        n_read = _fill(data, stream, header, is_gzip)
    if n_read < n_bytes:
        raise InputError(
            f"The {header.kind} file has {n_read} of {n_bytes} bytes of data; it is cut short. "
            "Copy or write it again."
        )
    stored = data.view(header.dtype)
    values, affine = _axial(stored.reshape(header.shape_ijk, order="F"), header)
    return values.transpose(2, 1, 0), _grid(values.shape, affine, header.kind), header


def scaled(stored: NDArray[np.generic], header: VolumeHeader) -> NDArray[np.float32]:
    """Stored values times slope plus intercept, float32.

    Raises
    ------
    InputError
        If a value is not finite.
    """
    values = np.ascontiguousarray(stored, dtype=np.float32)
    if (header.slope, header.intercept) != (1.0, 0.0):
        values = values * np.float32(header.slope) + np.float32(header.intercept)
    if not np.isfinite(values).all():
        raise InputError(f"The {header.kind} file contains values that are not finite; correct it.")
    return values


def _fill(data: NDArray[np.uint8], stream: BinaryIO, header: VolumeHeader, is_gzip: bool) -> int:
    """Read the values of a file from its start on; how many bytes there were."""
    if header.data_offset < 0:
        return 0
    limit = header.data_offset + data.size
    plain = io.BufferedReader(Inflating(stream, limit + PIECE)) if is_gzip else stream
    left = header.data_offset
    while left and (skipped := len(plain.read(min(left, PIECE)))):
        left -= skipped
    if header.packed:
        plain = io.BufferedReader(Inflating(plain, data.size + PIECE))
    n_read = 0
    while n_read < data.size and (piece := plain.read(min(data.size - n_read, PIECE))):
        data[n_read : n_read + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        n_read += len(piece)
    return n_read


def _axial(
    values: NDArray[np.generic], header: VolumeHeader
) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    """Axes exchanged and flipped so that i, j, k run along +x, +y, +z as nearly as they can."""
    if not np.isfinite(header.affine).all() or abs(np.linalg.det(header.affine[:3, :3])) < 1e-9:
        raise GeometryError(
            f"The {header.kind} file has no usable orientation; save it with its orientation."
        )
    orientation = io_orientation(header.affine)
    if np.isnan(orientation).any():
        raise GeometryError(
            f"The {header.kind} file is sheared: its axes are not perpendicular. Resample it to a "
            "regular grid."
        )
    affine = header.affine @ inv_ornt_aff(orientation, values.shape)
    return apply_orientation(values, orientation), affine


def _grid(shape_ijk: tuple[int, ...], affine: NDArray[np.float64], kind: str) -> Grid:
    matrix = affine[:3, :3]
    spacing = np.linalg.norm(matrix, axis=0)
    direction = matrix / spacing
    if np.abs(direction.T @ direction - np.eye(3)).max() > 1e-3:
        raise GeometryError(
            f"The {kind} file is sheared: its axes are not perpendicular. Resample it to a "
            "regular grid."
        )
    i, j, k = (int(n) for n in shape_ijk)
    (a, b, c), (d, e, f), (g, h, m) = direction.tolist()
    x, y, z = affine[:3, 3].tolist()
    sx, sy, sz = spacing.tolist()
    return Grid((k, j, i), (sx, sy, sz), (x, y, z), ((a, b, c), (d, e, f), (g, h, m)))
