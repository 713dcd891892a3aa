"""Do neighbouring slices help? One 2D and one 2.5D member, same patients, same number of steps.

The critics of the 2020 system name "2D only" and "10-20 mm only". The 2.5D variant is the same
narrow residual network whose first layers see a slice with those 4 mm below and above it (nine
channels instead of three, 528 more weights). Both are scored at the same four places of each
held-out patient and compared by DeLong's test on pairs, overall and by diameter.

    python -m benchmarks.neighbouring_slices --cache DIR --out docs/figures
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dss_core.card_metrics import auc_by_size
from dss_core.demo_weights import Plan, training_slices
from dss_core.evaluation.discrimination import compare_auc
from dss_core.records import Task
from dss_core.scoring.augment import normalise_batch
from dss_core.scoring.labelled import LabelledSlices
from dss_core.scoring.network import SResCNN, parameter_count
from dss_core.scoring.training import train
from dss_core.scoring.training_state import Epoch
from dss_core.simulated_slices import PLACES, Simulated, load
from dss_core.survival.curves import Interval
from dss_core.survival.performance import auc_delong

BELOW, CENTRE, ABOVE = 0, 1, 2
Scores = NDArray[np.float64]
CHANNELS = {"2D": (CENTRE,), "2.5D": (CENTRE, BELOW, ABOVE)}


def with_neighbours(patients: Simulated, kept: tuple[int, ...]) -> LabelledSlices:
    """One row a place; the kept slices of the place as pairs of channels."""
    n = len(patients.egfr)
    triples = patients.images.reshape(n, PLACES, 3, 2, *patients.images.shape[-2:])
    images = triples[:, :, list(kept)].reshape(n * PLACES, 2 * len(kept), *triples.shape[-2:])
    slices = training_slices(patients)
    rows = np.arange(len(slices.patient)).reshape(-1, 3)[:, CENTRE]
    hints = None if slices.hints is None else slices.hints[rows]
    return LabelledSlices(images, slices.patient[rows], slices.label[rows], hints)


def scores(networks: tuple[SResCNN, ...], data: LabelledSlices) -> Scores:
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


def trained_and_scored(name: str, cache: Path, epochs: int) -> Scores:
    """Scores (held-out patients, tasks) of one member of a kind."""
    torch.set_num_threads(1)
    plan, kept = Plan(), CHANNELS[name]
    recipe = replace(plan.recipe, max_epochs=epochs)
    data = with_neighbours(load(plan.training_seeds, cache), kept)

    def tell(epoch: Epoch) -> None:
        print(name, epoch, file=sys.stderr, flush=True)

    networks = train(data, recipe, tell, cache / f"neighbours-{name}-{epochs}")
    return scores(networks, with_neighbours(load(plan.held_out_seeds, cache), kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="that of make-demo-weights")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    parser.add_argument("--epochs", type=int, default=Plan().recipe.max_epochs)
    options = parser.parse_args()
    with ProcessPoolExecutor(len(CHANNELS), get_context("spawn")) as pool:
        runs = {
            name: pool.submit(trained_and_scored, name, options.cache, options.epochs)
            for name in CHANNELS
        }
        found = {name: run.result() for name, run in runs.items()}
    strangers = load(Plan().held_out_seeds, options.cache)
    report = {
        "training_patients": Plan().n_training,
        "held_out_patients": len(strangers.egfr),
        "epochs": options.epochs,
        "parameters": {name: parameter_count(SResCNN(3 * len(k))) for name, k in CHANNELS.items()},
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
