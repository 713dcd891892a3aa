"""Image statistics around a tumour: eleven numbers with units.

They are taken before the normalisation, which removes the scale of CT and PET: CT in the air's
place, or a PET in Bq/mL, shows here and nowhere later. No network has a part in them, nor has the
grain of an image: a scanner's kernel alone is no reason to give no score.
"""

import numpy as np
from numpy.typing import NDArray

from dss_core.settings import Preprocessing

Images = NDArray[np.floating]

FEATURES = (
    "share of the CT below -600 HU (lung, air)",
    "share of the CT from -600 to -150 HU",
    "share of the CT from -150 to -20 HU (fat)",
    "share of the CT from -20 to 150 HU (soft tissue)",
    "share of the CT above 150 HU (bone)",
    "mean CT in the middle (HU)",
    "mean PET in the middle (log10 SUV)",
    "mean PET at the border (log10 SUV)",
    "highest PET (log10 SUV)",
    "PET contrast between middle and border (log10)",
    "correlation of PET and CT",
)
"""Names of the numbers, in order."""

_CENTRE, _BORDER = 16, 8
_FLOOR_SUV = 0.01


def image_statistics(pet: Images, ct: Images, settings: Preprocessing) -> NDArray[np.float64]:
    """The numbers named in `FEATURES`, for every slice.

    Parameters
    ----------
    pet, ct : float arrays (n, size, size)
        Windowed, the window's lower end at 0, as in `RegionImages`.
    settings : Preprocessing
        Whose windows say what 0 was.

    Returns
    -------
    float64 array (n, len(FEATURES))
    """
    hu = np.asarray(ct, dtype=np.float64) + settings.ct_window_hu[0]
    suv = np.asarray(pet, dtype=np.float64) + settings.pet_window_suv[0]
    size = hu.shape[-1]
    ring = np.ones((size, size), dtype=np.bool_)
    ring[_BORDER:-_BORDER, _BORDER:-_BORDER] = False
    half = (size - _CENTRE) // 2
    middle = (slice(None), slice(half, half + _CENTRE), slice(half, half + _CENTRE))
    edges = (-600.0, -150.0, -20.0, 150.0)
    below = [np.zeros(len(hu)), *((hu < e).mean(axis=(1, 2)) for e in edges), np.ones(len(hu))]
    inner, outer = suv[middle].mean(axis=(1, 2)), suv[:, ring].mean(axis=1)
    return np.stack(
        [
            *np.diff(below, axis=0),
            hu[middle].mean(axis=(1, 2)),
            _log(inner),
            _log(outer),
            _log(suv.max(axis=(1, 2))),
            _log(inner) - _log(outer),
            _correlation(suv, hu),
        ],
        axis=1,
    )


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log10(np.maximum(values, _FLOOR_SUV)))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson correlation of each pair of images; 0 where one is constant."""
    a, b = (v - v.mean(axis=(1, 2), keepdims=True) for v in (a, b))
    spread = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2)))
    shared = (a * b).sum(axis=(1, 2))
    return np.asarray(np.divide(shared, spread, out=np.zeros_like(shared), where=spread > 0))
