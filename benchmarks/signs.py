"""Which of the drawn signs the demo networks see: a linear reader of their last layer, by sign.

Usage: python -m benchmarks.signs CACHE
CACHE keeps simulated patients; `make weights` leaves them in `DSS_HOME/cache`, what is not there
is simulated. On half of the held-out patients a logistic regression learns each sign from a
member's mean activation before the head (mean over slices); the AUC is that of the mean of the
members' readers on the other half, with DeLong's interval. What a linear reader cannot find, the
score, which is a linear reader too, cannot use.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._sizes import arguments, size
from benchmarks._workers import workers
from dss_core.bundles.bundle import load_bundle
from dss_core.networks.srescnn import SResCNN
from dss_core.phantom.associations import ASSOCIATIONS
from dss_core.records import Task
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.interval import Interval
from dss_core.training.augmentation import normalise_batch
from dss_core.training.demo_plan import Plan
from dss_core.training.demo_weights import HOT_SUV, LARGE_MM
from dss_core.training.simulated_slices import load, one_thread, simulate

PATIENTS = size(Plan.n_held_out, 12)
FOLDS = size(5, 2)
FEWEST = FOLDS
"""Patients with and without a sign in each half."""


def main() -> None:
    """Print a row of a table for each sign."""
    cache, seeds = Path(arguments()[0]), Plan().held_out_seeds[:PATIENTS]
    with workers(2, one_thread) as pool:
        for part in simulate(seeds, cache, pool):
            part.result()
    patients = load(seeds, cache)
    seen = features(patients.images)
    truth = {row.sign.value: patients.signs[:, k] for k, row in enumerate(ASSOCIATIONS)}
    truth[f"SUVmax above {HOT_SUV:g}"] = patients.suv_max > HOT_SUV
    truth[f"diameter above {LARGE_MM:g} mm"] = patients.diameter_mm > LARGE_MM
    for task in Task:
        truth[f"label {task}"] = patients.positive(task)
    half = len(seen) // 2
    print("| sign | patients with it | AUC (95 % CI) |\n|---|---|---|")
    for name, has in truth.items():
        if min(np.bincount(part, minlength=2).min() for part in (has[:half], has[half:])) < FEWEST:
            print(f"| {name} | {has.mean():.0%} | too few |")
            continue
        read = np.mean([_reading(one, has, half) for one in seen.swapaxes(0, 1)], axis=0)
        area = auc_delong(read, has[half:])
        print(f"| {name} | {has.mean():.0%} | {_with_interval(area)} |")


def _with_interval(area: Interval) -> str:
    """No interval where the reader is never or always right."""
    if area.low is None or area.high is None:
        return f"{area.estimate:.2f} (no interval: {area.reason})"
    return f"{area.estimate:.2f} ({area.low:.2f} to {area.high:.2f})"


def _reading(seen: NDArray[np.float64], has: NDArray[np.bool_], half: int) -> NDArray[np.float64]:
    """How much a reader that learnt on the first half sees the sign in each of the others."""
    search = LogisticRegressionCV(
        Cs=size([1e-4, 1e-3, 1e-2, 1e-1], [1e-2]),
        l1_ratios=(0,),
        scoring="roc_auc",
        cv=FOLDS,
        use_legacy_attributes=False,
    )
    reader = make_pipeline(StandardScaler(), search).fit(seen[:half], has[:half])
    return np.asarray(reader.decision_function(seen[half:]))


def features(images: NDArray[np.float16]) -> NDArray[np.float64]:
    """(patients, members, features): mean over a patient's slices and over the 8x8 cells."""
    networks = [m for m in load_bundle().models[Task.EGFR].members if isinstance(m, SResCNN)]
    rows = []
    with torch.inference_mode():
        for slices in images:
            x = normalise_batch(torch.from_numpy(slices).float())
            means = [network.activation(x).mean(dim=(0, 2, 3)) for network in networks]
            rows.append(torch.stack(means).double().numpy())
    return np.stack(rows)


if __name__ == "__main__":
    main()
