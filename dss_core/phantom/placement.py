"""Where in the lung a tumour grows: so deep below the pleura, so high, on a random side."""

from typing import Any

import numpy as np

from dss_core.phantom.anatomy import Thorax
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.trees import HILUM_MM


def place(
    thorax: Thorax,
    rng: np.random.Generator,
    depth_mm: tuple[float, float],
    height_mm: tuple[float, float],
    **signs: Any,
) -> Lesion:
    """A tumour whose centre lies within a range of depths and heights of a patient's lungs."""
    axes = thorax.lung_lattice
    depth = thorax.lung_depth
    z = axes.z_mm[:, None, None] / thorax.build.scale[2]
    fits = (depth >= depth_mm[0]) & (depth <= depth_mm[1])
    fits &= (z >= height_mm[0]) & (z <= height_mm[1])
    cells = np.argwhere(fits)
    k, j, i = cells[int(rng.integers(len(cells)))]
    centre = np.asarray([axes.x_mm[i], axes.y_mm[j], axes.z_mm[k]], dtype=np.float64)
    centre += rng.uniform(-2, 2, size=3)
    side = "right" if centre[0] < 0 else "left"
    hilum = thorax.to_patient(np.asarray([HILUM_MM[side]]))[0]
    stretch = np.exp(rng.normal(0, 0.11, size=3))
    stretch /= np.cbrt(np.prod(stretch))
    return Lesion(
        centre_mm=_triple(centre),
        pleura_mm=_triple(_nearest_pleura(thorax, centre)),
        hilum_mm=_triple(hilum),
        stretch=_triple(stretch),
        seed=int(rng.integers(2**62)),
        **signs,
    )


def _nearest_pleura(thorax: Thorax, centre: np.ndarray) -> np.ndarray:
    axes = thorax.lung_lattice
    k, j, i = np.nonzero((thorax.lung_depth > -3.5) & (thorax.lung_depth <= 3.5))
    shell = np.stack([axes.x_mm[i], axes.y_mm[j], axes.z_mm[k]], axis=1).astype(np.float64)
    return np.asarray(shell[np.argmin(((shell - centre) ** 2).sum(axis=1))])


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (round(float(v), 3) for v in values)
    return x, y, z
