"""Painting of a patient, tissue over tissue, as CT numbers or FDG uptake on any axial grid.

Fields are evaluated once on a coarse lattice around the whole grid (`patient_fields`); any part of
the grid, such as one slab of slices, is then painted finely and alone, so that memory stays small.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from dss_core.phantom import tissues as t
from dss_core.phantom.anatomy import Thorax
from dss_core.phantom.lesion import Lesion, LesionPart
from dss_core.phantom.patient_fields import named_tubes, patient_fields
from dss_core.phantom.shapes import FAR_MM, Axes, Field, Refiner, edge
from dss_core.phantom.tissues import Tissue
from dss_core.phantom.trees import Trees
from dss_core.phantom.tubes import level_set, line_spread
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
        self.fields = patient_fields(thorax, lesion, self.coarse)
        self._tubes = named_tubes(thorax)

    def paint(self, axes: Axes, quantity: Quantity, sharp: Sharpness) -> Field:
        """The patient on these axes, in HU or SUVbw, without noise; lesion included."""
        value = _of(quantity)
        whole = np.full(axes.shape, value(t.AIR), dtype=np.float32)
        width = sharp.edge_mm
        self._couch(whole, axes, quantity)
        body = Refiner(self.coarse, axes).window(self.fields.body, -width)
        if body is None:
            return whole
        canvas, axes = whole[body], _part(axes, body)
        refiner = Refiner(self.coarse, axes)

        def layer(field: Field, tissue: Tissue) -> None:
            window = refiner.window(field, -width)
            if window is not None:
                share = edge(refiner.refine(field, window), width)
                _blend(canvas[window], share, value(tissue))

        for field, tissue in self.fields.layers[:6]:
            layer(field, tissue)
        self._paint_lungs(canvas, refiner, axes, quantity, sharp)
        for field, tissue in self.fields.layers[6:]:
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
        top = np.float32(self.fields.back_mm + 3) - x * x / np.float32(1500)
        for inset, tissue in ((0.0, t.COUCH_SHELL), (2.0, t.COUCH)):
            depth = np.minimum(y - top, self.fields.back_mm + 36 - y) - inset
            _blend(canvas, edge(np.minimum(depth, 205 - inset - np.abs(x)), 1.5), tissue.hu)

    def _paint_lungs(
        self, canvas: Field, refiner: Refiner, axes: Axes, quantity: Quantity, sharp: Sharpness
    ) -> None:
        window = refiner.window(self.fields.lungs, -sharp.edge_mm)
        if window is None:
            return
        part = _part(axes, window)
        depth = refiner.refine(self.fields.lungs, window)
        density = refiner.refine(self.fields.lung_density, window)
        gap = refiner.refine(self.fields.fissure, window)
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
        window = refiner.window(self.fields.column, -width)
        if window is not None:
            column = refiner.refine(self.fields.column, window)
            inner = value(t.TRABECULAR) + refiner.refine(self.fields.disc, window) * np.float32(
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
        window = refiner.window(self.fields.sternum, -width)
        if window is not None:
            plate = refiner.refine(self.fields.sternum, window)
            _blend(canvas[window], edge(plate, width), value(t.CORTICAL) * 0.7)
            _blend(canvas[window], edge(plate - 1.4, width), value(t.TRABECULAR) * 0.8)
        window = refiner.window(self.fields.canal, -width)
        if window is not None:
            share = edge(refiner.refine(self.fields.canal, window), width)
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
        lungs = refiner.refine(self.fields.lungs, window)
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
            lungs = Refiner(self.coarse, axes).refine(self.fields.lungs, window)
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
