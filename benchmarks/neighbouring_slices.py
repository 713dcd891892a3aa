"""Do neighbouring slices help? One 2D and one 2.5D member, same patients, same number of steps.

The critics of the 2020 system name "2D only" and "10-20 mm only". The 2.5D variant is the same
narrow residual network whose first layers see a slice with those 4 mm below and above it (nine
channels instead of three, 528 more weights), stacked as for `train --architecture 2.5d`. Both are
scored at the same four places of each held-out patient and compared by DeLong's test on pairs,
overall and by diameter. What the cache of `make weights` lacks is simulated first.

    python -m benchmarks.neighbouring_slices --cache DIR --out docs/figures
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks._sizes import arguments, size
from benchmarks._workers import workers
from dss_core.networks.srescnn import SResCNN, parameter_count
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_core.statistics.discrimination import auc_delong, compare_auc
from dss_core.statistics.interval import Interval
from dss_core.training.augmentation import normalise_batch
from dss_core.training.card_metrics import auc_by_size
from dss_core.training.dataset import SliceDataset
from dss_core.training.demo_plan import Plan
from dss_core.training.demo_weights import training_slices
from dss_core.training.simulated_slices import (
    NEIGHBOUR_SLICES,
    PLACES,
    Simulated,
    load,
    one_thread,
    simulate,
)
from dss_core.training.training_loop import train
from dss_core.training.training_state import Epoch

Scores = NDArray[np.float64]
STACKS = {
    "2D": AdjacentSlices(),
    "2.5D": AdjacentSlices(NEIGHBOUR_SLICES * Preprocessing().spacing_mm),
}
EPOCHS = size(12, 1)


def stacked(patients: Simulated, adjacent_slices: AdjacentSlices) -> SliceDataset:
    """One row a place, with what the network sees there; the cache keeps three slices of each."""
    slices, n = training_slices(patients), len(patients.egfr) * PLACES
    of_place = adjacent_slices.rows(3, spacing_mm=NEIGHBOUR_SLICES)[1]
    rows = 3 * np.arange(n)[:, None] + of_place
    own = rows[:, 0]
    auxiliary_targets = None if slices.auxiliary_targets is None else slices.auxiliary_targets[own]
    images = adjacent_slices.gather(slices.images, rows)
    return SliceDataset(images, slices.patient[own], slices.label[own], auxiliary_targets)


def scores(networks: tuple[SResCNN, ...], data: SliceDataset) -> Scores:
    """DLS (patients, tasks)."""
    out = np.empty((len(data.images) // PLACES, len(networks)))
    with torch.inference_mode():
        for row in range(len(out)):
            images = torch.from_numpy(data.images[row * PLACES : (row + 1) * PLACES])
            seen = networks[0].activation(normalise_batch(images.float()))
            for column, network in enumerate(networks):
                logits = network.classify(seen).double()
                out[row, column] = float(torch.softmax(logits, dim=1)[:, 1].mean())
    return out


def compared(
    of: dict[str, NDArray[np.float64]],
    positive: NDArray[np.bool_],
    diameter_mm: NDArray[np.float64],
) -> dict[str, Any]:
    """Areas of both, overall and by diameter, and their difference."""
    found = compare_auc(of["2.5D"], of["2D"], positive, ("2.5D", "2D"))
    return {
        **{
            name: {
                "auc": _numbers(auc_delong(score, positive)),
                "by_diameter_mm": auc_by_size(score, positive, diameter_mm),
            }
            for name, score in of.items()
        },
        "difference": _numbers(found.difference),
        "p": found.p,
    }


def _numbers(interval: Interval) -> list[float | None]:
    """Estimate and 95 % limits."""
    values = (interval.estimate, interval.low, interval.high)
    return [None if v is None else round(v, 4) for v in values]


def trained_and_scored(name: str, cache: Path, plan: Plan) -> Scores:
    """Scores (held-out patients, tasks) of one member of a kind."""
    torch.set_num_threads(1)
    adjacent_slices = STACKS[name]
    data = stacked(load(plan.training_seeds, cache), adjacent_slices)

    def on_step(epoch: Epoch) -> None:
        print(name, epoch, file=sys.stderr, flush=True)

    networks = train(data, plan.training_config, on_step)
    return scores(networks, stacked(load(plan.held_out_seeds, cache), adjacent_slices))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="that of make-demo-weights")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    parser.add_argument("--patients", type=int, default=size(Plan.n_training, 8))
    parser.add_argument("--held-out", type=int, default=size(Plan.n_held_out, 8))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args(arguments())
    plan = Plan(options.patients, options.held_out)
    plan = replace(plan, training_config=replace(plan.training_config, max_epochs=options.epochs))
    start = perf_counter()
    with workers(len(STACKS), one_thread) as pool:
        for seeds in (plan.training_seeds, plan.held_out_seeds):
            for part in simulate(seeds, options.cache, pool):
                part.result()
                print("part of the patients ready", file=sys.stderr, flush=True)
        runs = {name: pool.submit(trained_and_scored, name, options.cache, plan) for name in STACKS}
        found = {name: run.result() for name, run in runs.items()}
    strangers = load(plan.held_out_seeds, options.cache)
    report = {
        "training_patients": plan.n_training,
        "held_out_patients": len(strangers.egfr),
        "epochs": options.epochs,
        "minutes_on_two_cores": round((perf_counter() - start) / 60, 1),
        "parameters": {n: parameter_count(SResCNN(len(s.channels))) for n, s in STACKS.items()},
        **{
            str(task): compared(
                {name: s[:, column] for name, s in found.items()},
                strangers.positive(task),
                strangers.diameter_mm,
            )
            for column, task in enumerate(Task)
        },
    }
    text = json.dumps(report, indent=1)
    (options.out / "neighbouring_slices.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
