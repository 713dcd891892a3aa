"""The published normalisation of the squares around a region, slice by slice."""

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import InputError

EPSILON = 1e-7
Images = NDArray[np.float64]


def windowed(images: Images, window: tuple[float, float]) -> Images:
    """Values clipped to the window and shifted so that its lower end is 0 ("no signal")."""
    return np.clip(images, *window) - window[0]


def normalise(pet: Images, ct: Images) -> Images:
    """The published normalisation, slice by slice.

    Min-max over the non-zero pixels (zeros stay 0) of PET and CT, their sum as fusion, then
    z-scores with the sample standard deviation.

    Parameters
    ----------
    pet, ct : float arrays (n, rows, columns)
        Not negative; 0 means no signal.

    Returns
    -------
    float64 array (n, 3, rows, columns)
        Channels PET, CT, fusion.

    Raises
    ------
    InputError
        If an image is constant: it has no z-score.
    """
    pet_01, ct_01 = min_max(pet), min_max(ct)
    channels = {"PET": pet_01, "CT": ct_01, "fusion": pet_01 + ct_01}
    scored = []
    for name, images in channels.items():
        spread = images.std(axis=(1, 2), ddof=1, keepdims=True)
        flat = np.flatnonzero(spread.ravel() <= EPSILON)
        if flat.size:
            raise FlatImageError(name, int(flat[0]))
        scored.append((images - images.mean(axis=(1, 2), keepdims=True)) / spread)
    return np.stack(scored, axis=1)


def min_max(images: Images) -> Images:
    """Min-max over each image's non-zero pixels; zeros stay 0; denominator max - min + 1e-7."""
    images = np.asarray(images, dtype=np.float64)
    signal = images != 0.0
    low = np.where(signal, images, np.inf).min(axis=(1, 2), keepdims=True)
    high = np.where(signal, images, -np.inf).max(axis=(1, 2), keepdims=True)
    empty = ~signal.any(axis=(1, 2), keepdims=True)
    low, high = np.where(empty, 0.0, low), np.where(empty, 0.0, high)
    return np.where(signal, (images - low) / (high - low + EPSILON), 0.0)


class FlatImageError(InputError):
    """A constant image: which channel, and which slice."""

    def __init__(self, channel: str, index: int) -> None:
        super().__init__(
            f"The {channel} image of slice {index + 1} is constant, so it has no z-score; "
            "give an image with contrast."
        )
        self.channel = channel
        self.index = index
