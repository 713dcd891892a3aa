"""Small pictures of what was found in files, before anything is scored.

What cannot be drawn says why; nothing here stops the page.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from dss_core.errors import DssError, GeometryError
from dss_core.geometry import Grid, touched
from dss_core.pictures.image_rendering import PET_SCALE, WINDOWS, Scale, Window, ct_scale
from dss_core.pictures.panel import Panel, as_png, draw
from dss_core.reading.first_look import ct_slice, ct_stack, pet_projection
from dss_core.reading.series_choice import Image
from dss_core.reading.volume_files import FileImage
from dss_core.reading.volume_roles import Role
from dss_core.records import Volume
from dss_core.regions.region_files import RegionSource, on_image
from dss_ui.session.chosen_files import Intake
from dss_ui.session.current import keep, kept

SIZE_PX = 320
_CLOSE_MM, _AROUND_MM = 140.0, 80.0
_AXIAL, _SPARE = 0.999, 5
_Z = 2
_SOFT = ct_scale(Window.MEDIASTINUM)
_WINDOW = "window {0.width_hu:g}, level {0.level_hu:g} HU".format(WINDOWS[Window.MEDIASTINUM])
_ACROSS = (("APSI", 2, 1), ("RLSI", 2, 0), ("RLAP", 1, 0))
"""By the world axis x, y, z that a picture is perpendicular to: its letters, and the world axes
that run down and to the right."""


@dataclass(frozen=True)
class Look:
    """A picture with its words.

    Attributes
    ----------
    png : bytes, optional
        None where nothing can be drawn.
    text : str
        What it shows, or why there is no picture.
    """

    png: bytes | None
    text: str


def look_at(intake: Intake, image: Image, role: Role) -> Look:
    """The middle slice of a CT, or a frontal projection of a PET; made once."""
    unit = image.unit if isinstance(image, FileImage) else None
    name = f"look {role} {image.uid} {unit}"
    found: Look | None = kept(name, intake.key)
    if found is None:
        found = _tried(lambda: _ct(image) if role is Role.CT else _pet(image))
        keep(name, intake.key, found)
    return found


def look_at_region(intake: Intake, index: int, ct: Image) -> Look:
    """The slice of the CT with the largest part of a region, its outline, volume and extent."""
    name = f"look region {index} {ct.uid}"
    found: Look | None = kept(name, intake.key)
    if found is None:
        found = _tried(lambda: _region(intake.regions[index], ct))
        keep(name, intake.key, found)
    return found


def _tried(make: Callable[[], Look]) -> Look:
    try:
        return make()
    except DssError as refusal:
        return Look(None, str(refusal))


def _ct(image: Image) -> Look:
    ct = ct_stack(image)
    slices = ct.grid.shape_zyx[0]
    plane = ct_slice(ct, slices // 2)
    picture = _drawn(plane, _nothing(plane), _SOFT, "CT", f"{slices // 2 + 1} of {slices}")
    return Look(picture, f"Middle slice, {_WINDOW}.")


def _pet(image: Image) -> Look:
    pet = pet_projection(image)
    grid = pet.grid
    axis = 2 - int(np.abs(np.asarray(grid.direction)[1]).argmax())
    z, y, x = (slice(0, 1 if n == axis else size) for n, size in enumerate(grid.shape_zyx))
    values = pet.values_zyx.max(axis=axis, keepdims=True)
    plane = Volume(values, grid.part((z, y, x)), pet.quantity, "")
    picture = _drawn(plane, _nothing(plane), PET_SCALE, "PET", "MIP")
    return Look(picture, f"Frontal projection, SUV 0 to {PET_SCALE.high:g}.")


def _region(region: RegionSource, image: Image) -> Look:
    ct = ct_stack(image)
    roi, _ = on_image(region, _near(ct.grid, region))
    box = touched(roi.mask_zyx)
    largest = int(roi.mask_zyx.sum(axis=(1, 2)).argmax())
    k = largest + round(float(ct.grid.to_index(np.array([roi.grid.origin_mm]))[0, 2]))
    rows, columns = (
        _around(held, size, spacing_mm)
        for held, size, spacing_mm in zip(
            box[1:], roi.grid.shape_zyx[1:], roi.grid.spacing_mm[1::-1], strict=True
        )
    )
    whole = ct_slice(ct, k)
    part = whole.grid.part((slice(0, 1), rows, columns))
    plane = Volume(whole.values_zyx[:, rows, columns], part, whole.quantity, "")
    inside = roi.mask_zyx[largest : largest + 1, rows, columns]
    picture = _drawn(plane, inside, _SOFT, "Region", f"{k + 1} of {ct.grid.shape_zyx[0]}")
    low, high = roi.grid.part(box).bounds_mm()[:, 2]
    text = f"{roi.volume_ml:.1f} mL, z {low:.0f} to {high:.0f} mm. Its largest slice, outlined."
    return Look(picture, text.replace("-", "−"))


def _near(grid: Grid, region: RegionSource) -> Grid:
    """The slices of an axial grid that the region may reach; of another all."""
    heights, normal = region.z_range_mm, np.asarray(grid.direction)[:, 2]
    if heights is None or abs(normal[2]) < _AXIAL:
        return grid
    ends = (np.array(heights) - grid.origin_mm[2]) / (normal[2] * grid.spacing_mm[2])
    slices, rows, columns = grid.shape_zyx
    low = int(np.clip(np.floor(ends.min()) - _SPARE, 0, slices - 1))
    high = int(np.clip(np.ceil(ends.max()) + _SPARE + 1, low + 1, slices))
    return grid.part((slice(low, high), slice(0, rows), slice(0, columns)))


def _around(held: slice, size: int, spacing_mm: float) -> slice:
    """Rows or columns of the tumour's surroundings."""
    side = max(_CLOSE_MM / spacing_mm, held.stop - held.start + _AROUND_MM / spacing_mm)
    middle = (held.start + held.stop) / 2.0
    low, high = round(middle - side / 2.0), round(middle + side / 2.0)
    return slice(max(low, 0), min(high, size))


