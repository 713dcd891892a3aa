"""Network slices: a region as normalised slices, stacked with their neighbours for 2.5D."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dss_core.preprocessing.tensor import Surroundings, as_network_input, network_input, squares
from dss_core.records import NetworkInput, Roi
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_core.spatial.alignment import AlignedImages


def make_tensor(
    images: AlignedImages, roi: Roi, settings: Preprocessing, adjacent_slices: AdjacentSlices
) -> NetworkInput:
    """What a network with these adjacent slices will see of this region."""
    return network_slices(
        network_input(images.ct, images.pet, roi, settings), settings, adjacent_slices
    )


def network_slices(
    alone: NetworkInput, settings: Preprocessing, adjacent_slices: AdjacentSlices
) -> NetworkInput:
    """A region's slices, each with those that the network sees at once with it.

    Parameters
    ----------
    alone : NetworkInput
        All slices of the region, one by one.
    """
    rows = adjacent_slices.rows(len(alone.x), settings.spacing_mm)
    return replace(alone, x=adjacent_slices.gather(alone.x, rows), adjacent_slices=adjacent_slices)


def network_slices_under(
    mask_zyx: NDArray[np.bool_],
    around: Surroundings,
    settings: Preprocessing,
    adjacent_slices: AdjacentSlices,
    at_most: int | None = None,
) -> NDArray[np.float32]:
    """What the network takes if a region has another outline.

    Parameters
    ----------
    mask_zyx : bool array
        On the grid of the surroundings, not empty.
    at_most : int, optional
        Only so many slices, evenly over the region's height; no other is cut out, except as
        their neighbours.

    Returns
    -------
    float32 array (n, channels of the adjacent slices, 64, 64)

    Raises
    ------
    InputError
        If a slice has no contrast in PET or CT.
    """
    touched = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    rows = adjacent_slices.rows(touched.size, settings.spacing_mm, at_most)
    needed, places = np.unique(rows, return_inverse=True)
    mask = np.zeros_like(mask_zyx)
    mask[touched[needed]] = mask_zyx[touched[needed]]
    return adjacent_slices.gather(
        as_network_input(squares(around, mask, settings)).x, places.reshape(rows.shape)
    )
