"""The shipped demo weights, made again from nothing: simulate, take in, train, measure, write.

Simulated patients go through the same intake as a real one. The card says what the weights
are and how well they do on simulated patients they never saw.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from dss_core import __version__
from dss_core.phantom.training_set import simulate_patient
from dss_core.preprocessing.tensor import region_images
from dss_core.records import Task
from dss_core.scoring.bundle_writer import Member, network_bytes, pack_task, write_bundle
from dss_core.scoring.network import SResCNN, parameter_count
from dss_core.scoring.novelty import PatientImages, pack_reference
from dss_core.scoring.training import Epoch, LabelledSlices, Recipe, predict_patients, train
from dss_core.scoring.weights import FORMAT
from dss_core.settings import Preprocessing

TRAINING_SEED = 1_000_000
HELD_OUT_SEED = 9_000_000
SLICES_KEPT = 12
BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Plan:
    """How much is simulated and how long is trained."""

    n_training: int = 1600
    n_held_out: int = 500
    members: int = 1
    processes: int = 2
    recipe: Recipe = field(default_factory=lambda: Recipe(slices_per_patient=2, max_epochs=30))


@dataclass(frozen=True)
class Simulated:
    """Simulated patients as training slices, with both labels.

    Attributes
    ----------
    images : float32 array (n, 2, 64, 64)
    patient : int64 array (n,)
    labels : one int64 array (n,) per task
    """

    images: NDArray[np.float32]
    patient: NDArray[np.int64]
    labels: dict[Task, NDArray[np.int64]]

    def for_task(self, task: Task) -> LabelledSlices:
        """The same slices with one task's label."""
        return LabelledSlices(self.images, self.patient, self.labels[task])


def simulate(seeds: Sequence[int], cache: Path, processes: int) -> Simulated:
    """Slices of one simulated patient per seed; kept on disk by a digest of how they were made.

    At most `SLICES_KEPT` slices of a patient, evenly over the region's height.
    """
    key = f"{__version__}|{seeds[0]}|{len(seeds)}|{SLICES_KEPT}|{Preprocessing()}"
    path = cache / f"simulated-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
    if not path.exists():
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            parts = list(pool.map(_patient_slices, seeds, chunksize=8))
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        counts = [len(p.images) for p in parts]
        np.savez(
            part,
            images=np.concatenate([p.images for p in parts]),
            patient=np.repeat(np.arange(len(parts)), counts),
            egfr=np.repeat([p.egfr for p in parts], counts),
            pdl1=np.repeat([p.pdl1 for p in parts], counts),
        )
        part.replace(path)
    with np.load(path) as stored:
        labels = {task: stored[str(task)].astype(np.int64) for task in Task}
        return Simulated(stored["images"], stored["patient"].astype(np.int64), labels)


def make_bundle(
    folder: Path, cache: Path, plan: Plan, tell: Callable[[Task, int, Epoch], None]
) -> dict[str, Any]:
    """Train an ensemble for each task and write the bundle; returns its card.

    The bundle is whole after every round of members, so that a long run can be looked at early.

    Parameters
    ----------
    folder : Path
        Of the bundle; its files are replaced.
    cache : Path
        Simulated slices and checkpoints; an interrupted run goes on from there.
    plan : Plan
    tell : callable
        Told the task, the member and the epoch after every epoch.
    """
    first = TRAINING_SEED
    training = simulate(range(first, first + plan.n_training), cache, plan.processes)
    first = HELD_OUT_SEED
    held_out = simulate(range(first, first + plan.n_held_out), cache, plan.processes)
    reference = pack_reference(
        PatientImages(training.images, training.patient),
        PatientImages(held_out.images, held_out.patient),
        Preprocessing(),
        "the simulated patients these weights were trained on",
    )
    members: dict[Task, list[_Scored]] = {task: [] for task in Task}
    card: dict[str, Any] = {}
    for number in range(plan.members):
        for task in Task:
            recipe = replace(plan.recipe, seed=plan.recipe.seed + number)
            data = training.for_task(task)
            checkpoint = cache / f"{task}-{number}"
            network = train(data, recipe, partial(tell, task, number), checkpoint)
            content = network_bytes(network.half())
            network = network.float().eval()
            scores, _ = predict_patients(network, data)
            unseen, _ = predict_patients(network, held_out.for_task(task))
            members[task].append(_Scored(Member(network, content), scores, unseen))
        packed = {
            task: pack_task(task, _task_entry(found, held_out.for_task(task)), _networks(found))
            for task, found in members.items()
        }
        card = _card(plan, {str(task): p.entry for task, p in packed.items()}, number + 1)
        card["novelty"] = reference.entry
        files = [*(p.files for p in packed.values()), reference.files]
        write_bundle(folder, card, {name: raw for part in files for name, raw in part.items()})
    return card


@dataclass(frozen=True)
class _Scored:
    """One trained network and the scores of all patients by it."""

    member: Member
    training_scores: NDArray[np.float64]
    held_out_scores: NDArray[np.float64]


def _networks(scored: Sequence[_Scored]) -> list[Member]:
    return [s.member for s in scored]


def _task_entry(members: Sequence[_Scored], held_out: LabelledSlices) -> dict[str, Any]:
    _, first = np.unique(held_out.patient, return_index=True)
    labels = held_out.label[first]
    cutoff = np.median(np.mean([m.training_scores for m in members], axis=0))
    return {
        "cutoff": round(float(cutoff), 3),
        "cutoff_origin": "median score of the simulated training patients",
        "metrics": _metrics(np.mean([m.held_out_scores for m in members], axis=0), labels),
    }


@dataclass(frozen=True)
class _PatientSlices:
    images: NDArray[np.float32]
    egfr: int
    pdl1: int


def _patient_slices(seed: int) -> _PatientSlices:
    patient = simulate_patient(seed)
    images = region_images(patient.ct, patient.pet, patient.roi, Preprocessing())
    n = len(images.z_mm)
    kept = np.unique(np.linspace(0, n - 1, min(n, SLICES_KEPT)).round().astype(np.int64))
    stacked = np.stack([images.pet[kept], images.ct[kept]], axis=1).astype(np.float32)
    return _PatientSlices(stacked, int(patient.egfr), int(patient.pdl1))


def _metrics(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """AUC on held-out simulated patients with a percentile bootstrap interval."""
    generator = np.random.default_rng(0)
    samples = []
    for _ in range(BOOTSTRAPS):
        rows = generator.integers(0, labels.size, labels.size)
        samples.append(roc_auc_score(labels[rows], scores[rows]))
    low, high = np.percentile(samples, [2.5, 97.5])
    return {
        "held_out_patients": int(labels.size),
        "held_out_positive": int(labels.sum()),
        "auc": round(float(roc_auc_score(labels, scores)), 4),
        "auc_ci95": [round(float(low), 4), round(float(high), 4)],
    }


def _card(plan: Plan, tasks: dict[str, Any], members: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "title": "Demo weights, trained on simulated lesions only",
        "demo": True,
        "architecture": "SResCNN",
        "parameters": parameter_count(SResCNN()),
        "members": members,
        "preprocessing": Preprocessing().to_card(),
        "tasks": tasks,
        "training": {
            "data": f"{plan.n_training} simulated patients; no patient data",
            "held_out": f"{plan.n_held_out} further simulated patients",
            "recipe": asdict(plan.recipe),
            "seeds": {"training": TRAINING_SEED, "held_out": HELD_OUT_SEED},
        },
        "intended_use": "Showing how the software behaves. The scores say nothing about a patient.",
        "licence": "Apache-2.0",
    }
