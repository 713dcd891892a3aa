"""How often the interval of a score holds the score of another scan of the same patient.

Simulated patients are scanned twice: same anatomy and tumour, another scanner, voxel grids, noise
and a reader's outline of its own. Reported for each task: coverage at the stated level, width,
share of patients between the groups, and how often the second scan falls into the other group,
of all patients and of those whose first score is not between the groups.

Usage: python -m benchmarks.interval [--patients 200] [--weights demo] [--write]
`--write` puts the numbers into the card of the weights (as `interval` of each task).
"""

import argparse
import json
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from scipy.stats import beta

from dss_core.errors import DssError
from dss_core.intake import Images, Region
from dss_core.phantom.training_set import simulate_patient
from dss_core.pipeline import score_case
from dss_core.records import Group, SuvRecord, Task, TaskScore
from dss_core.scoring.uncertainty import LEVEL
from dss_core.scoring.weights import CARD, Bundle, bundle_folders, load_bundle
from dss_core.simulated_slices import one_thread

SEED = 9_300_000
"""Patients of their own: neither trained on nor held out."""
_loaded: list[Bundle] = []


@dataclass(frozen=True)
class Pair:
    """The scores of one task in two scans of one patient."""

    first: TaskScore
    second: TaskScore

    @property
    def held(self) -> bool:
        """Whether the interval of the first scan holds the score of the second."""
        return self.first.interval.low <= self.second.dls <= self.first.interval.high

    @property
    def flips(self) -> bool:
        """Whether the scores lie on different sides of the cut-off."""
        return (self.first.dls >= self.first.cutoff) != (self.second.dls >= self.second.cutoff)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    pairs: defaultdict[Task, list[Pair]] = defaultdict(list)
    without = 0
    seeds = range(SEED, SEED + asked.patients)
    with ProcessPoolExecutor(2, get_context("spawn"), _start, (asked.weights,)) as pool:
        for done, scans in enumerate(pool.map(_two_scans, seeds), start=1):
            without += not all(scans)
            for task in scans[0].keys() & scans[1].keys():
                pairs[task].append(Pair(scans[0][task], scans[1][task]))
            print(f"{done}/{len(seeds)} patients", end="\r", file=sys.stderr)
    found = {str(task): _summary(rows) for task, rows in sorted(pairs.items())}
    print(json.dumps({"pairs_without_a_score": without, **found}, indent=2))
    if asked.write:
        path = bundle_folders()[asked.weights] / CARD
        card = json.loads(path.read_text())
        for name, values in found.items():
            card["tasks"][name]["interval"] = values
        path.write_text(json.dumps(card, indent=2) + "\n")


def _start(weights: str) -> None:
    """Of a process: one thread, and the weights read once."""
    one_thread()
    torch.set_num_threads(1)
    _loaded.append(load_bundle(weights))


def _two_scans(seed: int) -> list[dict[Task, TaskScore]]:
    return [_scores(seed, scan, _loaded[0]) for scan in (0, 1)]


def _scores(seed: int, scan: int, bundle: Bundle) -> dict[Task, TaskScore]:
    """Empty where the score is withheld or refused, as of a tumour between the PET's voxels."""
    patient = simulate_patient(seed, scan)
    images = Images(patient.ct, patient.pet, SuvRecord("SUVbw", "simulated", ""), "identity", ())
    try:
        scores = score_case(images, Region(patient.roi, ()), bundle).scores
    except DssError:
        return {}
    return {score.task: score for score in scores}


def _summary(pairs: list[Pair]) -> dict[str, float | int | list[float]]:
    n, held = len(pairs), sum(pair.held for pair in pairs)
    limits = beta.ppf([0.025, 0.975], [held, held + 1], [n - held + 1, max(n - held, 1e-9)])
    decided = [pair for pair in pairs if pair.first.group is not Group.BETWEEN]
    widths = [pair.first.interval.high - pair.first.interval.low for pair in pairs]
    return {
        "level": LEVEL,
        "coverage": round(held / n, 3),
        "coverage_ci95": [round(float(limit), 3) for limit in limits],
        "simulated_patients_scanned_twice": n,
        "median_width": round(float(np.median(widths)), 3),
        "between_groups": round(1 - len(decided) / n, 3),
        "second_scan_in_other_group": round(float(np.mean([p.flips for p in pairs])), 3),
        "of_those_decided": round(float(np.mean([p.flips for p in decided])), 3),
    }


if __name__ == "__main__":
    main()
