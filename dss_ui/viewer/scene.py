"""What the browser's viewer shows, as one binary message: planes of CT and PET with true values.

The browser gets HU as 16-bit integers and SUV in 16-bit steps, so windows, fusion, zoom and the
values at the cursor need no further word with the server; a slice step needs one plane.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.pictures.image_rendering import AIR_HU
from dss_core.records import Roi, Volume
from dss_core.spatial.alignment import AlignedImages, CtAlone
from dss_core.spatial.resampling import resample_volume
from dss_ui.viewer.rendering_data import rendering

MAX_SIDE = 512
_ALIGNED = 1.0 - 1e-7
_STEPS, _FINEST_SUV = 65_000, 0.002
Index = tuple[int, int, int]


class Axis(StrEnum):
    """The planes, by what they are perpendicular to: z, y, x."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


_ARRAY_AXIS = {Axis.AXIAL: 0, Axis.CORONAL: 1, Axis.SAGITTAL: 2}


@dataclass(frozen=True)
class Scene:
    """The images of a case with their axes along the patient's.

    Attributes
    ----------
    ct : Volume
        HU; slices from inferior to superior, rows from anterior to posterior, columns from the
        patient's right to the left.
    pet : Volume, optional
        SUVbw, likewise, on its own grid; None where there is only a CT.
    """

    ct: Volume
    pet: Volume | None

    @cached_property
    def suv_step(self) -> float:
        """SUV per integer step."""
        top = 0.0 if self.pet is None else float(self.pet.values_zyx.max())
        return max(top / _STEPS, _FINEST_SUV)

    @property
    def id(self) -> str:
        """Tells these images from all others."""
        return scene_id(self)


def scene_id(images: AlignedImages | CtAlone | Scene) -> str:
    """The id that the scene of some images has."""
    pet = None if isinstance(images, CtAlone) else images.pet
    return f"{images.ct.digest[:16]}{'' if pet is None else pet.digest[:16]}"


def scene_of(images: AlignedImages | CtAlone) -> Scene:
    """The images upright, the PET no wider than the CT."""
    ct = upright(images.ct, AIR_HU)
    if isinstance(images, CtAlone):
        return Scene(ct, None)
    return Scene(ct, _within(upright(images.pet, 0.0), ct.grid))


def upright(volume: Volume, outside: float) -> Volume:
    """A volume with its axes along the patient's, ascending: a view of it where that is one.

    An oblique volume, or one of more than `MAX_SIDE` columns or rows, is resampled.
    """
    direction = np.asarray(volume.grid.direction)
    along = np.abs(direction).argmax(axis=1)
    cosines = direction[np.arange(3), along]
    spacing = np.asarray(volume.grid.spacing_mm)[along]
    low, high = volume.grid.bounds_mm()
    aligned = sorted(along) == [0, 1, 2] and bool((np.abs(cosines) > _ALIGNED).all())
    if aligned and max(volume.grid.shape_zyx[1:]) <= MAX_SIDE:
        values = volume.values_zyx.transpose([2 - a for a in reversed(along)])
        values = np.flip(values, tuple(2 - w for w in range(3) if cosines[w] < 0))
        grid = _grid(values.shape, spacing, low, volume.grid)
        return Volume(values, grid, volume.quantity, volume.digest)
    size = np.minimum(np.ceil((high - low) / spacing) + 1, (MAX_SIDE, MAX_SIDE, 4 * MAX_SIDE))
    spacing = (high - low) / np.maximum(size - 1, 1)
    grid = _grid(tuple(int(n) for n in size[::-1]), spacing, low, volume.grid)
    values = resample_volume(volume, grid, outside)
    return Volume(values, grid, volume.quantity, volume.digest)


def message(
    scene: Scene,
    planes: Iterable[tuple[Axis, int]],
    *,
    with_mip: bool,
    regions: Mapping[str, Roi] | None,
    state: Mapping[str, Any],
) -> bytes:
    """One message to the browser.

    Parameters
    ----------
    planes : iterable of (Axis, int)
        Planes of the CT grid.
    with_mip : bool
        Send the frontal maximum intensity projection of the PET.
    regions : mapping of str to Roi
        Masks on the CT grid of the scene by outline colour, the first on top; None keeps those
        that the browser has.
    state : mapping
        Small things for the viewer; no text from a file.

    Returns
    -------
    bytes
        Length of the header (4 bytes, little endian), JSON header, and the arrays it points to.
    """
    blobs = _Blobs()
    header: dict[str, Any] = {
        "scene": scene.id,
        "ct": _placed(scene.ct.grid),
        "pet": scene.pet and {**_placed(scene.pet.grid), "step": scene.suv_step},
        "planes": [
            {
                "axis": axis,
                "index": index,
                "ct": blobs.add(ct_plane(scene, axis, index)),
                "pet": scene.pet and blobs.add(pet_plane(scene, scene.pet, axis, index)),
            }
            for axis, index in planes
        ],
        "rendering": rendering(blobs.add),
        "state": dict(state),
    }
    if regions is not None:
        header["regions"] = [
            {"colour": colour, **_boxed(blobs, roi)} for colour, roi in regions.items()
        ]
    if with_mip and scene.pet is not None:
        values = scene.pet.values_zyx
        header["mip"] = {
            "suv": blobs.add(_stepped(values.max(axis=1), scene.suv_step)),
            "row": blobs.add(values.argmax(axis=1).astype(np.uint16)),
        }
    head = json.dumps(header, allow_nan=False).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *blobs.parts])


