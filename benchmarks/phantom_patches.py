"""Do simulated patches look like real ones? A figure for the eye and for the numbers.

Simulated patients are cut as the published patches were (the region's square + 20 mm a side,
1 mm sampling, 8 bit). The authors' window is not published: PET is stretched to its own range, CT
is shown in a fixed window that puts soft tissue at 0.6, where most of it lies in the released
patches. Of those only statistics are shown, no image: intensity histogram, radial power
spectrum, distribution of edge strength.

    python -m benchmarks.phantom_patches --real DIR/Image --out docs/figures
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from benchmarks._sizes import arguments, size
from dss_core.phantom.training_set import SimulatedPatient, simulate_patient
from dss_core.records import Volume

SIDE_PX = 128
MARGIN_MM = 20.0
CT_WINDOW_HU = (-1000.0, 730.0)
BANDS = np.arange(2, 41)
Patch = NDArray[np.float64]


@dataclass(frozen=True)
class Statistics:
    """One number per property of a patch with values 0 to 1."""

    mean: float
    spread: float
    dark_share: float
    spectrum_slope: float
    edge_median: float
    edge_90: float
    edge_99: float


def cut(patient: SimulatedPatient) -> tuple[Patch, Patch]:
    """CT and PET patch (128x128, 0 to 1) through the middle slice of the region."""
    grid, mask = patient.roi.grid, patient.roi.mask_zyx
    touched = np.flatnonzero(mask.any(axis=(1, 2)))
    k = int(touched[len(touched) // 2])
    rows, columns = np.nonzero(mask[k])
    world = grid.to_world(np.stack([columns, rows, np.full_like(rows, k)], axis=1).astype(float))
    low, high = world[:, :2].min(axis=0), world[:, :2].max(axis=0)
    centre, side = (low + high) / 2, float((high - low).max()) + 2 * MARGIN_MM
    n = round(side)
    offset = np.arange(n) + 0.5 - n / 2
    nearest = np.minimum((np.arange(SIDE_PX) + 0.5) * n / SIDE_PX, n - 1).astype(int)

    def sample(volume: Volume) -> Patch:
        x, y = np.meshgrid(centre[0] + offset, centre[1] + offset)
        points = np.stack([x.ravel(), y.ravel(), np.full(x.size, world[0, 2])], axis=1)
        index = volume.grid.to_index(points)[:, ::-1].T
        plane = map_coordinates(volume.values_zyx, index, order=1, mode="nearest").reshape(n, n)
        return plane[np.ix_(nearest, nearest)].astype(np.float64)

    pet = sample(patient.pet)
    return grey(sample(patient.ct), CT_WINDOW_HU), grey(pet, (pet.min(), pet.max()))


def grey(plane: Patch, window: tuple[float, float]) -> Patch:
    """Values in a window as 8 bit, 0 to 1."""
    low, high = window
    return np.rint((np.clip(plane, low, high) - low) / (high - low) * 255) / 255


def spectrum(patch: Patch) -> Patch:
    """Radial mean of the power spectrum at `BANDS` cycles per patch, Hann window."""
    window = np.hanning(SIDE_PX)
    wave = np.fft.fft2((patch - patch.mean()) * window[:, None] * window)
    frequency = np.fft.fftfreq(SIDE_PX) * SIDE_PX
    radius = np.hypot(frequency[:, None], frequency).astype(int).ravel()
    power = np.bincount(radius, (np.abs(wave) ** 2).ravel()) / np.bincount(radius)
    return power[BANDS]


def measure(patch: Patch) -> Statistics:
    """The numbers of one patch."""
    edges = np.hypot(*np.gradient(patch))
    fit = (BANDS >= 4) & (BANDS <= 24)
    return Statistics(
        mean=float(patch.mean()),
        spread=float(patch.std()),
        dark_share=float((patch < 0.15).mean()),
        spectrum_slope=float(np.polyfit(np.log(BANDS[fit]), np.log(spectrum(patch)[fit]), 1)[0]),
        edge_median=float(np.median(edges)),
        edge_90=float(np.quantile(edges, 0.9)),
        edge_99=float(np.quantile(edges, 0.99)),
    )


def table(patches: list[Patch]) -> dict[str, list[float]]:
    """10 %, 50 % and 90 % quantile of each statistic over patches."""
    rows = [asdict(measure(p)) for p in patches]
    return {
        name: [round(float(q), 4) for q in np.quantile([r[name] for r in rows], [0.1, 0.5, 0.9])]
        for name in rows[0]
    }


def draw(
    simulated: dict[str, list[Patch]], real: dict[str, list[Patch]], shown: int, path: Path
) -> None:
    """Patches above, statistics below (simulated against real)."""
    figure = plt.figure(figsize=(12, 9.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1.15, 1])
    above.suptitle("Simulated patients: CT over PET, region + 20 mm a side")
    axes = above.subplots(4, shown // 2, squeeze=False)
    for i in range(shown):
        row, column = 2 * (i // (shown // 2)), i % (shown // 2)
        for j, kind in enumerate(("CT", "PET")):
            axes[row + j, column].imshow(simulated[kind][i], cmap="gray", vmin=0, vmax=1)
    for ax in axes.ravel():
        ax.set_axis_off()
    panels = below.subplots(2, 3)
    for row, kind in enumerate(("CT", "PET")):
        for colour, name, patches in (
            ("#1f77b4", "simulated", simulated[kind]),
            ("#d62728", "released, statistics only", real.get(kind, [])),
        ):
            if not patches:
                continue
            bins = np.linspace(0, 1, 33)
            edges = np.logspace(-3.2, -0.4, 30)
            curves = (
                (bins[1:], [np.histogram(p, bins)[0] / p.size for p in patches]),
                (BANDS, [spectrum(p) for p in patches]),
                (
                    edges[1:],
                    [np.histogram(np.hypot(*np.gradient(p)), edges)[0] / p.size for p in patches],
                ),
            )
            for ax, (x, y) in zip(panels[row], curves, strict=True):
                low, middle, high = np.quantile(y, [0.1, 0.5, 0.9], axis=0)
                ax.plot(x, middle, color=colour, label=f"{name} (n {len(patches)})")
                ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        panels[row, 0].set(ylabel=f"{kind}: share of pixels", xlabel="grey value", yscale="log")
        panels[row, 0].set_ylim(1e-4, 1)
        panels[row, 1].set(ylabel="power", xlabel="cycles per patch", xscale="log", yscale="log")
        panels[row, 1].set_xticks([2, 5, 10, 20, 40], ["2", "5", "10", "20", "40"])
        panels[row, 1].minorticks_off()
        panels[row, 2].set(ylabel="share of pixels", xlabel="edge strength", xscale="log")
    panels[0, 0].legend(fontsize=8)
    below.suptitle("Median and 10-90 % range over patches")
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, help="folder with CT/*.png and PET/*.png")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    parser.add_argument("--patients", type=int, default=size(64, 2))
    parser.add_argument("--first-seed", type=int, default=500)
    options = parser.parse_args(arguments())
    seeds = range(options.first_seed, options.first_seed + options.patients)
    pairs = [cut(simulate_patient(seed)) for seed in seeds]
    simulated = {"CT": [c for c, _ in pairs], "PET": [p for _, p in pairs]}
    real: dict[str, list[Patch]] = {}
    if options.real is not None:
        for kind in ("CT", "PET"):
            files = sorted((options.real / kind).glob("*.png"))
            real[kind] = [np.asarray(Image.open(f).convert("L")) / 255 for f in files]
    options.out.mkdir(parents=True, exist_ok=True)
    draw(simulated, real, min(16, options.patients), options.out / "simulated_patches.png")
    report = {
        kind: {"simulated": table(simulated[kind])}
        | ({"released": table(real[kind])} if kind in real else {})
        for kind in ("CT", "PET")
    }
    (options.out / "simulated_patches.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
