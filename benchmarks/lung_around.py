"""How much aerated lung the check finds around simulated tumours, and around regions elsewhere.

Tumours of the training simulation on their small boxes, and spheres put where tumours of the lung
lie but the training has few: mediastinum, hilum, chest wall, large masses, with collapsed lung
around. Against them regions in organs that are no lung. The truth is the painter's own lung,
counted voxel by voxel within the same distance. A score is withheld below `LEAST_LUNG_ML`.

Usage: python -m benchmarks.lung_around [--patients 300] [--each 40]
"""

import argparse
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.stats import beta

from benchmarks._sizes import arguments, size
from benchmarks._workers import workers
from dss_core.geometry import Grid
from dss_core.phantom.anatomy import Thorax, sample_build
from dss_core.phantom.painter import Painter
from dss_core.phantom.scanner import CtProtocol, ct_slab
from dss_core.phantom.shapes import Axes, Refiner
from dss_core.phantom.training_set import simulate_patient
from dss_core.phantom.trees import HILUM_MM, Trees
from dss_core.records import Quantity, Roi, Volume
from dss_core.regions.lung_around import REACH_MM, aerated_lung_ml
from dss_core.scoring.lung_check import LEAST_LUNG_ML
from dss_core.training.simulated_slices import one_thread

SEED = 9_700_000
AROUND_MM = 45.0
SOLID_HU = 40.0
FIELD_MM = np.array([[-235.0, -195.0], [235.0, 165.0]])
Point = NDArray[np.float64]

LUNG_TUMOURS = ("mediastinum", "hilum", "chest wall", "large mass", "collapsed lobe")
COLLAPSED = "collapsed lung"
ELSEWHERE = {
    "heart": (24.0, -42.0, -80.0),
    "liver": (-62.0, -12.0, -170.0),
    "stomach": (56.0, -18.0, -160.0),
    "bowel": (62.0, -50.0, -240.0),
    "kidney": (-62.0, 52.0, -235.0),
    "back muscle": (40.0, 82.0, -270.0),
    "shoulder": (155.0, 10.0, 75.0),
    "limb": (0.0, 0.0, -380.0),
}
"""Where in the reference thorax; a limb is the body far below it."""


@dataclass(frozen=True)
class Placed:
    """A region of one kind, on a CT.

    Attributes
    ----------
    lung_ml : float
        True volume of lung within the reach of the check.
    """

    ct: Volume
    roi: Roi
    lung_ml: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=size(300, 2))
    parser.add_argument("--each", type=int, default=size(40, 1))
    asked = parser.parse_args(arguments())
    print(f"withheld below {LEAST_LUNG_ML:g} mL within {REACH_MM:g} mm; found: least, 1 %, median")
    with workers(2, one_thread) as pool:
        found = np.array(list(pool.map(_trained, range(SEED, SEED + asked.patients))))
        false = (found < LEAST_LUNG_ML).tolist()
        print(_row("training simulation", found))
        for kind in (*LUNG_TUMOURS, COLLAPSED, *size(tuple(ELSEWHERE), ("limb",))):
            pairs = list(pool.map(partial(_measured, kind), range(asked.each)))
            true, found = np.array(pairs).T
            if kind in LUNG_TUMOURS:
                false += (found < LEAST_LUNG_ML).tolist()
            none, kept_back = true == 0.0, found < LEAST_LUNG_ML
            print(
                f"{_row(kind, found)}; truly without lung {none.sum()}, of them withheld "
                f"{(none & kept_back).sum()}; most true lung of one withheld "
                f"{true[kept_back].max(initial=0.0):.1f} mL",
                flush=True,
            )
    n, wrong = len(false), sum(false)
    high = beta.ppf(0.975, wrong + 1, n - wrong)
    low = beta.ppf(0.025, wrong, n - wrong + 1) if wrong else 0.0
    print(f"falsely withheld {wrong} of {n} tumours of the lung (95% CI {low:.2%} to {high:.2%})")
    _time()


def _row(kind: str, found: NDArray[np.float64]) -> str:
    least, low, median = np.quantile(found, [0.0, 0.01, 0.5])
    withheld = int((found < LEAST_LUNG_ML).sum())
    return f"{kind:20s} {least:6.1f} {low:6.1f} {median:6.1f} mL; withheld {withheld}/{len(found)}"


def _trained(seed: int) -> float:
    patient = simulate_patient(seed)
    return aerated_lung_ml(patient.roi, patient.ct)


def _measured(kind: str, i: int) -> tuple[float, float]:
    """Lung around a region in truth and as found, mL."""
    rng = np.random.default_rng([SEED, sum(kind.encode()), i])
    emphysema = float(rng.uniform(0.25, 0.5)) if rng.random() < 0.2 else 0.02
    thorax = Thorax(sample_build(rng, emphysema))
    placed = _scanned(kind, thorax, *_sphere(kind, thorax, rng), rng)
    return placed.lung_ml, aerated_lung_ml(placed.roi, placed.ct)


