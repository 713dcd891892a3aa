"""Branching trees of the lung: arteries with their bronchi, and veins, from the hilum outwards.

Leaves are scattered through the lung; each joins the tree where its own way plus the way to the
hilum is short, which gives long, gently forking branches. Radii follow the volume of lung each
branch serves (Murray's law), so that a tree that is dense only near a focus has the right
calibres everywhere.

References
----------
Murray CD. The physiological principle of minimum work. Proc Natl Acad Sci USA 1926;12:207-214.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from dss_core.phantom.tubes import Tubes

Points = NDArray[np.float64]
MURRAY = 2.75
LOBE_ML, LOBE_RADIUS_MM = 2500.0, 6.2
HILUM_MM = {"right": (-40.0, 3.0, -22.0), "left": (43.0, 10.0, -18.0)}
VEIN_OFFSET_MM = (0.0, -9.0, -22.0)
LEAF_ML, FOCUS_LEAF_ML, FAR_LEAF_ML = 2.0, 1.1, 40.0
SMALLEST_BRONCHUS_MM = 1.6


@dataclass(frozen=True)
class Trees:
    """Lung vessels, bronchial walls (outer surface) and bronchial lumens."""

    vessels: Tubes
    walls: Tubes
    lumens: Tubes


def grow_trees(
    lung_mm: Points,
    lattice_mm: float,
    to_patient: Callable[[Points], Points],
    focus_mm: Points | None,
    rng: np.random.Generator,
) -> Trees:
    """Grow arteries, bronchi and veins of each lung.

    Parameters
    ----------
    lung_mm : float array (n, 3)
        Lattice points inside both lungs, patient space.
    lattice_mm : float
        Their spacing, which says how much lung each stands for.
    to_patient : function
        Maps reference to patient positions (for the hila).
    focus_mm : float array (2, 3) or None
        Box in which the trees are dense; elsewhere only the large branches are grown.
    """
    vessels, walls, lumens = [], [], []
    for side, hilum in HILUM_MM.items():
        root = to_patient(np.asarray([hilum]))[0]
        mine = lung_mm[(lung_mm[:, 0] < 0) == (side == "right")]
        if focus_mm is not None and not _inside(mine, focus_mm).any():
            continue
        for offset in (np.zeros(3), np.asarray(VEIN_OFFSET_MM)):
            leaves, ml = _leaves(mine, lattice_mm, focus_mm, rng)
            branches = _curved(*_tree(root + offset, leaves, ml, rng))
            vessels.append(branches)
            if not offset.any():
                beside = _bronchi(branches)
                walls.append(beside)
                lumens.append(Tubes(beside.start_mm, beside.end_mm, beside.radius_mm * 0.8))
    return Trees(Tubes.joined(vessels), Tubes.joined(walls), Tubes.joined(lumens))


def _leaves(
    lung_mm: Points, lattice_mm: float, focus_mm: Points | None, rng: np.random.Generator
) -> tuple[Points, NDArray[np.float64]]:
    """Where branches end, and the millilitres each end serves."""
    cell_ml = lattice_mm**3 / 1000
    if focus_mm is None:
        wanted = np.full(len(lung_mm), LEAF_ML)
    else:
        wanted = np.where(_inside(lung_mm, focus_mm), FOCUS_LEAF_ML, FAR_LEAF_ML)
    chosen = rng.random(len(lung_mm)) < cell_ml / wanted
    jitter = rng.uniform(-0.5, 0.5, size=(int(chosen.sum()), 3)) * lattice_mm
    return lung_mm[chosen] + jitter, wanted[chosen]


def _inside(points_mm: Points, box_mm: Points) -> NDArray[np.bool_]:
    return np.asarray(np.all((points_mm >= box_mm[0]) & (points_mm <= box_mm[1]), axis=1))


def _tree(
    root: Points, leaves: Points, leaf_ml: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Points, NDArray[np.int64], NDArray[np.float64]]:
    """Nodes (n, 3), parent of each, and millilitres served through each."""
    order = np.argsort(np.linalg.norm(leaves - root, axis=1) + rng.normal(0, 6, len(leaves)))
    nodes = np.concatenate([root[None], leaves[order]])
    parent = np.zeros(len(nodes), dtype=np.int64)
    path = np.zeros(len(nodes))
    served = np.concatenate([[0.0], leaf_ml[order]])
    known = 1
    while known < len(nodes):  # a few new leaves at a time, each joins what is there already
        new = slice(known, min(known + 1 + known // 10, len(nodes)))
        step = cdist(nodes[new], nodes[:known])
        best = np.argmin(step + 0.55 * path[:known], axis=1)
        parent[new], path[new] = best, path[best] + step[np.arange(len(best)), best]
        known = new.stop
    for i in range(len(nodes) - 1, 0, -1):
        served[parent[i]] += served[i]
    return nodes, parent, served


def _curved(nodes: Points, parent: NDArray[np.int64], served: NDArray[np.float64]) -> Tubes:
    """Each branch as a bent, tapering piece that leaves along its parent's direction."""
    child = np.arange(1, len(nodes))
    start, end = nodes[parent[child]], nodes[child]
    inbound = start - nodes[parent[parent[child]]]
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    norm = np.linalg.norm(inbound, axis=1, keepdims=True)
    forward = np.where(norm > 0, inbound / np.maximum(norm, 1e-9), (end - start) / length)
    control = start + forward * length * 0.33
    radius = LOBE_RADIUS_MM * (served / LOBE_ML) ** (1 / MURRAY)
    inner = np.minimum(radius[parent[child]], radius[child] * 1.35)
    pieces = []
    steps = np.linspace(0, 1, 4)
    for a, b in itertools.pairwise(steps):
        p, q = ((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end for t in (a, b))
        r = np.stack([inner + (radius[child] - inner) * t for t in (a, b)], axis=1)
        pieces.append(Tubes(p, q, r))
    return Tubes.joined(pieces)


def _bronchi(arteries: Tubes) -> Tubes:
    """The bronchus beside each artery that is large enough to show one."""
    keep = arteries.radius_mm[:, 1] >= SMALLEST_BRONCHUS_MM
    start, end = arteries.start_mm[keep], arteries.end_mm[keep]
    radius = arteries.radius_mm[keep] * 0.95
    aside = np.asarray([0.35, 0.75, 0.55]) * 2.05
    return Tubes(start + aside * radius[:, :1], end + aside * radius[:, 1:], radius)
