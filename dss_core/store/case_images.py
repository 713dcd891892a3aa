"""Kept images: CT, PET and region of a case in one file, without anything of their headers.

The file is an `.npz` that NumPy itself can read: `ct`, `pet` and `region` as arrays, and
`images.json` with the grids and what is known of them. A CT in whole Hounsfield units, as nearly
every CT is, is stored as int16. There is no UID in it: frames of reference are left out, as all
arrays are in one space. zlib's lowest level is used because the higher ones take five times as
long for a file that is 5% smaller.
"""

import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as model

from dss_core.case.make_record import images_digest, region_digest
from dss_core.case.open_case import Region
from dss_core.case.record import CaseRecord
from dss_core.errors import DssError, InputError
from dss_core.geometry import Grid, Matrix
from dss_core.reading.limits import check_voxels
from dss_core.reading.strict_json import read_json, refusal
from dss_core.reading.volume import digest_of
from dss_core.records import AlgorithmType, CaseWarning, Quantity, Roi, SuvRecord, Volume
from dss_core.settings import EXACT
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.registration import Registration

FORMAT = 1
_LEVEL = 1
_NOTES = "images.json"
_ADVICE = "Give the files of the case again."
_Row = tuple[float, float, float, float]
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, RuntimeError,
    NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class KeptImages:
    """The images of a case and the region that was scored, in one space.

    `frame_of_reference` is empty in every grid: equal before and after it was kept, made by
    `without_frames`.
    """

    images: AlignedImages
    region: Region


def without_frames(images: AlignedImages, region: Region) -> KeptImages:
    """Images and region without a UID; digests are as they were, for no frame is part of them."""
    moved = images.registration
    kept = AlignedImages(
        replace(images.ct, grid=_unframed(images.ct.grid)),
        replace(images.pet, grid=_unframed(images.pet.grid)),
        images.suv,
        images.warnings,
        None if moved is None else replace(moved, ct_frame="", pet_frame=""),
    )
    roi = replace(region.roi, grid=_unframed(region.roi.grid))
    return KeptImages(kept, replace(region, roi=roi))


def check_belongs(kept: KeptImages, record: CaseRecord) -> None:
    """Refuse images or a region of another case than the record's.

    Raises
    ------
    InputError
    """
    if images_digest(kept.images) != record.source.images_digest:
        raise InputError(f"The images are not those of case {record.label!r}. {_ADVICE}")
    if region_digest(kept.region.roi) != record.region.digest:
        raise InputError(f"The region is not that of case {record.label!r}. {_ADVICE}")


def write_images(kept: KeptImages, stream: IO[bytes]) -> None:
    """Write images and region: equal bytes for equal content."""
    images, roi = kept.images, kept.region.roi
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as bundle:
        _write_array(bundle, "ct", _small(images.ct.values_zyx))
        _write_array(bundle, "pet", images.pet.values_zyx)
        _write_array(bundle, "region", roi.mask_zyx)
        notes = _NOTES_MODEL.dump_json(_notes(without_frames(images, kept.region)))
        with bundle.open(_NOTES, "w") as member:
            member.write(notes)


def read_images(stream: IO[bytes], what: str) -> KeptImages:
    """Images and region from their file, every array compared with its digest.

    Parameters
    ----------
    stream : binary stream
    what : str
        How to name the file in a refusal, as the beginning of a sentence.

    Raises
    ------
    InputError
        If it is damaged, altered, or larger than is read.
    """
    try:
        with zipfile.ZipFile(stream) as bundle:
            return _read(bundle, what)
    except DssError:
        raise
    except _DAMAGED as fault:
        raise InputError(f"{what} cannot be read; it is damaged. {_ADVICE}") from fault


@model(frozen=True, config=EXACT)
class _GridNotes:
    shape_zyx: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: Matrix


@model(frozen=True, config=EXACT)
class _RegistrationNotes:
    matrix: tuple[_Row, _Row, _Row, _Row]
    shift_mm: float
    rotation_deg: float
    mi_before: float
    mi_after: float
    overlap: float


@model(frozen=True, config=EXACT)
class _Notes:
    """What `images.json` says."""

    format: int
    ct: _GridNotes
    ct_digest: str
    pet: _GridNotes
    pet_digest: str
    region: _GridNotes
    region_digest: str
    name: str
    method: str
    threshold_suv: float | None
    region_warnings: tuple[CaseWarning, ...]
    suv: SuvRecord
    warnings: tuple[CaseWarning, ...]
    registration: _RegistrationNotes | None
    algorithm: AlgorithmType | None = None


_NOTES_MODEL = TypeAdapter(_Notes)


