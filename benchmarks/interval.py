"""How often the interval of a score holds the score of another scan of the same patient.

Simulated patients are scanned twice: same anatomy and tumour, another scanner, voxel grids, noise
and a reader's outline of its own. From as many patients of their own the multiple is taken that the
interval is made with, then it is measured. Reported for each task: that multiple, coverage with it
and with the multiple of normal errors, width, share of patients between the groups, and how often
the second scan falls into the other group, of all patients and of those whose first score is not
between the groups.

Usage: python -m benchmarks.interval [--patients 200] [--weights demo] [--write]
`--write` puts the numbers into the card of the weights (as `interval` of each task).
"""

import argparse
import json
import sys
from collections import defaultdict
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import beta

from benchmarks._sizes import arguments, networks, size
from benchmarks._workers import workers
from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.bundles.bundle_folders import CARD, bundle_folders
from dss_core.bundles.model_card import Z
from dss_core.case.open_case import Region
from dss_core.case.score_case import score_case
from dss_core.errors import DssError
from dss_core.phantom.training_set import simulate_patient
from dss_core.records import Group, Interval, SuvRecord, Task, TaskScore
from dss_core.scoring.score_interval import (
    LEVEL,
    SourcesOfVariation,
    group_of,
    interval,
    interval_multiple,
)
from dss_core.spatial.alignment import ReadImages, align
from dss_core.training.simulated_slices import one_thread

SEED, FIRST_SEED = 9_300_000, 9_600_000
"""Patients of their own, neither trained on nor held out: of the measurement, of the multiple."""
_loaded: list[Bundle] = []


@dataclass(frozen=True)
class Pair:
    """The scores of one task in two scans of one patient."""

    first: TaskScore
    second: TaskScore

    @property
    def parts(self) -> SourcesOfVariation:
        """What the interval of the first is made of."""
        made = self.first.interval
        return SourcesOfVariation(made.outline, made.slices, made.ensemble)

    def span(self, multiple: float) -> Interval:
        """The interval of the first scan."""
        return interval(self.first.dls, self.parts, multiple)

    def held(self, multiple: float) -> bool:
        """Whether the interval of the first scan holds the score of the second."""
        span = self.span(multiple)
        return span.low <= self.second.dls <= span.high

    @property
    def flips(self) -> bool:
        """Whether the scores lie on different sides of the cut-off."""
        return (self.first.dls >= self.first.cutoff) != (self.second.dls >= self.second.cutoff)


Pairs = dict[Task, list[Pair]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=size(200, 9))
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments())
    with workers(2, _start, asked.weights) as pool:
        before, _ = _scanned_twice(FIRST_SEED, asked.patients, pool)
        pairs, without = _scanned_twice(SEED, size(asked.patients, 1), pool)
    found = {str(task): _summary(rows, _multiple(before[task])) for task, rows in pairs.items()}
    print(json.dumps({"pairs_without_a_score": without, **found}, indent=2))
    if asked.write:
        path = bundle_folders()[asked.weights] / CARD
        card = json.loads(path.read_text())
        for name, values in found.items():
            card["tasks"][name]["interval"] = values
        path.write_text(json.dumps(card, indent=2) + "\n")


def _scanned_twice(seed: int, n: int, pool: Executor) -> tuple[Pairs, int]:
    """Pairs of each task, and how many patients lack a score in one of the scans."""
    pairs: defaultdict[Task, list[Pair]] = defaultdict(list)
    without = 0
    for done, scans in enumerate(pool.map(_two_scans, range(seed, seed + n)), start=1):
        without += not all(scans)
        for task in scans[0].keys() & scans[1].keys():
            pairs[task].append(Pair(scans[0][task], scans[1][task]))
        print(f"{done}/{n} patients", end="\r", file=sys.stderr)
    return dict(sorted(pairs.items())), without


def _multiple(pairs: list[Pair]) -> float:
    columns = ((p.first.dls, p.second.dls, p.parts.total) for p in pairs)
    return round(interval_multiple(*np.array(list(columns)).T), 3)


def _start(weights: str) -> None:
    """Of a process: one thread, and the weights read once."""
    one_thread()
    torch.set_num_threads(1)
    _loaded.append(networks(load_bundle(weights)))


def _two_scans(seed: int) -> list[dict[Task, TaskScore]]:
    return [_scores(seed, scan, _loaded[0]) for scan in (0, 1)]


def _scores(seed: int, scan: int, bundle: Bundle) -> dict[Task, TaskScore]:
    """Empty where the score is withheld or refused, as of a tumour between the PET's voxels."""
    patient = simulate_patient(seed, scan)
    images = align(
        ReadImages(
            patient.ct,
            patient.pet,
            SuvRecord("SUVbw", "simulated", ""),
        )
    )
    try:
        scores = score_case(images, Region(patient.roi, ()), bundle).result.scores
    except DssError:
        return {}
    return {score.task: score for score in scores}


def _summary(pairs: list[Pair], multiple: float) -> dict[str, float | int | list[float]]:
    n, held = len(pairs), sum(pair.held(multiple) for pair in pairs)
    limits = beta.ppf([0.025, 0.975], [held, held + 1], [n - held + 1, max(n - held, 1e-9)])
    spans = [pair.span(multiple) for pair in pairs]
    decided = [
        pair
        for pair, span in zip(pairs, spans, strict=True)
        if group_of(pair.first.dls, span, pair.first.cutoff) is not Group.INDETERMINATE
    ]
    return {
        "level": LEVEL,
        "multiple": multiple,
        "coverage": round(held / n, 3),
        "coverage_ci95": [round(float(limit), 3) for limit in limits],
        "coverage_with_the_normal_multiple": round(sum(pair.held(Z) for pair in pairs) / n, 3),
        "simulated_patients_scanned_twice": n,
        "median_width": round(float(np.median([span.high - span.low for span in spans])), 3),
        "between_groups": round(1 - len(decided) / n, 3),
        "second_scan_in_other_group": round(float(np.mean([p.flips for p in pairs])), 3),
        "of_those_decided": round(float(np.mean([p.flips for p in decided])), 3),
    }


if __name__ == "__main__":
    main()
