"""Receptive fields: where an activation lies on the network's input.

A position stands for the centre of its receptive field. TensorFlow's 'same' padding puts the odd
pixel to the right and below, so every 3x3 convolution of stride 2 moves the centres half a pixel of
its own input that way: after three of them the 8x8 positions lie 3.5 pixels right of and below an
even division of the image into eight. Maps drawn as an even division would point beside the place.

References
----------
Araujo et al., Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Positions:
    """Centres of the positions in pixels of the image; the centre of the first pixel is 0.

    Attributes
    ----------
    rows_px, columns_px : tuple of float
        Ascending.
    """

    rows_px: tuple[float, ...]
    columns_px: tuple[float, ...]


def evenly(positions: int, size_px: int) -> tuple[float, ...]:
    """Centres of an even division of an axis: right without strides and uneven padding."""
    step = size_px / positions
    return tuple(step * (k + 0.5) - 0.5 for k in range(positions))


def enlarge(maps: Tensor, positions: Positions, size_px: int) -> Tensor:
    """Maps (n, rows, columns) on the image (n, size_px, size_px), linear between position centres.

    Pixels outside the outermost centres take the value of the nearest position.
    """
    down, across = (_weights(at, size_px) for at in (positions.rows_px, positions.columns_px))
    return down @ maps @ across.T


def _weights(centres_px: tuple[float, ...], size_px: int) -> Tensor:
    """Linear interpolation from positions to pixels as a matrix (size_px, positions)."""
    n = len(centres_px)
    weights = torch.zeros(size_px, n)
    if n == 1:
        return weights + 1.0
    at = torch.tensor(centres_px, dtype=torch.float32)
    pixels = torch.arange(size_px, dtype=torch.float32).clamp(float(at[0]), float(at[-1]))
    left = (torch.searchsorted(at, pixels, right=True) - 1).clamp(0, n - 2)
    part = (pixels - at[left]) / (at[left + 1] - at[left])
    rows = torch.arange(size_px)
    weights[rows, left], weights[rows, left + 1] = 1.0 - part, part
    return weights
