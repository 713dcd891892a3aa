"""One lung tumour as a parametric shape with the signs radiologists read.

A star-shaped body (radius as a smooth function of direction) carries lobulation and a solid core
inside a ground-glass halo; lines carry spicules, bronchi with air and pleural tags; the core may
be necrotic or hollow. The tumour replaces lung and stops a little beyond the pleura.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom import tissues as t
from dss_core.phantom.shapes import Axes, Field, edge
from dss_core.phantom.tubes import Tubes, line_spread

Point3 = tuple[float, float, float]
GROUND_GLASS_HU = -590.0
NECROSIS_HU = 20.0
INVASION_MM = 1.5
TAG_REACH_MM = 18.0


@dataclass(frozen=True)
class Lesion:
    """Parameters of a tumour.

    Attributes
    ----------
    centre_mm : (x, y, z)
        Patient position (LPS).
    diameter_mm : float
        Diameter of the sphere of equal volume, halo included.
    stretch : (float, float, float)
        Relative size along x, y, z; product 1.
    lobulation, spiculation : float
        0 smooth and round to 1 strongly lobulated or spiculated.
    ground_glass : float
        Share of the diameter that is ground glass: 0 solid, 1 pure ground glass.
    air_bronchogram, pleural_tag, post_obstructive : bool
    cavity, necrosis : float
        Diameter of the hollow or necrotic part over that of the core, 0 to 0.7.
    suv_max : float
        Highest SUVbw in the noise-free image at scanner resolution.
    heterogeneity : float
        Standard deviation of uptake inside the tumour over its mean, 0 to about 0.4.
    pleura_mm : (x, y, z)
        Pleural point nearest to the centre.
    hilum_mm : (x, y, z)
        Hilum of the same lung.
    seed : int
    """

    centre_mm: Point3
    diameter_mm: float
    suv_max: float
    seed: int
    pleura_mm: Point3
    hilum_mm: Point3
    stretch: Point3 = (1.0, 1.0, 1.0)
    lobulation: float = 0.0
    spiculation: float = 0.0
    ground_glass: float = 0.0
    air_bronchogram: bool = False
    pleural_tag: bool = False
    post_obstructive: bool = False
    cavity: float = 0.0
    necrosis: float = 0.0
    heterogeneity: float = 0.0

    @property
    def radius_mm(self) -> float:
        """Radius of the sphere of equal volume."""
        return self.diameter_mm / 2

    @property
    def reach_mm(self) -> float:
        """Nothing of the tumour's own tissue lies farther from its centre."""
        return float(self.radius_mm * 1.75 + 14)

    # ------------------------------------------------------------------ shape

    @cached_property
    def _lobes(self) -> tuple[Field, Field, Field, float]:
        """Lobe directions (n, 3), heights (n,), sharpness (n,), and the scale to equal volume."""
        rng = np.random.default_rng([self.seed, 1])
        large, small = 5, 26
        v = rng.normal(size=(large + small, 3))
        v /= np.linalg.norm(v, axis=1, keepdims=True)
        height = np.concatenate(
            [
                rng.uniform(-0.12, 0.34, large) * self.lobulation,
                rng.uniform(-0.05, 0.05, small) * (0.15 + self.lobulation),
            ]
        )
        sharp = np.concatenate([rng.uniform(2.5, 6, large), rng.uniform(12, 30, small)])
        sphere = _fibonacci(600)
        r = 1 + (np.exp(sharp * (sphere @ v.T - 1)) * height).sum(axis=1)
        scale = float(np.mean(r**3) ** (-1 / 3))
        return v.astype(np.float32), height.astype(np.float32), sharp.astype(np.float32), scale

    def level(self, point: tuple[Field, Field, Field], share: float = 1.0) -> Field:
        """Distance (mm, positive inside) to the surface shrunk to `share` of its radius."""
        d = [
            (p - np.float32(c)) / np.float32(s)
            for p, c, s in zip(point, self.centre_mm, self.stretch, strict=True)
        ]
        r = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) + np.float32(1e-3)
        directions, height, sharp, scale = self._lobes
        radius = np.ones_like(r)
        for v, h, k in zip(directions, height, sharp, strict=True):
            cosine = (d[0] * v[0] + d[1] * v[1] + d[2] * v[2]) / r
            radius += h * np.exp(k * (cosine - 1))
        return np.asarray(radius * np.float32(self.radius_mm * scale * share) - r)

    def retraction(self, point: tuple[Field, Field, Field], lungs: Field) -> Field:
        """How far (mm) the pleura is drawn in towards the tumour."""
        if not self.pleural_tag:
            return np.float32(0) * lungs
        d2 = sum((p - np.float32(c)) ** 2 for p, c in zip(point, self.pleura_mm, strict=True))
        return np.asarray(np.float32(5.5) * np.exp(-d2 / np.float32(2 * 9.0**2)), dtype=np.float32)

    def window(self, axes: Axes) -> tuple[slice, slice, slice] | None:
        """Index window of everything the tumour changes, or None outside the grid."""
        reach = self.reach_mm + (26 if self.post_obstructive else 4)
        spans = []
        for positions, centre in zip(
            (axes.z_mm, axes.y_mm, axes.x_mm), self.centre_mm[::-1], strict=True
        ):
            hits = np.flatnonzero(np.abs(positions - centre) <= reach)
            if hits.size == 0:
                return None
            spans.append(slice(int(hits[0]), int(hits[-1]) + 1))
        return spans[0], spans[1], spans[2]

    # ------------------------------------------------------------------ appearance

    def layers(
        self, axes: Axes, lungs: Field, edge_mm: float, line_xy_mm: float, line_z_mm: float
    ) -> "list[LesionPart]":
        """What to paint on these axes, first to last; `lungs` is the depth (mm) into the lung."""
        point = axes.mesh()
        inside = edge(lungs + np.float32(INVASION_MM), max(edge_mm, 2.0))
        whole = self.level(point)
        solid_share = 1 - self.ground_glass
        parts = []
        if self.post_obstructive:
            parts.append(LesionPart(self._wedge(point, whole) * inside, -80.0, 1.3, 0.0))
        lines = line_spread(self.strands, axes, line_xy_mm, line_z_mm) * edge(lungs, edge_mm)
        parts.append(LesionPart(lines, t.TUMOUR.hu - 30, 0.9, 0.0))
        uptake = self._uptake(point)
        if self.ground_glass > 0.02:
            halo = edge(whole, 4.0 + edge_mm) * np.float32(0.9) * inside
            parts.append(LesionPart(halo, GROUND_GLASS_HU, 0.3, 0.28 * uptake))
        if solid_share > 0.05:
            core = self.level(point, solid_share) if self.ground_glass > 0.02 else whole
            parts.append(LesionPart(edge(core, edge_mm) * inside, t.TUMOUR.hu, 0.0, uptake))
            centre = self.level(point, solid_share * max(self.necrosis, self.cavity))
            if self.necrosis > 0:
                parts.append(LesionPart(edge(centre, 4.0), NECROSIS_HU, 0.5, 0.12 * uptake))
            if self.cavity > 0:
                hollow = self.level(point, solid_share * self.cavity)
                parts.append(LesionPart(edge(hollow, edge_mm), -930.0, 0.2, 0.0 * uptake))
        if self.air_bronchogram:
            air = line_spread(self.bronchi, axes, line_xy_mm, line_z_mm)
            parts.append(LesionPart(air * edge(whole - 1, 2.0), -900.0, 0.2, 0.0 * uptake))
        return parts

    def _uptake(self, point: tuple[Field, Field, Field]) -> Field:
        """Relative uptake inside the tumour, mean about 1."""
        rng = np.random.default_rng([self.seed, 2])
        shape = np.broadcast_shapes(*(p.shape for p in point))
        out = np.zeros(shape, dtype=np.float32)
        for _ in range(4):
            k = rng.normal(size=3)
            k *= 2 * np.pi / (max(self.diameter_mm, 12) * rng.uniform(0.7, 1.5)) / np.linalg.norm(k)
            phase = rng.uniform(0, 2 * np.pi)
            out += np.sin(
                sum(
                    (p - np.float32(c)) * np.float32(w)
                    for p, c, w in zip(point, self.centre_mm, k, strict=True)
                )
                + np.float32(phase)
            )
        return np.maximum(1 + out * np.float32(self.heterogeneity / np.sqrt(2)), 0.25)

    def _wedge(self, point: tuple[Field, Field, Field], whole: Field) -> Field:
        """Collapsed or inflamed lung beyond the tumour, seen from the hilum."""
        away = np.asarray(self.centre_mm) - np.asarray(self.hilum_mm)
        away = away / max(float(np.linalg.norm(away)), 1.0)
        d = [p - np.float32(c) for p, c in zip(point, self.centre_mm, strict=True)]
        along = sum(c * np.float32(a) for c, a in zip(d, away, strict=True))
        across = np.sqrt(np.maximum(sum(c * c for c in d) - along * along, 0))
        width = np.float32(self.radius_mm * 0.7) + along * np.float32(0.45)
        fade = np.clip((np.float32(self.radius_mm + 24) - along) / 14, 0, 1)
        mottled = 0.62 + 0.25 * np.sin(d[0] / 3.1 + d[1] / 4.3) * np.sin(d[2] / 3.7 + d[1] / 3.3)
        share = np.clip((width - across) / 8 + 0.5, 0, 1) * (along > 0) * fade * mottled
        return np.asarray(np.where(whole > 0, 0, share), dtype=np.float32)

    @cached_property
    def strands(self) -> Tubes:
        """Spicules around the body and tags to the pleura."""
        rng = np.random.default_rng([self.seed, 3])
        core = self.radius_mm * max(1 - self.ground_glass, 0.35)
        centre = np.asarray(self.centre_mm)
        n = round(46 * self.spiculation)
        u = rng.normal(size=(n, 3))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        length = rng.uniform(3, 13, size=(n, 1)) * (0.5 + self.spiculation)
        start, tip = centre + u * core * 0.8, centre + u * (core * 1.02 + length)
        tip += rng.normal(0, 1.2, size=(n, 3))
        thick = rng.uniform(0.6, 1.5, size=n)
        parts = [Tubes(start, tip, np.stack([thick, thick * 0.3], axis=1))]
        if self.pleural_tag:
            pleura = np.asarray(self.pleura_mm)
            for spread in rng.normal(0, 5.0, size=(3, 3)):
                way = np.stack([centre, (centre + pleura) / 2 + spread * 0.6, pleura + spread])
                parts.append(Tubes.along(way, np.asarray([1.4, 0.8, 1.0])))
        return Tubes.joined(parts)

    @cached_property
    def bronchi(self) -> Tubes:
        """Air-filled bronchi that run from the side of the hilum through the tumour."""
        rng = np.random.default_rng([self.seed, 4])
        centre, r = np.asarray(self.centre_mm), self.radius_mm
        inward = np.asarray(self.hilum_mm) - centre
        inward = inward / max(float(np.linalg.norm(inward)), 1.0)
        parts = []
        gate = centre + inward * r
        for _ in range(3):
            tip = centre - inward * r * 0.5 + rng.normal(0, 0.45 * r, size=3)
            bend = (gate + tip) / 2 + rng.normal(0, 0.12 * r, size=3)
            width = rng.uniform(0.9, 1.7)
            parts.append(
                Tubes.along(np.stack([gate, bend, tip]), np.asarray([1.3, 1.0, 0.7]) * width)
            )
        return Tubes.joined(parts)


@dataclass(frozen=True)
class LesionPart:
    """One thing to paint: where (share 0 to 1), its CT number and its uptake.

    `base_suv` does not depend on the tumour's avidity; `uptake` is in units of the tumour.
    """

    share: Field
    hu: float
    base_suv: float
    uptake: Field | float


def _fibonacci(n: int) -> NDArray[np.float64]:
    """n nearly even directions on the unit sphere."""
    k = np.arange(n) + 0.5
    z = 1 - 2 * k / n
    angle = np.pi * (1 + 5**0.5) * k
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
