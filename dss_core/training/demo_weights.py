"""Demo weights from nothing: simulate, train, measure, write.

Simulated patients go through the same intake as a real one. Each member learns both tasks on
one trunk and, because a simulation knows them, the findings behind the labels; it leaves as two
networks of the published kind. The card says so, and how well they do on simulated patients
they never saw (`dss_core.training.demo_model_card`).
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load as load_tensors

from dss_core.bundles.bundle_writer import Member, changing, network_bytes, pack_task, write_bundle
from dss_core.bundles.model_card import ModelCard
from dss_core.bundles.ood_reference import PatientImages, pack_reference
from dss_core.networks.srescnn import SResCNN
from dss_core.records import Task
from dss_core.settings import Preprocessing
from dss_core.training.augmentation import normalise_batch
from dss_core.training.dataset import SliceDataset
from dss_core.training.demo_model_card import card, task_entry
from dss_core.training.demo_plan import Plan
from dss_core.training.simulated_slices import SLICES, Simulated, load, one_thread, simulate
from dss_core.training.training_loop import train
from dss_core.training.training_state import Epoch

HOT_SUV, LARGE_MM = 7.5, 30.0
CENTRES, EVERY = slice(1, None, 3), slice(None)
ProgressCallback = Callable[[int, Epoch], None]
Content = tuple[bytes, ...]


def make_bundle(
    folder: Path,
    cache: Path,
    plan: Plan,
    on_step: ProgressCallback,
    tell_part: Callable[[str], None],
) -> dict[str, Any]:
    """Train an ensemble for each task and write the bundle; returns its card.

    Parameters
    ----------
    folder : Path
        Of the bundle; its files are replaced.
    cache : Path
        Simulated slices and checkpoints; an interrupted run goes on from there.
    plan : Plan
    on_step : callable
        Told the member and the epoch after every epoch; called in another process.
    tell_part : callable
        Told what else was finished.
    """
    with ProcessPoolExecutor(plan.processes, get_context("spawn"), one_thread) as pool:
        _wait(simulate(plan.training_seeds, cache, pool), "training patients", tell_part)
        numbers = range(plan.members)
        trained = [pool.submit(_train_member, plan, cache, n, on_step) for n in numbers]
        held_out = simulate(plan.held_out_seeds, cache, pool)  # beside the last member
        members = [future.result() for future in trained]
        _wait(held_out, "held-out patients", tell_part)
        seeds = (plan.training_seeds, plan.held_out_seeds)
        slices = (CENTRES, EVERY)  # the cut-off needs no more than the middle of each place
        score = [
            [pool.submit(_scores, of, cache, m, kept) for m in members]
            for of, kept in zip(seeds, slices, strict=True)
        ]
        training, unseen = (np.stack([f.result() for f in row]) for row in score)
    patients, strangers = load(plan.training_seeds, cache), load(plan.held_out_seeds, cache)
    packed = {}
    for column, task in enumerate(Task):
        entry = task_entry(task, training[:, :, column], unseen[:, :, column], strangers)
        networks = [Member(_network(m[column]), m[column]) for m in members]
        packed[task] = pack_task(task, entry, networks)
    entries = {str(task): p.card.to_json() for task, p in packed.items()}
    reference = pack_reference(
        _patient_images(patients),
        _patient_images(strangers),
        Preprocessing(),
        "the simulated patients these weights were trained on",
    )
    written = card(entries, plan.members, plan.training_config, patients, seeds)
    written["novelty"] = reference.card.to_json()
    files = [*(p.files for p in packed.values()), reference.files]
    contents = {name: raw for part in files for name, raw in part.items()}
    with changing(folder):
        return write_bundle(folder, ModelCard.model_validate(written), contents).to_json()


def training_slices(patients: Simulated) -> SliceDataset:
    """Slices with both labels; as auxiliary targets the signs, high uptake and large size."""
    n = len(patients.egfr)
    facts = [patients.suv_max > HOT_SUV, patients.diameter_mm > LARGE_MM]
    auxiliary_targets = np.column_stack([patients.signs, *facts]).astype(np.float32)
    labels = np.stack([patients.positive(task) for task in Task], axis=1).astype(np.int64)
    return SliceDataset(
        images=patients.images.reshape(n * SLICES, *patients.images.shape[2:]),
        patient=np.repeat(np.arange(n), SLICES),
        label=np.repeat(labels, SLICES, axis=0),
        auxiliary_targets=np.repeat(auxiliary_targets, SLICES, axis=0),
    )


def _patient_images(patients: Simulated) -> PatientImages:
    """Every slice once."""
    slices = training_slices(patients)
    return PatientImages(slices.images.astype(np.float32), slices.patient)


def _wait(parts: Sequence[Future[None]], what: str, tell_part: Callable[[str], None]) -> None:
    for done, part in enumerate(parts, start=1):
        part.result()
        tell_part(f"{what}: part {done}/{len(parts)}")


def _train_member(plan: Plan, cache: Path, number: int, on_step: ProgressCallback) -> Content:
    """A network of each task as the bytes of its file, in half precision."""
    torch.set_num_threads(1)
    training_config = replace(plan.training_config, seed=plan.training_config.seed + number)
    key = hashlib.sha256(f"{training_config}|{plan.n_training}".encode()).hexdigest()[:12]
    data = training_slices(load(plan.training_seeds, cache))
    networks = train(
        data, training_config, partial(on_step, number), cache / f"member-{number}-{key}"
    )
    return tuple(network_bytes(network.half()) for network in networks)


def _network(content: bytes) -> SResCNN:
    network = SResCNN()
    network.load_state_dict(load_tensors(content))
    return network.eval()


def _scores(seeds: range, cache: Path, member: Content, kept: slice) -> NDArray[np.float64]:
    """DLS of one member (patients, tasks); what its networks share is computed once."""
    torch.set_num_threads(1)
    images, networks = load(seeds, cache).images[:, kept], [_network(c) for c in member]
    scores = np.empty((len(images), len(networks)))
    with torch.inference_mode():
        for row, slices in enumerate(images):
            x = normalise_batch(torch.from_numpy(slices).float())
            seen = networks[0].activation(x)
            for column, network in enumerate(networks):
                logits = network.classify(seen).double()
                scores[row, column] = float(torch.softmax(logits, dim=1)[:, 1].mean())
    return scores