def _sphere(kind: str, thorax: Thorax, rng: np.random.Generator) -> tuple[Point, float]:
    if kind in ELSEWHERE:
        at = np.array(ELSEWHERE[kind]) + rng.uniform(-10, 10, 3)
        return thorax.to_patient(at[None])[0], float(rng.uniform(6, 22))
    if kind == "mediastinum":
        at = rng.uniform((-12, -30, -50), (12, 30, 60))
        return thorax.to_patient(at[None])[0], float(rng.uniform(5, 20))
    if kind == "hilum":
        at = np.array(HILUM_MM[str(rng.choice(["left", "right"]))]) + rng.uniform(-8, 8, 3)
        return thorax.to_patient(at[None])[0], float(rng.uniform(6, 28))
    axes, depth = thorax.lung_lattice, thorax.lung_depth
    k, j, i = np.nonzero(np.abs(depth) < 3.5 if kind == "chest wall" else depth > 15.0)
    points = np.stack([axes.x_mm[i], axes.y_mm[j], axes.z_mm[k]], axis=1)
    if kind == "chest wall":
        points = points[np.abs(points[:, 0]) > 70]
    radii = {"chest wall": (6, 35), "large mass": (35, 65)}.get(kind, (8, 30))
    return points[rng.integers(len(points))].astype(np.float64), float(rng.uniform(*radii))


def _scanned(
    kind: str, thorax: Thorax, centre: Point, radius: float, rng: np.random.Generator
) -> Placed:
    """A CT of the whole width, or just around the region, with a sphere of soft tissue in it."""
    pixel, step = float(rng.uniform(1.0, 2.0)), float(rng.choice([2.0, 3.0, 3.27, 5.0]))
    half = radius + AROUND_MM
    low, high = centre - half, centre + half
    if rng.random() < 0.5:
        low[:2], high[:2] = FIELD_MM
    spacing = np.array([pixel, pixel, step])
    nx, ny, nz = (int(n) for n in (high - low) / spacing)
    grid = Grid((nz, ny, nx), (pixel, pixel, step), tuple(low.tolist()))
    axes = Axes.of(grid)
    ends = Axes(*(np.asarray(e, np.float32) for e in zip(low, high, strict=True)))
    painter = Painter(thorax, None, ends, _trees(kind, thorax, centre))
    noise = CtProtocol(psf_mm=2.0, noise_hu=float(rng.uniform(12, 55)), grain_px=1.1)
    hu = ct_slab(painter, grid, noise, rng).astype(np.float32)
    lung = Refiner(painter.coarse, axes).refine(painter.fields.lungs, (slice(None),) * 3) > 0
    x, y, z = axes.mesh()
    cx, cy, cz = centre
    away = np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2)
    solid = away < radius
    if kind == "collapsed lobe":
        solid |= lung & (away < radius + rng.uniform(10, 25))
    elif kind == COLLAPSED:
        solid |= lung & ((x < 0) == (cx < 0))
    if kind not in ELSEWHERE:
        hu[solid] = SOLID_HU + rng.normal(0, 20, int(solid.sum()))
        lung &= ~solid
    mask = away < radius
    around = distance_transform_edt(~mask, sampling=(step, pixel, pixel)) <= REACH_MM
    volume = Volume(hu, grid, Quantity.HU, "")
    return Placed(volume, Roi("GTV", mask, grid), float((lung & around).sum()) * grid.voxel_ml)


def _trees(kind: str, thorax: Thorax, centre: Point) -> Trees:
    """Dense around the region; elsewhere where both lungs are."""
    middle, half = (np.zeros(3), 80) if kind in ELSEWHERE else (centre, 30)
    return thorax.trees_around(np.stack([middle - half, middle + half]))


def _time() -> None:
    """Seconds on a CT of 512 x 512 x 150, the smallest size with `--smallest`."""
    rows = size(512, 64)
    grid = Grid((150, rows, rows), (0.977, 0.977, 2.5), (0.0, 0.0, 0.0))
    mask = np.zeros(grid.shape_zyx, dtype=np.bool_)
    mask[60:80, rows // 2 : rows // 2 + 30, rows // 2 : rows // 2 + 30] = True
    hu = np.full(grid.shape_zyx, -850.0, dtype=np.float32)
    ct, roi = Volume(hu, grid, Quantity.HU, ""), Roi("GTV", mask, grid)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        aerated_lung_ml(roi, ct)
        times.append(time.perf_counter() - start)
    print(f"{min(times) * 1000:.0f} ms for a CT of {rows} x {rows} x 150")


if __name__ == "__main__":
    main()