def _notes(kept: KeptImages) -> _Notes:
    images, roi, moved = kept.images, kept.region.roi, kept.images.registration
    return _Notes(
        format=FORMAT,
        ct=_grid_notes(images.ct.grid),
        ct_digest=images.ct.digest,
        pet=_grid_notes(images.pet.grid),
        pet_digest=images.pet.digest,
        region=_grid_notes(roi.grid),
        region_digest=region_digest(roi),
        name=roi.name,
        method=roi.method,
        threshold_suv=roi.threshold_suv,
        region_warnings=kept.region.warnings,
        suv=images.suv,
        warnings=images.warnings,
        registration=None if moved is None else _registration_notes(moved),
        algorithm=roi.algorithm,
    )


def _grid_notes(grid: Grid) -> _GridNotes:
    return _GridNotes(grid.shape_zyx, grid.spacing_mm, grid.origin_mm, grid.direction)


def _registration_notes(moved: Registration) -> _RegistrationNotes:
    rows: Any = tuple(tuple(row) for row in moved.matrix.tolist())
    return _RegistrationNotes(
        rows, moved.shift_mm, moved.rotation_deg, moved.mi_before, moved.mi_after, moved.overlap
    )


def _read(bundle: zipfile.ZipFile, what: str) -> KeptImages:
    notes = _read_notes(bundle, what)
    ct = _volume(bundle, "ct", notes.ct, notes.ct_digest, Quantity.HU, what)
    pet = _volume(bundle, "pet", notes.pet, notes.pet_digest, Quantity.SUVBW, what)
    grid = _grid(notes.region)
    mask = _read_array(bundle, "region", grid, what).astype(np.bool_, copy=False)
    roi = Roi(notes.name, mask, grid, notes.method, notes.threshold_suv, notes.algorithm)
    if region_digest(roi) != notes.region_digest:
        raise InputError(f"{what} was altered: its region is not the one that was kept. {_ADVICE}")
    said = notes.registration
    moved = None if said is None else _registration(said)
    images = AlignedImages(ct, pet, notes.suv, notes.warnings, moved)
    return KeptImages(images, Region(roi, notes.region_warnings))


def _registration(said: _RegistrationNotes) -> Registration:
    return Registration(
        np.array(said.matrix), said.shift_mm, said.rotation_deg, said.mi_before, said.mi_after,
        said.overlap, "", "",
    )  # fmt: skip


def _read_notes(bundle: zipfile.ZipFile, what: str) -> _Notes:
    with bundle.open(_NOTES) as member:
        content = member.read(_LONGEST_NOTES)
    read_json(content, what, InputError)
    try:
        notes = _NOTES_MODEL.validate_json(content)
    except ValidationError as fault:
        raise refusal(fault, what, InputError, _ADVICE) from fault
    if notes.format != FORMAT:
        raise InputError(
            f"{what} has format {notes.format}; this version reads {FORMAT}. Install the newer one."
        )
    return notes


def _volume(
    bundle: zipfile.ZipFile, name: str, said: _GridNotes, digest: str, quantity: Quantity, what: str
) -> Volume:
    grid = _grid(said)
    values = _read_array(bundle, name, grid, what).astype(np.float32, copy=False)
    if digest_of(values, grid, str(quantity)) != digest:
        raise InputError(f"{what} was altered: its {name} is not the one that was kept. {_ADVICE}")
    return Volume(values, grid, quantity, digest)


_LONGEST_NOTES = 1_000_000
_BLOCK = 1 << 20
_TYPES = {"ct": ("<i2", "<f4"), "pet": ("<f4",), "region": ("|b1",)}


def _grid(said: _GridNotes) -> Grid:
    check_voxels(said.shape_zyx, "A kept image")
    return Grid(said.shape_zyx, said.spacing_mm, said.origin_mm, said.direction)


def _unframed(grid: Grid) -> Grid:
    return replace(grid, frame_of_reference="")


def _small(hu: NDArray[np.float32]) -> NDArray[np.generic]:
    """As int16 where that gives the very same bits back."""
    if hu.size and -32768 <= hu.min() and hu.max() <= 32767:
        whole = hu.astype(np.int16)
        back = whole.astype(np.float32)
        if np.array_equal(back.view(np.int32), np.ascontiguousarray(hu).view(np.int32)):
            return whole
    return hu


def _write_array(bundle: zipfile.ZipFile, name: str, values: NDArray[np.generic]) -> None:
    with bundle.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)


def _read_array(bundle: zipfile.ZipFile, name: str, grid: Grid, what: str) -> NDArray[np.generic]:
    """An array of the grid's shape; no memory is taken for one of another."""
    with bundle.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(member)
        if shape != grid.shape_zyx or by_columns or dtype.str not in _TYPES[name]:
            raise InputError(f"{what} was altered: its {name} has another shape. {_ADVICE}")
        values = np.empty(shape, dtype)
        room, filled = values.reshape(-1).view(np.uint8), 0
        while filled < room.size and (block := member.read(min(_BLOCK, room.size - filled))):
            room[filled : filled + len(block)] = np.frombuffer(block, np.uint8)
            filled += len(block)
        if filled < room.size or member.read(1):
            raise InputError(f"{what} was altered: its {name} has another length. {_ADVICE}")
    return values
