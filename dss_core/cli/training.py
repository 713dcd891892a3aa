"""`train` on a hospital's own cohort, and `make-demo-weights` from simulated patients."""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dss_core.batch.manifest import load_cohort, read_manifest
from dss_core.bundles.model_card import read_card
from dss_core.cli.arguments.training import ARCHITECTURES
from dss_core.settings import NEIGHBOUR_MM, AdjacentSlices, Preprocessing, home
from dss_core.storage import write_whole
from dss_core.training.cohort_weights import FEWEST_HELD_OUT, train_task
from dss_core.training.demo_model_card import in_document
from dss_core.training.demo_plan import Plan
from dss_core.training.demo_weights import make_bundle
from dss_core.training.hardware import Hardware
from dss_core.training.training_config import TrainingConfig
from dss_core.training.training_state import Epoch

_ADJACENT_SLICES = dict(
    zip(ARCHITECTURES, (AdjacentSlices(), AdjacentSlices(NEIGHBOUR_MM)), strict=True)
)
_LACKING = {
    "training_ranges": "No training ranges on the card: no tensor file contains the measurements "
    "of its case.",
    "novelty": "No reference of the training images on the card: it needs "
    f"{FEWEST_HELD_OUT} validation patients, a fifth of all.",
}


def run_train(arguments: argparse.Namespace) -> dict[str, Any]:
    with Hardware.named(arguments.device, arguments.amp) as hardware:
        return _train(arguments, hardware)


def _train(arguments: argparse.Namespace, hardware: Hardware) -> dict[str, Any]:
    rows = read_manifest(arguments.data)
    with hardware.one_after_the_first():
        cohort = load_cohort(
            rows,
            Preprocessing(),
            home() / "cache",
            lambda n: _on_step(f"patient {n}/{len(rows)} read") if hardware.first else None,
        )
    training_config = replace(TrainingConfig(), max_epochs=arguments.epochs, seed=arguments.seed)
    on_step = partial(_tell_epoch, str(arguments.task), training_config.max_epochs)
    adjacent_slices = _ADJACENT_SLICES[arguments.architecture]
    out, task = arguments.out, arguments.task
    entry = train_task(out, task, cohort, training_config, adjacent_slices, hardware, on_step)
    if not hardware.first:
        raise SystemExit(0)
    card = read_card(out).to_json()
    for key, lacking in _LACKING.items():
        if key not in card:
            _on_step(lacking)
    return {
        "bundle": str(out),
        "task": task,
        **{k: card[k] for k in ("architecture", "neighbour_mm") if k in card},
        **entry,
    }


def run_demo(arguments: argparse.Namespace) -> dict[str, Any]:
    plan = Plan(arguments.patients, arguments.held_out, arguments.members, arguments.processes)
    plan = replace(plan, training_config=replace(plan.training_config, max_epochs=arguments.epochs))
    on_step = partial(_tell_member, plan.members, arguments.epochs)
    card = make_bundle(arguments.out, arguments.cache, plan, on_step, _on_step)
    if arguments.model_card is not None:
        document: Path = arguments.model_card
        write_whole(document, in_document(document.read_text(), card).encode())
    return card


def _tell_member(members: int, last: int, member: int, epoch: Epoch) -> None:
    _tell_epoch(f"member {member + 1}/{members}", last, epoch)


def _tell_epoch(name: str, last: int, epoch: Epoch) -> None:
    done = round(20 * epoch.number / last)
    _on_step(
        f"{name} [{'#' * done}{'.' * (20 - done)}] epoch {epoch.number}/{last} "
        f"loss {epoch.train_loss:.3f}, validation {epoch.validation_loss:.3f} "
        f"AUC {epoch.validation_auc:.3f}"
    )


def _on_step(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
