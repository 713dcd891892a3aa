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
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from dss_core.phantom.training_set import simulate_patient
from dss_core.pipeline import Images, Region, score_case
from dss_core.records import Group, SuvRecord, Task, TaskScore
from dss_core.scoring.uncertainty import LEVEL
from dss_core.scoring.weights import CARD, Bundle, bundle_folders, load_bundle

SEED = 9_300_000
"""Patients of their own: neither trained on nor held out."""


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
    bundle = load_bundle(asked.weights)
    pairs: dict[Task, list[Pair]] = {task: [] for task in bundle.models}
    withheld = 0
    for seed in range(SEED, SEED + asked.patients):
        scans = [dict(_scores(seed, scan, bundle)) for scan in (0, 1)]
        withheld += not all(scans)
        for task in scans[0].keys() & scans[1].keys():
            pairs[task].append(Pair(scans[0][task], scans[1][task]))
    found = {str(task): _summary(rows) for task, rows in pairs.items()}
    print(json.dumps({"withheld_pairs": withheld, **found}, indent=2))
    if asked.write:
        path = bundle_folders()[asked.weights] / CARD
        card = json.loads(path.read_text())
        for name, values in found.items():
            card["tasks"][name]["interval"] = values
        path.write_text(json.dumps(card, indent=2) + "\n")


def _scores(seed: int, scan: int, bundle: Bundle) -> Iterator[tuple[Task, TaskScore]]:
    patient = simulate_patient(seed, scan)
    images = Images(patient.ct, patient.pet, SuvRecord("SUVbw", "simulated", ""), "identity", ())
    for score in score_case(images, Region(patient.roi, ()), bundle).scores:
        yield score.task, score


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
