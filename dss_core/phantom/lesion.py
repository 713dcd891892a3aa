"""Simulated lung tumour: a parametric shape with the imaging signs of radiology reports.

A star-shaped body (radius as a smooth function of direction) carries lobulation and a solid core
inside a ground-glass halo; lines carry spicules, bronchi with air and pleural tags; the core may
be necrotic or hollow. The tumour replaces lung and stops a little beyond the pleura.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import map_coordinates

from dss_core.phantom import tissues as t
from dss_core.phantom.shapes import Axes, Field, edge
from dss_core.phantom.tubes import Tubes, line_spread

Point3 = tuple[float, float, float]
Mesh = tuple[Field, Field, Field]
SURFACE_ROWS, SURFACE_COLUMNS = 96, 193
GROUND_GLASS_HU = -590.0
NECROSIS_HU = 20.0
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
    invasion_mm : float
        How far it grows beyond the surface of the lung.
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
    invasion_mm: float = 1.5

    @property
    def radius_mm(self) -> float:
        """Radius of the sphere of equal volume."""
        return self.diameter_mm / 2

    @property
    def reach_mm(self) -> float:
        """Nothing of the tumour's body lies farther from its centre."""
        return float(self.radius_mm * self._surface.max() * max(self.stretch)) + 3.0

    # ------------------------------------------------------------------ shape

    @cached_property
    def _surface(self) -> Field:
        """Relative radius by direction: rows are cos(polar angle), columns azimuth; volume 1."""
        rng = np.random.default_rng([self.seed, 1])
        large, small = 6, 40
        v = rng.normal(size=(large + small, 3))
        v /= np.linalg.norm(v, axis=1, keepdims=True)
        height = np.concatenate(
            [
                rng.uniform(-0.16, 0.22, large) * (0.45 + self.lobulation),
                rng.uniform(-0.12, 0.12, small) * (0.35 + self.lobulation),
            ]
        )
        sharp = np.concatenate([rng.uniform(2.5, 7, large), rng.uniform(14, 45, small)])
        cosine = np.linspace(-1, 1, SURFACE_ROWS)
        azimuth = np.linspace(-np.pi, np.pi, SURFACE_COLUMNS)
        ring = np.sqrt(1 - cosine**2)[:, None]
        u = np.stack(
            [ring * np.cos(azimuth), ring * np.sin(azimuth), cosine[:, None] + 0 * azimuth], axis=-1
        )
        radius = 1 + (np.exp(sharp * (u @ v.T - 1)) * height).sum(axis=-1)
        return np.asarray(radius * np.mean(radius[:, :-1] ** 3) ** (-1 / 3), dtype=np.float32)

    def _polar(self, point: Mesh, shift: Point3 = (0.0, 0.0, 0.0)) -> tuple[Field, Field]:
        """Distance (mm) from the centre, and that of the surface in the same direction."""
        x, y, z = (
            (p - np.float32(c + o)) / np.float32(s)
            for p, c, o, s in zip(point, self.centre_mm, shift, self.stretch, strict=True)
        )
        flat2 = x * x + y * y
        r = np.sqrt(flat2 + z * z) + np.float32(1e-3)
        row = (z / r + 1) * np.float32((SURFACE_ROWS - 1) / 2)
        turn = np.arctan2(y, x) * np.float32((SURFACE_COLUMNS - 1) / (2 * np.pi))
        column = turn + np.float32((SURFACE_COLUMNS - 1) / 2) + 0 * r
        radius = map_coordinates(self._surface, [row, column], order=1, mode="nearest")
        return r, radius * np.float32(self.radius_mm)

    def level(self, point: Mesh, share: float = 1.0) -> Field:
        """Distance (mm, positive inside) to the surface shrunk to `share` of its radius."""
        r, radius = self._polar(point)
        return np.asarray(radius * np.float32(share) - r)

    def retraction(self, point: Mesh, lungs: Field) -> Field:
        """How far (mm) the pleura is drawn in towards the tumour."""
        if not self.pleural_tag:
            return np.float32(0) * lungs
        d2 = sum((p - np.float32(c)) ** 2 for p, c in zip(point, self.pleura_mm, strict=True))
        return np.asarray(np.float32(8.0) * np.exp(-d2 / np.float32(2 * 9.0**2)), dtype=np.float32)

    def window(self, axes: Axes) -> tuple[slice, slice, slice] | None:
        """Index window of everything the tumour changes, or None outside the grid."""
        beyond = 22.0 * self.spiculation + 24.0 * self.post_obstructive
        if self.pleural_tag:
            beyond = max(beyond, float(np.linalg.norm(np.subtract(self.pleura_mm, self.centre_mm))))
        reach = self.reach_mm + min(beyond, 30.0)
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
        inside = edge(lungs + np.float32(self.invasion_mm), max(edge_mm, 2.0))
        r, radius = self._polar(point)
        whole = radius - r
        solid_share = 1 - self.ground_glass
        parts = []
        if self.post_obstructive:
            parts.append(LesionPart(self._wedge(point, whole) * inside, -80.0, 1.3, 0.0))
        lines = line_spread(self.strands, axes, line_xy_mm, line_z_mm) * edge(lungs, edge_mm)
        parts.append(LesionPart(lines, t.TUMOUR.hu - 30, 0.9, 0.0))
        uptake = self._uptake(point)
        glass = self.ground_glass > 0.02
        if glass:
            grain = 1 + 0.07 * self._mottle(point, 11.0)
            halo = edge(whole, 4.0 + edge_mm) * np.float32(0.92) * inside
            parts.append(LesionPart(halo, GROUND_GLASS_HU * grain, 0.3, 0.28 * uptake))
        if solid_share > 0.05:
            core = radius * np.float32(solid_share) - r if glass else whole
            dense = t.TUMOUR.hu + 9 * self._mottle(point, 9.0)
            parts.append(LesionPart(edge(core, edge_mm) * inside, dense, 0.0, uptake))
            hollow_or_soft = self.cavity > 0 or self.necrosis > 0
            hole = self._hole(point) if hollow_or_soft else r
            size = np.float32(solid_share * self.radius_mm)
            if self.necrosis > 0:
                soft = edge(hole + size * np.float32(self.necrosis), 5.0)
                parts.append(LesionPart(soft, NECROSIS_HU, 0.5, 0.3 * uptake))
            if self.cavity > 0:
                hollow = np.minimum(hole + size * np.float32(self.cavity), core - 2)
                parts.append(LesionPart(edge(hollow, edge_mm), -930.0, 0.2, 0.0))
        if self.air_bronchogram:
            air = line_spread(self.bronchi, axes, line_xy_mm, line_z_mm)
            parts.append(LesionPart(air * edge(whole - 1, 2.0), -900.0, 0.2, 0.0))
        return parts

    def _hole(self, point: Mesh) -> Field:
        """Minus the distance (mm) from the middle of the hollow or necrotic part."""
        rng = np.random.default_rng([self.seed, 5])
        dx, dy, dz = rng.normal(0, 0.13 * self.radius_mm, size=3)
        r, _ = self._polar(point, (float(dx), float(dy), float(dz)))
        rough = np.float32(0.16 * self.radius_mm) * self._mottle(point, 0.45 * self.diameter_mm)
        return np.asarray(rough - r)

    def _mottle(self, point: Mesh, grain_mm: float) -> Field:
        """A smooth irregular pattern of about unit spread."""
        rng = np.random.default_rng([self.seed, 6])
        return _waves(rng, point, self.centre_mm, grain_mm)

    def _uptake(self, point: Mesh) -> Field:
        """Relative uptake inside the tumour, mean about 1."""
        rng = np.random.default_rng([self.seed, 2])
        waves = _waves(rng, point, self.centre_mm, max(0.6 * self.diameter_mm, 9.0))
        return np.asarray(np.maximum(1 + waves * np.float32(self.heterogeneity), 0.25))

    def _wedge(self, point: Mesh, whole: Field) -> Field:
        """Collapsed or inflamed lung beyond the tumour, seen from the hilum."""
        away = np.asarray(self.centre_mm) - np.asarray(self.hilum_mm)
        away = away / max(float(np.linalg.norm(away)), 1.0)
        x, y, z = (p - np.float32(c) for p, c in zip(point, self.centre_mm, strict=True))
        ax, ay, az = away.astype(np.float32)
        along = x * ax + y * ay + z * az
        across = np.sqrt(np.maximum(x * x + y * y + z * z - along * along, 0))
        width = np.float32(self.radius_mm * 0.7) + along * np.float32(0.45)
        fade = np.clip((np.float32(self.radius_mm + 24) - along) / 14, 0, 1)
        mottled = 0.62 + 0.25 * np.sin(x / 3.1 + y / 4.3) * np.sin(z / 3.7 + y / 3.3)
        share = np.clip((width - across) / 8 + 0.5, 0, 1) * (along > 0) * fade * mottled
        return np.asarray(np.where(whole > 0, 0, share), dtype=np.float32)

    @cached_property
    def strands(self) -> Tubes:
        """Spicules around the body and tags to the pleura."""
        rng = np.random.default_rng([self.seed, 3])
        core = self.radius_mm * max(1 - self.ground_glass, 0.35)
        centre = np.asarray(self.centre_mm)
        n = round(75 * self.spiculation)
        u = rng.normal(size=(n, 3))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        length = rng.uniform(3, 13, size=(n, 1)) * (0.5 + self.spiculation)
        start, tip = centre + u * core * 0.8, centre + u * (core * 1.02 + length)
        tip += rng.normal(0, 1.2, size=(n, 3))
        thick = rng.uniform(0.8, 1.9, size=n)
        parts = [Tubes(start, tip, np.stack([thick, thick * 0.25], axis=1))]
        if self.pleural_tag:
            pleura = np.asarray(self.pleura_mm)
            for spread in rng.normal(0, 5.0, size=(3, 3)):
                way = np.stack([centre, (centre + pleura) / 2 + spread * 0.6, pleura + spread])
                parts.append(Tubes.along(way, np.asarray([2.0, 1.2, 1.6])))
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
            width = rng.uniform(0.7, 1.3)
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
    hu: Field | float
    base_suv: float
    uptake: Field | float


def _waves(rng: np.random.Generator, point: Mesh, centre: Point3, length_mm: float) -> Field:
    """Sum of a few plane waves of about this length; mean 0, standard deviation 1."""
    out = np.zeros(np.broadcast_shapes(*(p.shape for p in point)), dtype=np.float32)
    count = 6
    for _ in range(count):
        k = rng.normal(size=3)
        k *= 2 * np.pi / (length_mm * rng.uniform(0.7, 1.5) * np.linalg.norm(k))
        phase = np.float32(rng.uniform(0, 2 * np.pi))
        x, y, z = (
            (p - np.float32(c)) * np.float32(w) for p, c, w in zip(point, centre, k, strict=True)
        )
        out += np.sin(x + y + z + phase)
    return out * np.float32(np.sqrt(2 / count))
