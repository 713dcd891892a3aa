"""Simulated thorax of smooth shapes in patient millimetres, different in every patient.

The shapes are written once, for a reference thorax whose origin is the carina. A patient is that
thorax scaled and gently warped, with own fat, lung density, emphysema and vessel trees. Fields
are sampled on a coarse lattice in patient space by asking where each point lies in the reference
thorax; lines (ribs, vessels) go the other way.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom import organs
from dss_core.phantom.shapes import Axes, Field
from dss_core.phantom.trees import Trees, grow_trees

LUNG_LATTICE_MM = 7.0
REACH_MM = ((-160.0, 160.0), (-130.0, 130.0), (-210.0, 130.0))


@dataclass(frozen=True)
class Build:
    """What makes one patient's thorax differ from the reference.

    Attributes
    ----------
    scale : (float, float, float)
        Patient over reference size along x, y, z.
    warp_mm : float array (waves, 3)
        Amplitude of each wave of the deformation along x, y, z.
    warp_waves : float array (waves, 4)
        Wave vector (rad/mm, reference space) and phase of each wave.
    fat_mm : float
        Subcutaneous fat thickness.
    breast : float
        Size of the breasts, 0 to 1.
    lung_hu, gravity_hu : float
        Mean lung density, and how much denser the dependent lung is than the non-dependent.
    emphysema : float
        Share of the lung taken by low-attenuation areas, 0 to 0.5.
    myocardium_suv : float
        Uptake of the left ventricle, which varies most of all organs.
    seed : int
        Of the textures and vessel trees.
    """

    scale: tuple[float, float, float]
    warp_mm: NDArray[np.float64]
    warp_waves: NDArray[np.float64]
    fat_mm: float
    breast: float
    lung_hu: float
    gravity_hu: float
    emphysema: float
    myocardium_suv: float
    seed: int


def sample_build(rng: np.random.Generator, emphysema: float | None = None) -> Build:
    """Draw a patient; give `emphysema` to fix it rather than draw it."""
    waves = 6
    direction = rng.normal(size=(waves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length_mm = rng.uniform(120, 260, size=(waves, 1))
    female = rng.random() < 0.5
    size = rng.normal(0.97 if female else 1.03, 0.035)
    drawn = float(rng.beta(1.2, 14.0))
    return Build(
        scale=(
            float(size * rng.normal(1, 0.03)),
            float(size * rng.normal(1, 0.04)),
            float(size * rng.normal(1, 0.03)),
        ),
        warp_mm=rng.normal(0, 1.5, size=(waves, 3)),
        warp_waves=np.concatenate(
            [direction * 2 * np.pi / length_mm, rng.uniform(0, 2 * np.pi, size=(waves, 1))], axis=1
        ),
        fat_mm=float(np.clip(rng.gamma(6.0, 2.2), 5, 32)),
        breast=float(rng.uniform(0.35, 1.0)) if female else 0.0,
        lung_hu=float(rng.normal(-862, 18)),
        gravity_hu=float(rng.uniform(35, 95)),
        emphysema=drawn if emphysema is None else emphysema,
        myocardium_suv=float(np.exp(rng.normal(np.log(3.0), 0.45))),
        seed=int(rng.integers(2**62)),
    )


@dataclass(frozen=True)
class Thorax:
    """A patient: a build, and what follows from it."""

    build: Build

    def to_patient(self, reference_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient position (n, 3) mm of reference positions (n, 3) mm."""
        return np.asarray(reference_mm * np.asarray(self.build.scale) + self._warp(reference_mm))

    def reference_mesh(self, axes: Axes) -> tuple[Field, Field, Field]:
        """Where the points of patient axes lie in the reference thorax."""
        scaled = [p / np.float32(s) for p, s in zip(axes.mesh(), self.build.scale, strict=True)]
        out = [np.zeros(axes.shape, np.float32) + s for s in scaled]
        for wave, amplitude in zip(self.build.warp_waves, self.build.warp_mm, strict=True):
            k = wave.astype(np.float32)
            sine = np.sin(scaled[0] * k[0] + scaled[1] * k[1] + scaled[2] * k[2] + k[3])
            for i, s in enumerate(self.build.scale):
                out[i] -= sine * np.float32(amplitude[i] / s)
        return out[0], out[1], out[2]

    def _warp(self, reference_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        phase = reference_mm @ self.build.warp_waves[:, :3].T + self.build.warp_waves[:, 3]
        return np.asarray(np.sin(phase) @ self.build.warp_mm)

    @cached_property
    def lung_lattice(self) -> Axes:
        """Coarse axes over both lungs."""
        return Axes(
            *(
                np.arange(lo * 1.12, hi * 1.12, LUNG_LATTICE_MM, dtype=np.float32)
                for lo, hi in REACH_MM
            )
        )

    @cached_property
    def lung_depth(self) -> Field:
        """Distance (mm) into either lung on `lung_lattice`."""
        shape = organs.chest(self.reference_mesh(self.lung_lattice), self.build.fat_mm, 0.0)
        return np.maximum(shape.lung_right, shape.lung_left)

    def lung_points(self, least_depth_mm: float) -> NDArray[np.float64]:
        """Lattice points (n, 3) mm that lie at least so deep in a lung."""
        z, y, x = np.nonzero(self.lung_depth > least_depth_mm)
        axes = self.lung_lattice
        return np.stack([axes.x_mm[x], axes.y_mm[y], axes.z_mm[z]], axis=1).astype(np.float64)

    @cached_property
    def trees(self) -> Trees:
        """Vessels and airways of both lungs, everywhere equally dense."""
        return self.trees_around(None)

    def trees_around(self, focus_mm: NDArray[np.float64] | None) -> Trees:
        """Vessels and airways; with a focus box (2, 3) they are dense only inside it."""
        rng = np.random.default_rng([self.build.seed, 1])
        return grow_trees(self.lung_points(3.0), LUNG_LATTICE_MM, self.to_patient, focus_mm, rng)
