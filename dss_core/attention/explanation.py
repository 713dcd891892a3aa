"""Attention of a scored case: the map, its position in the patient and its numbers.

Works on the case's own region, with the margin the weights were made for or a wider one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dss_core.attention.attention_map import attend
from dss_core.attention.attention_result import AttentionMap, ClassMap
from dss_core.attention.patient_grid import on_grid, to_patient_grid
from dss_core.attention.zones import Shares, shares, zones
from dss_core.bundles.bundle import Bundle, TaskModel
from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.preprocessing.network_slices import network_slices
from dss_core.preprocessing.normalisation import windowed
from dss_core.preprocessing.tensor import (
    Surroundings,
    as_network_input,
    in_windows,
    open_squares,
    surroundings,
)
from dss_core.records import DEFAULT_METHOD, AttentionMethod, NetworkInput, Roi, Task
from dss_core.regions.suv_statistics import suv_statistics
from dss_core.scoring.lung_check import require_lung
from dss_core.scoring.score import score_slices
from dss_core.spatial.alignment import AlignedImages

CAPTION = "Where the network responded, not why."
WIDE_MARGIN_MM = 40.0
ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class PlacedMap:
    """The maps of one class in the patient.

    Attributes
    ----------
    values_zyx : float32 array
        Response in the unit of the attention map; 0 where the network saw nothing or where
        nothing was localised.
    grid : Grid
        Isotropic 1 mm, around the tumour.
    """

    values_zyx: NDArray[np.float32]
    grid: Grid

    def on(self, target: Grid) -> NDArray[np.float32]:
        """The same response on another grid, such as the CT's, trilinear."""
        return on_grid(self.values_zyx, self.grid, target)


@dataclass(frozen=True)
class ClassView:
    """One class: its slice maps, their place in the patient, and where the response lies."""

    slices: ClassMap
    placed: PlacedMap
    shares: Shares


@dataclass(frozen=True)
class Explanation:
    """Where the network responded for one task, method and margin.

    Attributes
    ----------
    margin_mm : float
        Margin of the squares that were shown to the network.
    tensor : NetworkInput
        What the network saw.
    dls : float
        Mean over slices of the positive-class probability on this input.
    positive, negative : ClassView
        In favour of the positive class, and against it.
    """

    attention: AttentionMap
    margin_mm: float
    tensor: NetworkInput
    dls: float
    positive: ClassView
    negative: ClassView


def explain(
    images: AlignedImages,
    roi: Roi,
    bundle: Bundle,
    task: Task,
    method: AttentionMethod = DEFAULT_METHOD,
    margin_mm: float | None = None,
    on_step: ProgressCallback | None = None,
    around: Surroundings | None = None,
    dls: float | None = None,
) -> Explanation:
    """Where the network of a task responded around a region.

    Parameters
    ----------
    margin_mm : float, optional
        Growth of the square on each side; default: as in the weights' card.
    on_step : callable, optional
        Called with (done, in all): networks by the fast methods, slices by the slow ones.
    around : Surroundings, optional
        CT, PET and this region as a score with these weights left them. With another margin they
        are resampled anew.
    dls : float, optional
        The score of this region with these weights and this margin, where it is known.

    Raises
    ------
    InputError, GeometryError
        If the bundle has no such task, there is no lung around the region, or the input cannot be
        made.
    WeightsError
        If the network has no attention layer and the method needs one.
    """
    model = task_model(bundle, task)
    require_lung(roi, images.ct)
    margin = bundle.preprocessing.margin_mm if margin_mm is None else margin_mm
    settings = replace(bundle.preprocessing, margin_mm=margin)
    if around is None or around.margin_mm != margin:
        around = surroundings(images.ct, images.pet, roi, settings)
    uncut = open_squares(around, around.mask_zyx, settings)
    shown = as_network_input(in_windows(uncut, settings))
    tensor = network_slices(shown, settings, bundle.adjacent_slices)
    attention = attend(tensor, model, method, on_step or _no_progress)
    # SUV without the upper end of the network's window, so that no threshold is cut off.
    suv = windowed(uncut.pet, (0.0, math.inf))
    suv_max = suv_statistics(images.pet, roi).max
    parts = zones(tensor.mask, tensor.side_mm, suv, suv_max)

    def view(slices: ClassMap) -> ClassView:
        placed = PlacedMap(
            *to_patient_grid(slices.response, attention, roi.grid.frame_of_reference)
        )
        return ClassView(slices, placed, shares(slices.response, tensor.z_mm, parts))

    return Explanation(
        attention=attention,
        margin_mm=margin,
        tensor=tensor,
        dls=float(score_slices(tensor.x, model).mean()) if dls is None else dls,
        positive=view(attention.positive),
        negative=view(attention.negative),
    )


def task_model(bundle: Bundle, task: Task) -> TaskModel:
    """The networks of a task.

    Raises
    ------
    InputError
        If the bundle has none.
    """
    if task not in bundle.models:
        known = ", ".join(str(t) for t in bundle.models)
        raise InputError(
            f"The weights {bundle.id!r} have no network for {task}; they have {known}."
        )
    return bundle.models[task]


def _no_progress(done: int, total: int) -> None:
    """A callback that does nothing."""
