"""How well images that no network was trained on are told from held-out simulated patients.

AUROC of the distance to the training images, and the shares that are warned of and withheld, for
simulated patients spoilt in ways that happen, and the result for real cases that are no lung
tumour, where they are given.

Usage: python -m benchmarks.foreign_images [--patients 200] [--weights demo] [--cases DIR]
DIR holds folders with `ct`, `pet` and `rtstruct_ct.dcm`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks._sizes import arguments, size
from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.bundles.ood_reference import Reference, ood_distance
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.phantom.training_set import simulate_patient
from dss_core.preprocessing.image_statistics import image_statistics
from dss_core.preprocessing.tensor import region_images
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.records import RegionImages
from dss_core.settings import Preprocessing

SEED = 9_400_000
SUV, HU = 30.0, 2000.0
"""Upper ends of the windows, from 0."""

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
_rng = np.random.default_rng(0)


def _scaled(factor: float) -> Callable[[Pair], Pair]:
    return lambda images: (np.clip(images[0] * factor, 0, SUV), images[1])


SPOILT: dict[str, Callable[[Pair], Pair]] = {
    "CT and PET swapped": lambda x: (
        np.clip(x[1] - 1000, 0, SUV),
        np.clip(x[0], -1000, 1000) + 1000,
    ),
    "SUV times 1000 (Bq/mL)": _scaled(1000),
    "SUV times 10": _scaled(10),
    "SUV times 4": _scaled(4),
    "SUV times 2": _scaled(2),
    "SUV times 0.5": _scaled(0.5),
    "SUV times 0.1": _scaled(0.1),
    "CT without its intercept": lambda x: (x[0], np.clip(x[1] + 1000, 0, HU)),
    "CT inverted": lambda x: (x[0], HU - x[1]),
    "blank PET": lambda x: (0 * x[0], x[1]),
    "blank CT": lambda x: (x[0], 0 * x[1]),
    "noise for PET": lambda x: (np.clip(_rng.normal(2, 1, x[0].shape), 0, SUV), x[1]),
    "noise for CT": lambda x: (x[0], np.clip(_rng.normal(1000, 300, x[1].shape), 0, HU)),
    "PET upside down": lambda x: (x[0][:, ::-1], x[1]),
    "both upside down": lambda x: (x[0][:, ::-1], x[1][:, ::-1]),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=size(200, 2))
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--cases", type=Path)
    asked = parser.parse_args(arguments())
    bundle = load_bundle(asked.weights)
    reference, settings = bundle.reference, bundle.preprocessing
    if reference is None:
        raise SystemExit(f"The weights {bundle.id!r} have no reference to compare with.")
    images = [_simulated(seed, settings) for seed in range(SEED, SEED + asked.patients)]
    usual = _distances([(one.pet, one.ct) for one in images], reference, settings)
    print(f"warned beyond {reference.warn:.2f}, withheld beyond {reference.stop:.2f}")
    print(f"{'as they are':26s} {'':11s} {_shares(usual, reference)}")
    for name, spoil in SPOILT.items():
        found = _distances([spoil((one.pet, one.ct)) for one in images], reference, settings)
        truth = np.repeat([0, 1], [usual.size, found.size])
        auroc = roc_auc_score(truth, np.concatenate([usual, found]))
        print(f"{name:26s} AUROC {auroc:.3f} {_shares(found, reference)}")
    for folder in sorted(asked.cases.glob("*/rtstruct_ct.dcm")) if asked.cases else ():
        case = ood_distance(_real(folder.parent, bundle), reference, settings)
        print(f"{folder.parent.name:26s} {case.distance:.1f} {case.result}: {case.reasons}")


def _simulated(seed: int, settings: Preprocessing) -> RegionImages:
    patient = simulate_patient(seed)
    return region_images(patient.ct, patient.pet, patient.roi, settings)


def _real(folder: Path, bundle: Bundle) -> RegionImages:
    ct, pet, roi = (
        take_inventory(from_paths([folder / name])) for name in ("ct", "pet", "rtstruct_ct.dcm")
    )
    images = open_images(ImageSeries(propose_series(ct, "CT"), propose_series(pet, "PT")))
    region = take_region(read_regions(roi.structure_sets), None, images)
    return region_images(images.ct, images.pet, region.roi, bundle.preprocessing)


def _distances(
    images: list[Pair], reference: Reference, settings: Preprocessing
) -> NDArray[np.float64]:
    rows = [image_statistics(pet, ct, settings).mean(axis=0) for pet, ct in images]
    return reference.distance(np.stack(rows))


def _shares(distances: NDArray[np.float64], reference: Reference) -> str:
    warned, withheld = (distances > limit for limit in (reference.warn, reference.stop))
    return (
        f"median {np.median(distances):5.1f}, warned or withheld {warned.mean():4.0%}, "
        f"withheld {withheld.mean():4.0%}"
    )


if __name__ == "__main__":
    main()
