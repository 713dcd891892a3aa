"""Painting of a patient, tissue over tissue, as CT numbers or FDG uptake on any axial grid.

Fields are evaluated once on a coarse lattice around the whole grid; any part of the grid, such
as one slab of slices, is then painted finely and alone, so that memory stays small.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from scipy.ndimage import gaussian_filter

from dss_core.phantom import organs
from dss_core.phantom import tissues as t
from dss_core.phantom.anatomy import Thorax
from dss_core.phantom.lesion import Lesion, LesionPart
from dss_core.phantom.shapes import FAR_MM, Axes, Field, Refiner, edge
from dss_core.phantom.skeleton import conduits, skeleton
from dss_core.phantom.tissues import Tissue
from dss_core.phantom.trees import Trees
from dss_core.phantom.tubes import Tubes, level_set, line_spread
from dss_core.records import Quantity

FISSURE_SHARE = 0.2


@dataclass(frozen=True)
class Sharpness:
    """How much one image shows: edge width and the spread of thin lines (standard deviation)."""

    edge_mm: float
    line_xy_mm: float
    line_z_mm: float


class Painter:
    """One patient around one grid."""

    def __init__(
        self,
        thorax: Thorax,
        lesion: Lesion | None,
        axes: Axes,
        trees: Trees | None = None,
    ) -> None:
        self.thorax, self.lesion = thorax, lesion
        self.trees = thorax.trees if trees is None else trees
        self.coarse = axes.lattice()
        self._reference = thorax.reference_mesh(self.coarse)
        self._layers = self._soft_layers()
        self._tubes = self._map_tubes()

    # ------------------------------------------------------------------ coarse fields

    def _soft_layers(self) -> list[tuple[Field, Tissue]]:
        point, build = self._reference, self.thorax.build
        shape = organs.chest(point, build.fat_mm, build.breast)
        x, _, z = point
        planes = organs.muscle_planes(point, shape)
        wall, cavity = organs.left_ventricle(point)
        liver = organs.liver(point, shape.diaphragm, shape.cage)
        stomach, bubble = organs.stomach(point, shape.diaphragm, shape.cage)
        kidney, pelvis = organs.kidneys(point)
        bowel, gas = organs.bowel(point, shape.cage, shape.diaphragm)
        heart = np.minimum(organs.heart(point), shape.diaphragm)
        self.lungs = np.maximum(shape.lung_right, shape.lung_left)
        if self.lesion is not None:
            self.lungs = self.lungs - self.lesion.retraction(self.coarse.mesh(), self.lungs)
        self.lung_density, self.fissure = self._lung_texture()
        column, canal = organs.vertebra(point)
        self.disc = organs.disc_share(z)
        self.column, self.canal = column, canal
        self.sternum = organs.sternum(point)
        below = np.flatnonzero((shape.body > 0).any(axis=(0, 2)))
        self.back_mm = float(self.coarse.y_mm[below[-1]]) if below.size else FAR_MM
        self.body = shape.body
        gland = np.minimum(shape.body - 7, -shape.muscle - 5 - (np.abs(x) - 80) ** 2 / 90)
        return [
            (shape.body, t.SKIN),
            (shape.body - 1.8, t.FAT),
            (gland - 3 * (1 - build.breast) if build.breast > 0 else gland * 0 - FAR_MM, t.GLAND),
            (shape.muscle, t.MUSCLE),
            (planes, t.FAT),
            (shape.cage + 1.2, t.MEDIASTINAL_FAT),
            (heart, t.BLOOD),
            (organs.epicardial_fat(point, heart), t.MEDIASTINAL_FAT),
            (np.minimum(wall, heart) - 2, replace(t.MYOCARDIUM, suv=build.myocardium_suv)),
            (np.minimum(cavity, heart), t.BLOOD),
            (organs.spleen(point, shape.diaphragm, shape.cage), t.SPLEEN),
            (stomach, t.STOMACH),
            (bubble, t.AIR),
            (bowel, t.BOWEL),
            (gas, t.AIR),
            (liver, t.LIVER),
            (kidney + 4, t.MEDIASTINAL_FAT),
            (kidney, t.KIDNEY),
            (pelvis, t.RENAL_PELVIS),
        ]

    def _lung_texture(self) -> tuple[Field, Field]:
        """Lung density (HU) and distance to the nearest fissure on the lattice."""
        build, (x, y, z) = self.thorax.build, self._reference
        rng = np.random.default_rng([build.seed, 2])
        density = build.lung_hu + build.gravity_hu * (y - 10) / 190
        cloud = gaussian_filter(rng.standard_normal(x.shape, dtype=np.float32), 1.4)
        density = density + cloud * np.float32(12 / cloud.std())
        if build.emphysema > 0:
            holes = gaussian_filter(rng.standard_normal(x.shape, dtype=np.float32), 1.1)
            holes /= holes.std()
            limit = np.quantile(holes, 1 - build.emphysema)
            weight = 0.9 + 0.1 * np.tanh(z / 60)  # the upper lung is hit first
            bleb = np.clip((holes - limit) / 0.2 + 0.5, 0, 1) * weight
            density = density + bleb * (-980 - density)
        bend = 5 * np.sin(x / 38) + 4 * np.sin(z / 45 + 1)
        oblique = (0.78 * (y - 8 + bend) + 0.62 * (z + 18)) * 1.0
        minor = np.where((x < 0) & (oblique < 0), z + 12 + 5 * np.sin(y / 35 + x / 50), FAR_MM)
        nearest = np.where(np.abs(minor) < np.abs(oblique), minor, oblique)
        return density.astype(np.float32), nearest.astype(np.float32)

    def _map_tubes(self) -> dict[str, Tubes]:
        bones, pipes = skeleton(), conduits()
        named = {
            "ribs": bones.ribs,
            "cartilage": bones.cartilage,
            "arches": bones.arches,
            "plates": bones.plates,
            "blood": pipes.blood,
            "airway_wall": pipes.airway_wall,
            "airway_lumen": pipes.airway_lumen,
            "oesophagus": pipes.oesophagus,
        }
        move, size = self.thorax.to_patient, float(np.mean(self.thorax.build.scale))
        return {
            name: Tubes(move(v.start_mm), move(v.end_mm), v.radius_mm * size)
            for name, v in named.items()
        }

    # ------------------------------------------------------------------ fine painting

    def paint(self, axes: Axes, quantity: Quantity, sharp: Sharpness) -> Field:
        """The patient on these axes, in HU or SUVbw, without noise; lesion included."""
        value = _of(quantity)
        whole = np.full(axes.shape, value(t.AIR), dtype=np.float32)
        width = sharp.edge_mm
        self._couch(whole, axes, quantity)
        body = Refiner(self.coarse, axes).window(self.body, -width)
        if body is None:
            return whole
        canvas, axes = whole[body], _part(axes, body)
        refiner = Refiner(self.coarse, axes)

        def layer(field: Field, tissue: Tissue) -> None:
            window = refiner.window(field, -width)
            if window is not None:
                share = edge(refiner.refine(field, window), width)
                _blend(canvas[window], share, value(tissue))

        for field, tissue in self._layers[:6]:
            layer(field, tissue)
        self._paint_lungs(canvas, refiner, axes, quantity, sharp)
        for field, tissue in self._layers[6:]:
            layer(field, tissue)
        for name, tissue in (
            ("blood", t.BLOOD),
            ("oesophagus", t.OESOPHAGUS),
            ("airway_wall", t.AIRWAY_WALL),
            ("airway_lumen", t.AIRWAY_LUMEN),
        ):
            tubes = self._tubes[name].within(axes)
            if len(tubes.start_mm):
                inside = level_set(tubes, axes, reach_mm=0.6 * width)
                _blend(canvas, edge(inside, width), value(tissue))
        self._paint_bones(canvas, refiner, axes, quantity, sharp)
        if self.lesion is not None:
            self._paint_lesion(canvas, refiner, axes, quantity, sharp)
        return whole

    def _couch(self, canvas: Field, axes: Axes, quantity: Quantity) -> None:
        """A thin curved table under the patient (CT only)."""
        if quantity is not Quantity.HU:
            return
        x, y, _ = axes.mesh()
        top = np.float32(self.back_mm + 3) - x * x / np.float32(1500)
        for inset, tissue in ((0.0, t.COUCH_SHELL), (2.0, t.COUCH)):
            depth = np.minimum(y - top, self.back_mm + 36 - y) - inset
            _blend(canvas, edge(np.minimum(depth, 205 - inset - np.abs(x)), 1.5), tissue.hu)

    def _paint_lungs(
        self, canvas: Field, refiner: Refiner, axes: Axes, quantity: Quantity, sharp: Sharpness
    ) -> None:
        window = refiner.window(self.lungs, -sharp.edge_mm)
        if window is None:
            return
        part = _part(axes, window)
        depth = refiner.refine(self.lungs, window)
        density = refiner.refine(self.lung_density, window)
        gap = refiner.refine(self.fissure, window)
        fissure = np.exp(gap * gap * np.float32(-0.5 / sharp.line_xy_mm**2))
        least = 0.4 * sharp.line_xy_mm  # what is thinner does not show
        vessels, walls, lumens = (
            line_spread(tubes.thicker(least), part, sharp.line_xy_mm, sharp.line_z_mm)
            for tubes in (self.trees.vessels, self.trees.walls, self.trees.lumens)
        )
        if quantity is Quantity.HU:
            lung = density + fissure * np.float32(FISSURE_SHARE * 700)
        else:
            lung = t.LUNG.suv * (density + 1000) / np.float32(150)
        value = _of(quantity)
        for share, tissue in (
            (vessels, t.BLOOD),
            (walls, t.AIRWAY_WALL),
            (lumens, t.AIRWAY_LUMEN),
        ):
            _blend(lung, share, value(tissue))
        target = canvas[window]
        target += edge(depth, sharp.edge_mm) * (lung - target)

    def _paint_bones(
        self, canvas: Field, refiner: Refiner, axes: Axes, quantity: Quantity, sharp: Sharpness
    ) -> None:
        value, width = _of(quantity), sharp.edge_mm
        window = refiner.window(self.column, -width)
        if window is not None:
            column = refiner.refine(self.column, window)
            inner = value(t.TRABECULAR) + refiner.refine(self.disc, window) * np.float32(
                value(t.DISC) - value(t.TRABECULAR)
            )
            target = canvas[window]
            _blend(target, edge(column, width), value(t.CORTICAL) * 0.55)
            target += edge(column - 1.3, width) * (inner - target)
        for name, shell_mm, tissue, tall in (
            ("cartilage", 0.0, t.CARTILAGE, 0.62),
            ("ribs", 1.5, t.CORTICAL, 0.62),
            ("arches", 1.3, t.CORTICAL, 0.7),
            ("plates", 1.7, t.CORTICAL, 1.0),
        ):
            tubes = self._tubes[name].within(axes)
            if not len(tubes.start_mm):
                continue
            bone = level_set(tubes, axes, reach_mm=0.6 * width, z_scale=tall)
            _blend(canvas, edge(bone, width), value(tissue))
            if shell_mm:
                _blend(canvas, edge(bone - np.float32(shell_mm), width), value(t.TRABECULAR))
        window = refiner.window(self.sternum, -width)
        if window is not None:
            plate = refiner.refine(self.sternum, window)
            _blend(canvas[window], edge(plate, width), value(t.CORTICAL) * 0.7)
            _blend(canvas[window], edge(plate - 1.4, width), value(t.TRABECULAR) * 0.8)
        window = refiner.window(self.canal, -width)
        if window is not None:
            share = edge(refiner.refine(self.canal, window), width)
            _blend(canvas[window], share, value(t.CORD))

    def _paint_lesion(
        self, canvas: Field, refiner: Refiner, axes: Axes, quantity: Quantity, sharp: Sharpness
    ) -> None:
        assert self.lesion is not None
        window = self.lesion.window(axes)
        if window is None:
            return
        hu = quantity is Quantity.HU
        part = _part(axes, window)
        for layer in self._lesion_parts(part, refiner, window, sharp):
            _blend(canvas[window], layer.share, layer.hu if hu else layer.base_suv)

    def _lesion_parts(
        self,
        part: Axes,
        refiner: Refiner,
        window: tuple[slice, slice, slice],
        sharp: Sharpness,
    ) -> list[LesionPart]:
        assert self.lesion is not None
        lungs = refiner.refine(self.lungs, window)
        return self.lesion.layers(part, lungs, sharp.edge_mm, sharp.line_xy_mm, sharp.line_z_mm)

    def tumour_uptake(self, axes: Axes, sharp: Sharpness) -> Field:
        """Uptake of the tumour alone, in units of the tumour; add it times a scale to `paint`."""
        canvas = np.zeros(axes.shape, dtype=np.float32)
        window = None if self.lesion is None else self.lesion.window(axes)
        if window is not None:
            refiner, target = Refiner(self.coarse, axes), canvas[window]
            for layer in self._lesion_parts(_part(axes, window), refiner, window, sharp):
                target += layer.share * (layer.uptake - target)
        return canvas

    def tumour_level(self, axes: Axes) -> Field:
        """Distance (mm, positive inside) to the tumour's true surface, cut at the pleura."""
        assert self.lesion is not None
        out = np.full(axes.shape, -FAR_MM, dtype=np.float32)
        window = self.lesion.window(axes)
        if window is not None:
            lungs = Refiner(self.coarse, axes).refine(self.lungs, window)
            shape = self.lesion.level(_part(axes, window).mesh())
            out[window] = np.minimum(shape, lungs + np.float32(self.lesion.invasion_mm))
        return out


def _of(quantity: Quantity) -> Callable[[Tissue], float]:
    return attrgetter("hu" if quantity is Quantity.HU else "suv")


def _part(axes: Axes, window: tuple[slice, slice, slice]) -> Axes:
    return Axes(axes.x_mm[window[2]], axes.y_mm[window[1]], axes.z_mm[window[0]])


def _blend(canvas: Field, share: Field, value: Field | float) -> None:
    """Move the canvas towards a value by the share, in place."""
    canvas += share * (np.asarray(value, dtype=np.float32) - canvas)
