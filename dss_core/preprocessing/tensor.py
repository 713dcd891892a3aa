"""Network input: the published computation from images and region to tensor.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Methods; normalisation verified against the release's
sample arrays (see tests/reference).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.preprocessing.neighbourhood import neighbourhood
from dss_core.preprocessing.normalisation import FlatImageError, Images, normalise, windowed
from dss_core.records import NetworkInput, Quantity, RegionImages, Roi, Volume
from dss_core.settings import Preprocessing
from dss_core.spatial.resampling import resample_mask, resample_volume


@dataclass(frozen=True)
class Surroundings:
    """CT and PET around a region on one isotropic grid, and the region there.

    Attributes
    ----------
    ct_zyx, pet_zyx : float32 arrays
        HU and SUVbw, not windowed; the windows' lower ends outside the images.
    mask_zyx : bool array
        The region.
    grid : Grid
        Along the patient's axes.
    margin_mm : float
        Growth of the squares on each side of the region that they were resampled for.
    """

    ct_zyx: NDArray[np.float32]
    pet_zyx: NDArray[np.float32]
    mask_zyx: NDArray[np.bool_]
    grid: Grid
    margin_mm: float


def network_input(ct: Volume, pet: Volume, roi: Roi, settings: Preprocessing) -> NetworkInput:
    """CT, PET and region in one space become the network's slices.

    Parameters
    ----------
    ct : Volume
        In HU.
    pet : Volume
        In SUVbw, same frame of reference.
    roi : Roi
    settings : Preprocessing

    Raises
    ------
    InputError
        If a quantity is wrong or a slice has no contrast in PET or CT.
    """
    return as_network_input(region_images(ct, pet, roi, settings))


def as_network_input(images: RegionImages) -> NetworkInput:
    """Normalised images as the network takes them.

    Raises
    ------
    InputError
        If a slice has no contrast in PET or CT.
    """
    try:
        x = normalise(images.pet, images.ct)
    except FlatImageError as flat:
        raise InputError(
            f"The {flat.channel} is constant around the region at z = "
            f"{images.z_mm[flat.index]:.1f} mm, so it cannot be normalised. Check that the region "
            "lies on the tumour and inside the image."
        ) from flat
    return NetworkInput(
        x.astype(np.float32), images.z_mm, images.centre_mm, images.side_mm, images.mask
    )


def region_images(ct: Volume, pet: Volume, roi: Roi, settings: Preprocessing) -> RegionImages:
    """The squares around the region on every 1 mm slice it touches, before normalisation.

    Raises
    ------
    InputError
        If a quantity is wrong or the region meets no slice.
    """
    around = surroundings(ct, pet, roi, settings)
    return squares(around, around.mask_zyx, settings)


def surroundings(
    ct: Volume, pet: Volume, roi: Roi, settings: Preprocessing, reach_mm: float = 0.0
) -> Surroundings:
    """CT, PET and region resampled once.

    Parameters
    ----------
    ct, pet, roi, settings
        As in `network_input`.
    reach_mm : float
        How far masks given to `squares` may go beyond the region.

    Raises
    ------
    InputError
        If a quantity is wrong or the region meets no slice.
    """
    if ct.quantity is not Quantity.HU or pet.quantity is not Quantity.SUVBW:
        raise InputError(
            f"CT in HU and PET in SUVbw were expected, found {ct.quantity} and {pet.quantity}."
        )
    grid = neighbourhood(roi, settings.spacing_mm, settings.margin_mm, reach_mm)
    mask = resample_mask(roi, grid).mask_zyx
    touched = np.flatnonzero(mask.any(axis=(1, 2)))
    if touched.size == 0:
        raise InputError(
            f"The region {roi.name!r} is thinner than {settings.spacing_mm:g} mm and contains no "
            "slice. Draw the whole tumour."
        )
    reach = math.ceil(reach_mm / settings.spacing_mm)
    start, stop = max(int(touched[0]) - reach, 0), int(touched[-1]) + 1 + reach
    mask = mask[start:stop]
    x, y, z = grid.origin_mm
    origin = (x, y, z + start * grid.spacing_mm[2])
    grid = replace(grid, shape_zyx=mask.shape, origin_mm=origin)
    return Surroundings(
        ct_zyx=resample_volume(ct, grid, settings.ct_window_hu[0]),
        pet_zyx=resample_volume(pet, grid, settings.pet_window_suv[0]),
        mask_zyx=mask,
        grid=grid,
        margin_mm=settings.margin_mm,
    )


def squares(
    around: Surroundings,
    mask_zyx: NDArray[np.bool_],
    settings: Preprocessing,
) -> RegionImages:
    """The squares around a mask on every slice it touches, before normalisation.

    Parameters
    ----------
    around : Surroundings
    mask_zyx : bool array
        On the grid of the surroundings, not empty.
    settings : Preprocessing
    """
    return in_windows(open_squares(around, mask_zyx, settings), settings)


def in_windows(images: RegionImages, settings: Preprocessing) -> RegionImages:
    """Squares of `open_squares`, PET and CT cut to their windows."""
    return replace(
        images,
        pet=windowed(images.pet, settings.pet_window_suv),
        ct=windowed(images.ct, settings.ct_window_hu),
    )


def open_squares(
    around: Surroundings, mask_zyx: NDArray[np.bool_], settings: Preprocessing
) -> RegionImages:
    """As `squares`, with PET in SUV and CT in HU as they are, not cut to any window."""
    grid = around.grid
    touched = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    n, size = touched.size, settings.size_px
    ct_images, pet_images = np.empty((n, size, size)), np.empty((n, size, size))
    masks = np.empty((n, size, size), dtype=np.bool_)
    centre_mm: Images = np.empty((n, 2))
    side_mm: Images = np.empty(n)
    for row, k in enumerate(touched):
        mask = mask_zyx[k]
        centre, side = _square(mask, settings.margin_mm / settings.spacing_mm)
        y, x = _samples(centre[1], side, size), _samples(centre[0], side, size)
        ct_images[row] = _bilinear(around.ct_zyx[k], y, x)
        pet_images[row] = _bilinear(around.pet_zyx[k], y, x)
        masks[row] = mask[np.ix_(_nearest(y, grid.shape_zyx[1]), _nearest(x, grid.shape_zyx[2]))]
        centre_mm[row] = np.asarray(grid.origin_mm[:2]) + centre * settings.spacing_mm
        side_mm[row] = side * settings.spacing_mm
    z_mm: Images = grid.origin_mm[2] + touched.astype(np.float64) * settings.spacing_mm
    return RegionImages(
        pet=pet_images,
        ct=ct_images,
        z_mm=z_mm,
        centre_mm=centre_mm,
        side_mm=side_mm,
        mask=masks,
    )


def _square(mask: NDArray[np.bool_], margin: float) -> tuple[NDArray[np.float64], float]:
    """Centre (column, row) and side, in pixels, of the square around one slice's region."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    low = np.array([columns[0], rows[0]], dtype=np.float64)
    high = np.array([columns[-1], rows[-1]], dtype=np.float64)
    return (low + high) / 2.0, float((high - low).max()) + 1.0 + 2.0 * margin


def _samples(centre: float, side: float, size: int) -> NDArray[np.float64]:
    """Pixel positions of `size` samples across a square, at the centres of its cells."""
    return centre + side * ((np.arange(size) + 0.5) / size - 0.5)


def _bilinear(
    image: NDArray[np.float32], y: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values at rows y and columns x; where the image is flat, exactly its value.

    No matrix product: its threads would cost a hundred times the work, and its last digits would
    depend on their number.
    """
    top, down = _between(y, image.shape[0])
    left, right = _between(x, image.shape[1])
    rows = image[top].astype(np.float64)
    rows += down[:, None] * (image[top + 1].astype(np.float64) - rows)
    columns = rows[:, left]
    return np.asarray(columns + right * (rows[:, left + 1] - columns))


def _between(at: NDArray[np.float64], n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The pixel before each position and how far beyond it; positions are clamped to the image."""
    at = np.clip(at, 0.0, n - 1.0)
    before = np.minimum(at.astype(np.int64), n - 2)
    return before, at - before


def _nearest(at: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    return np.clip(np.rint(at), 0, n - 1).astype(np.int64)