def ct_plane(scene: Scene, axis: Axis, index: int) -> NDArray[np.uint16]:
    """HU of one plane, rounded, as the bits of 16-bit integers."""
    plane = np.take(scene.ct.values_zyx, index, axis=_ARRAY_AXIS[axis])
    signed: NDArray[np.int16] = np.rint(np.clip(plane, -32_768, 32_767)).astype(np.int16)
    return signed.view(np.uint16)


def pet_plane(scene: Scene, pet: Volume, axis: Axis, index: int) -> NDArray[np.uint16]:
    """SUV in steps where the plane of the CT cuts the PET, at the PET's own in-plane spacing."""
    across = _ARRAY_AXIS[axis]
    shape, origin = list(pet.grid.shape_zyx), list(pet.grid.origin_mm)
    ct = scene.ct.grid
    shape[across] = 1
    origin[2 - across] = ct.origin_mm[2 - across] + index * ct.spacing_mm[2 - across]
    cut = _grid(tuple(shape), pet.grid.spacing_mm, origin, pet.grid)
    values = resample_volume(pet, cut, 0.0)
    return _stepped(np.take(values, 0, axis=across), scene.suv_step)


def squeezed(values: NDArray[np.uint16]) -> bytes:
    """A plane compressed: differences along each row, zigzag, low bytes first, zlib.

    Runs only: on differences, looking for longer repeats takes twice the time and more bytes.
    """
    rows = values.view(np.int16)
    steps = np.diff(rows, axis=1, prepend=np.int16(0)).astype(np.int16)
    folded = ((steps << 1) ^ (steps >> 15)).astype("<u2")
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return packer.compress(folded.view(np.uint8).reshape(-1, 2).T.tobytes()) + packer.flush()


def _within(pet: Volume, ct: Grid) -> Volume:
    """The rows and columns of an upright PET that meet the CT, with one voxel to spare."""
    spacing, origin = pet.grid.spacing_mm, pet.grid.origin_mm
    low, high = pet.grid.to_index(ct.bounds_mm())
    cut = []
    for axis in (1, 0):
        size = pet.grid.shape_zyx[2 - axis]
        first = min(max(int(np.floor(low[axis])) - 1, 0), size - 1)
        cut.append(slice(first, max(min(int(np.ceil(high[axis])) + 2, size), first + 1)))
    values = pet.values_zyx[:, cut[0], cut[1]]
    moved = (
        origin[0] + cut[1].start * spacing[0],
        origin[1] + cut[0].start * spacing[1],
        origin[2],
    )
    return Volume(values, _grid(values.shape, spacing, moved, pet.grid), pet.quantity, pet.digest)


class _Blobs:
    """Arrays behind a header that says where they are."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._end = 0

    def add(self, values: NDArray[np.uint16]) -> dict[str, Any]:
        rows, columns = values.shape
        return {**self.place(squeezed(np.ascontiguousarray(values))), "shape": [rows, columns]}

    def place(self, part: bytes) -> dict[str, Any]:
        self.parts.append(part)
        self._end += len(part)
        return {"from": self._end - len(part), "to": self._end}


def _boxed(blobs: _Blobs, roi: Roi) -> dict[str, Any]:
    """A mask as the bits of the box around it."""
    if not roi.mask_zyx.any():
        return {"start": [0, 0, 0], "shape": [0, 0, 0], **blobs.place(zlib.compress(b""))}
    box = []
    for axis in range(3):
        touched = np.flatnonzero(roi.mask_zyx.any(axis=tuple({0, 1, 2} - {axis})))
        box.append(slice(int(touched[0]), int(touched[-1]) + 1))
    part = roi.mask_zyx[tuple(box)]
    bits = np.packbits(part.ravel(), bitorder="little").tobytes()
    return {
        "start": [s.start for s in box],
        "shape": list(part.shape),
        **blobs.place(zlib.compress(bits, 1)),
    }


def _stepped(suv: NDArray[np.floating], step: float) -> NDArray[np.uint16]:
    steps: NDArray[np.uint16] = np.rint(np.clip(suv, 0.0, None) / step).astype(np.uint16)
    return steps


def _placed(grid: Grid) -> dict[str, Any]:
    return {
        "shape": list(grid.shape_zyx),
        "spacing": [float(v) for v in grid.spacing_mm],
        "origin": [float(v) for v in grid.origin_mm],
    }


def _grid(shape: Any, spacing: Any, origin: Any, like: Grid) -> Grid:
    """An axis-aligned grid in the frame of another."""
    return Grid(
        tuple(int(n) for n in shape),  # type: ignore[arg-type]
        tuple(float(v) for v in spacing),  # type: ignore[arg-type]
        tuple(float(v) for v in origin),  # type: ignore[arg-type]
        frame_of_reference=like.frame_of_reference,
    )
