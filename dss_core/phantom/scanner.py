"""Scanner model: limited sharpness, noise, whole numbers.

The CT edge and line widths of the painter stand for the kernel; here come correlated noise and
rounding. PET is the painted uptake blurred by the system's point spread, with noise whose
variance follows the activity, smoothed by the reconstruction filter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from dss_core.geometry import Grid
from dss_core.phantom.painter import Painter, Sharpness
from dss_core.phantom.shapes import Axes, Field
from dss_core.records import Quantity

FWHM = 2.3548
SLAB = 15


@dataclass(frozen=True)
class CtProtocol:
    """How sharp and how noisy the CT is.

    Attributes
    ----------
    psf_mm : float
        Full width at half maximum of the in-plane point spread.
    noise_hu : float
        Standard deviation in soft tissue.
    grain_px : float
        Correlation length of the noise in pixels (Gaussian standard deviation).
    """

    psf_mm: float = 1.5
    noise_hu: float = 14.0
    grain_px: float = 0.75

    def sharpness(self, grid: Grid) -> Sharpness:
        """Edge and line widths on a grid: the kernel, and no finer than the voxels."""
        sigma = max(self.psf_mm, 0.9 * grid.spacing_mm[0]) / FWHM
        return Sharpness(
            edge_mm=float(2.5 * sigma),
            line_xy_mm=float(sigma),
            line_z_mm=float(max(grid.spacing_mm[2] / 2.6, sigma)),
        )


@dataclass(frozen=True)
class PetProtocol:
    """How sharp and how noisy the PET is.

    Attributes
    ----------
    psf_mm : float
        Full width at half maximum of the whole system, in plane and along z.
    filter_mm : float
        Full width at half maximum of the noise grain.
    noise : float
        Standard deviation over mean at SUV 2 (about the liver).
    """

    psf_mm: float = 6.2
    filter_mm: float = 5.0
    noise: float = 0.10


def ct_slab(
    painter: Painter, grid: Grid, protocol: CtProtocol, rng: np.random.Generator
) -> NDArray[np.int16]:
    """CT numbers (HU) on the grid as a scanner would store them."""
    hu = painter.paint(Axes.of(grid), Quantity.HU, protocol.sharpness(grid))
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    for axis in (1, 2):
        noise = gaussian_filter1d(noise, protocol.grain_px, axis=axis, truncate=2.5)
    gain = protocol.noise_hu / _kept(protocol.grain_px, 2.5) ** 2
    noise *= np.float32(gain)
    hu += noise
    return np.clip(np.rint(hu, out=hu), -1024, 3071).astype(np.int16)


def suv_without_noise(painter: Painter, grid: Grid, protocol: PetProtocol) -> Field:
    """SUVbw on the grid after the point spread; the tumour's maximum is its `suv_max`."""
    axes = Axes.of(grid)
    sharp = _pet_sharpness(grid)
    sigma = _sigma_voxels(protocol.psf_mm, grid)
    background = gaussian_filter(painter.paint(axes, Quantity.SUVBW, sharp), sigma, truncate=3)
    if painter.lesion is None:
        return background
    tumour = gaussian_filter(painter.tumour_uptake(axes, sharp), sigma, truncate=3)
    # largest scale at which no voxel of the tumour exceeds suv_max: the maximum is met exactly
    own = tumour > 0.2 * tumour.max()
    scale = float(((painter.lesion.suv_max - background[own]) / tumour[own]).min())
    return np.asarray(background + np.float32(max(scale, 0.0)) * tumour)


def add_pet_noise(suv: Field, grid: Grid, protocol: PetProtocol, rng: np.random.Generator) -> Field:
    """SUVbw with count noise: variance in proportion to activity, grain of the filter."""
    noise = rng.standard_normal(suv.shape, dtype=np.float32)
    noise *= np.sqrt(np.maximum(suv, 0.02))
    sigma = _sigma_voxels(protocol.filter_mm, grid)
    gain = protocol.noise * np.sqrt(2.0) / np.prod([_kept(s, 3.0) for s in sigma])
    grain = gaussian_filter(noise, sigma, truncate=3.0)
    return np.maximum(suv + grain * np.float32(gain), 0)


def _kept(sigma: float, truncate: float) -> float:
    """Standard deviation that white noise of unit spread keeps after a Gaussian along one axis."""
    reach = int(truncate * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return float(np.sqrt((kernel**2).sum()) / kernel.sum())


def _pet_sharpness(grid: Grid) -> Sharpness:
    width = grid.spacing_mm[0]
    return Sharpness(edge_mm=width, line_xy_mm=width / FWHM, line_z_mm=grid.spacing_mm[2] / FWHM)


def _sigma_voxels(fwhm_mm: float, grid: Grid) -> tuple[float, float, float]:
    """Gaussian standard deviation in voxels along z, y, x."""
    x, y, z = grid.spacing_mm
    return fwhm_mm / FWHM / z, fwhm_mm / FWHM / y, fwhm_mm / FWHM / x
