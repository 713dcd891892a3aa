"""Augmentation: variants of the training images, normalised afterwards.

Geometry is changed on the windowed PET and CT, and the published normalisation comes after
it, as the authors did; what leaves the square becomes 0, "no signal".

References
----------
Mu et al., Nat Commun 11:5228 (2020), Methods (rotation, flips, shift, zoom, shear).
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from dss_core.training.training_config import Augmentation

EPSILON = 1e-7


def augment(images: Tensor, ranges: Augmentation, generator: torch.Generator) -> Tensor:
    """Random affine change of each image, bilinear.

    Parameters
    ----------
    images : float tensor (n, 2, 64, 64)
        Windowed PET and CT.
    """

    def draw(limit: float) -> Tensor:
        return (2.0 * torch.rand(n, generator=generator) - 1.0) * limit

    n = images.shape[0]
    angle, shear = draw(math.radians(ranges.rotation_deg)), draw(math.radians(ranges.shear_deg))
    zoom = 1.0 + draw(ranges.zoom)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = cos, -sin + torch.tan(shear)
    matrix[:, 1, 0], matrix[:, 1, 1] = sin, cos
    matrix[:, 0, 2], matrix[:, 1, 2] = draw(2.0 * ranges.shift), draw(2.0 * ranges.shift)
    if ranges.flips:
        signs = torch.randint(0, 2, (n, 2, 1), generator=generator) * 2.0 - 1.0
        matrix[:, :, :2] *= signs
    matrix = matrix.to(images.device)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False, padding_mode="zeros")


def normalise_slices(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """`normalise_batch` on an array: (n, 2 k, 64, 64) to float32 (n, 3 k, 64, 64)."""
    return np.asarray(normalise_batch(torch.from_numpy(images)).numpy())


def normalise_batch(images: Tensor) -> Tensor:
    """The published normalisation on tensors: (n, 2, 64, 64) to (n, 3, 64, 64).

    Further pairs (n, 2 k, 64, 64) give further channels (n, 3 k, 64, 64), each pair for itself.
    Equal to `dss_core.preprocessing.tensor.normalise`, which is the plain reference; a constant
    image, which the reference refuses, becomes zeros here so that a batch can go on.
    """
    n, channels_in, rows, columns = images.shape
    images = images.reshape(-1, 2, rows, columns)
    signal = images != 0.0
    low = torch.where(signal, images, torch.inf).amin(dim=(2, 3), keepdim=True)
    high = torch.where(signal, images, -torch.inf).amax(dim=(2, 3), keepdim=True)
    scaled = torch.where(signal, (images - low) / (high - low + EPSILON), 0.0)
    channels = torch.cat([scaled, scaled.sum(dim=1, keepdim=True)], dim=1)
    mean = channels.mean(dim=(2, 3), keepdim=True)
    spread = channels.std(dim=(2, 3), correction=1, keepdim=True)
    scored = torch.where(spread > EPSILON, (channels - mean) / spread.clamp_min(EPSILON), 0.0)
    return scored.reshape(n, channels_in // 2 * 3, rows, columns)
