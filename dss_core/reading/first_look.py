"""A first look at an image before it is read: its middle slice, or the projection of some slices.

Reads one slice of a CT and at most `MOST_SLICES` of a PET; everything that makes their values is
checked as it is when the whole series is read (`dss_core.reading.volume`, `dss_core.reading.suv`).
"""

from dataclasses import replace

import numpy as np

from dss_core.geometry import Grid
from dss_core.reading.hounsfield import check_says_hu
from dss_core.reading.series_choice import Image
from dss_core.reading.suv import read_pet, suv_plan
from dss_core.reading.volume import Stack, read_ct, read_values, stack_of
from dss_core.reading.volume_files import FileImage
from dss_core.records import Quantity, Volume

MOST_SLICES = 64


def ct_stack(image: Image) -> Stack | Volume:
    """The slices of a CT in order, unread; a volume file as a whole.

    Raises
    ------
    InputError, GeometryError
        If it is not one regular stack, or not CT.
    """
    return read_ct(image)[0] if isinstance(image, FileImage) else stack_of(image)


def ct_slice(ct: Stack | Volume, index: int) -> Volume:
    """One slice of a CT, HU.

    Parameters
    ----------
    ct : Stack or Volume
        As `ct_stack` gives it.
    index : int
        Of the slice, from the first in space.

    Raises
    ------
    InputError
        If its values cannot be read or are not HU.
    """
    grid = _slice_grid(ct.grid, index, 1)
    if isinstance(ct, Volume):
        return Volume(ct.values_zyx[index : index + 1], grid, Quantity.HU, "")
    item = ct.slices[index]
    check_says_hu(item.header)
    return Volume(read_values(Stack((item,), grid, ())), grid, Quantity.HU, "")


def pet_projection(image: Image) -> Volume:
    """SUVbw of a PET, every n-th slice of at most `MOST_SLICES`; a volume file as a whole.

    Raises
    ------
    InputError, GeometryError
        If it is not one regular stack, or SUVbw cannot be computed.
    """
    if isinstance(image, FileImage):
        return read_pet(image).volume
    stack = stack_of(image)
    plan = suv_plan([s.header for s in stack.slices])
    step = -(-len(stack.slices) // MOST_SLICES)
    grid = _slice_grid(stack.grid, 0, len(stack.slices[::step]), step)
    suv = read_values(Stack(stack.slices[::step], grid, ()))
    suv *= plan.factors[::step].astype(np.float32)[:, None, None]
    return Volume(suv, grid, Quantity.SUVBW, "")


def _slice_grid(grid: Grid, first: int, n: int, step: int = 1) -> Grid:
    """Every `step`-th slice of a grid."""
    _, rows, columns = grid.shape_zyx
    part = grid.part((slice(first, first + n), slice(0, rows), slice(0, columns)))
    across, down, between = part.spacing_mm
    return replace(part, spacing_mm=(across, down, between * step))
