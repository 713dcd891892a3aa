"""Tumour position in the lungs: depth below the pleura, height, distance to the hilum."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom.anatomy import Thorax
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.subject import ANY, Range
from dss_core.phantom.trees import HILUM_MM


@dataclass(frozen=True)
class Site:
    """Wanted ranges (mm): depth below the pleura, height above the carina, way to the hilum."""

    depth_mm: Range
    height_mm: Range = ANY
    hilum_mm: Range = ANY


def place(thorax: Thorax, rng: np.random.Generator, site: Site, **signs: Any) -> Lesion:
    """A tumour with these signs at a random spot that fits the site, or fits it best."""
    axes, depth = thorax.lung_lattice, thorax.lung_depth
    cells = np.argwhere(depth > 4.0)
    points = np.stack(
        [axes.x_mm[cells[:, 2]], axes.y_mm[cells[:, 1]], axes.z_mm[cells[:, 0]]], axis=1
    ).astype(np.float64)
    hila = thorax.to_patient(np.asarray([HILUM_MM["right"], HILUM_MM["left"]]))
    hilum = hila[(points[:, 0] >= 0).astype(int)]
    misfit = (
        _outside(depth[tuple(cells.T)].astype(np.float64), site.depth_mm)
        + _outside(points[:, 2], site.height_mm)
        + _outside(np.linalg.norm(points - hilum, axis=1), site.hilum_mm)
    )
    best = np.flatnonzero(misfit <= misfit.min() + 1.0)
    chosen = int(rng.choice(best))
    centre = points[chosen] + rng.uniform(-2, 2, size=3)
    stretch = np.exp(rng.normal(0, 0.15, size=3))
    stretch /= np.cbrt(np.prod(stretch))
    return Lesion(
        centre_mm=_triple(centre),
        pleura_mm=_triple(_nearest_pleura(thorax, centre)),
        hilum_mm=_triple(hilum[chosen]),
        stretch=_triple(stretch),
        seed=int(rng.integers(2**62)),
        **signs,
    )


def _outside(values: NDArray[np.float64], wanted: Range) -> NDArray[np.float64]:
    """How far values lie outside a range."""
    return np.maximum(wanted[0] - values, 0) + np.maximum(values - wanted[1], 0)


def _nearest_pleura(thorax: Thorax, centre: NDArray[np.float64]) -> NDArray[np.float64]:
    axes = thorax.lung_lattice
    k, j, i = np.nonzero(np.abs(thorax.lung_depth) <= 3.5)
    shell = np.stack([axes.x_mm[i], axes.y_mm[j], axes.z_mm[k]], axis=1).astype(np.float64)
    return np.asarray(shell[np.argmin(((shell - centre) ** 2).sum(axis=1))])


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (round(float(v), 3) for v in values)
    return x, y, z