def _nothing(plane: Volume) -> NDArray[np.bool_]:
    return np.zeros(plane.values_zyx.shape, dtype=np.bool_)


def _drawn(
    plane: Volume, inside_zyx: NDArray[np.bool_], scale: Scale, title: str, note: str
) -> bytes:
    """One plane upright, on a square of the scale's first colour."""
    direction, shape = np.asarray(plane.grid.direction), plane.values_zyx.shape
    world = np.abs(direction).argmax(axis=0)[::-1]  # by axis of the array
    if sorted(world) != [0, 1, 2]:
        raise GeometryError("The slices are oblique to the patient; the viewer shows them.")
    letters, down, right = _ACROSS[int(world[shape.index(1)])]
    axes = [shape.index(1), *(int(np.flatnonzero(world == w)[0]) for w in (down, right))]
    ascending = [direction[world[a], 2 - a] > 0 for a in axes[1:]]
    rows = slice(None, None, 1 if ascending[0] == (down != _Z) else -1)
    columns = slice(None, None, 1 if ascending[1] else -1)
    values = plane.values_zyx.transpose(axes)[0][rows, columns]
    inside = inside_zyx.transpose(axes)[0][rows, columns]
    row_mm, column_mm = (plane.grid.spacing_mm[2 - a] for a in axes[1:])
    pixel_mm = max(values.shape[0] * row_mm, values.shape[1] * column_mm) / SIZE_PX
    size = (
        max(1, round(values.shape[1] * column_mm / pixel_mm)),
        max(1, round(values.shape[0] * row_mm / pixel_mm)),
    )
    smooth = Picture.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    mask = Picture.fromarray(np.ascontiguousarray(inside))
    square = np.full((SIZE_PX, SIZE_PX), scale.low, dtype=np.float32)
    outline = np.zeros(square.shape, dtype=np.bool_)
    top, left = (SIZE_PX - size[1]) // 2, (SIZE_PX - size[0]) // 2
    place = slice(top, top + size[1]), slice(left, left + size[0])
    square[place] = np.asarray(smooth.resize(size, Picture.Resampling.BILINEAR))
    outline[place] = np.asarray(mask.resize(size, Picture.Resampling.NEAREST))
    panel = Panel(scale.paint(square), outline, pixel_mm, title, note, scale, letters)
    return as_png(draw(panel, SIZE_PX))
