"""`weights` and `predict`: list, verify, import and export bundles; run raw tensors.

What runs a network is imported where it runs, so that `weights list` answers at once.
"""

import argparse
import io
import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from dss_core.bundles.bundle_folders import bundle_folder
from dss_core.bundles.catalogue import list_bundles
from dss_core.bundles.model_card import read_card
from dss_core.cli.files import check_suffix
from dss_core.errors import InputError
from dss_core.records import Task
from dss_core.storage import write_whole

if TYPE_CHECKING:
    from dss_core.bundles.bundle import Bundle, TaskModel
    from dss_core.bundles.reference_outputs import ReferenceOutputsCheck


def run_list(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    return [{**asdict(found), "folder": str(found.folder)} for found in list_bundles()]


def run_show(arguments: argparse.Namespace) -> dict[str, Any]:
    folder = bundle_folder(arguments.id)
    card = read_card(folder).to_json()
    tasks = {task: _without_network(entry) for task, entry in card["tasks"].items()}
    return {"id": arguments.id, "folder": str(folder), **card, "tasks": tasks}


def run_verify(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.bundles.verification import verify_bundle

    found = verify_bundle(arguments.id)
    recorded = {task: _reference_words(check) for task, check in found.reference_outputs.items()}
    return {
        "id": found.id,
        "sha256": found.sha256,
        "files": "match the card and contain finite values",
        "golden": recorded,
    }


def _reference_words(check: "ReferenceOutputsCheck") -> dict[str, Any]:
    if not check.recorded:
        return {"recorded": False, "note": "no reference outputs stored; none were compared"}
    return {**asdict(check), "passed": check.passed}


def run_export(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.bundles.bundle import load_bundle
    from dss_core.bundles.network_export import export

    check_suffix(arguments.out, (arguments.format.suffix,))
    bundle = load_bundle(arguments.id)
    model = _model(bundle, arguments.task)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells of torchvision, not of us
    made = export(bundle, model, arguments.format)
    write_whole(arguments.out, made.content)
    return {
        "out": str(arguments.out),
        "weights": bundle.id,
        "task": model.task,
        "format": arguments.format,
        "inputs": list(made.inputs),
        "outputs": list(made.outputs),
        "largest_difference": made.largest_difference,
    }


def _model(bundle: "Bundle", task: Task | None) -> "TaskModel":
    """The networks of a task; the task may be left out where there is one.

    Raises
    ------
    InputError
    """
    if task is None and len(bundle.models) > 1:
        raise InputError(
            f"The bundle {bundle.id!r} has networks for {', '.join(bundle.models)}; choose one "
            "with --task."
        )
    chosen = task or next(iter(bundle.models))
    if chosen not in bundle.models:
        raise InputError(f"The bundle {bundle.id!r} has no network for {chosen}.")
    return bundle.models[chosen]


def _without_network(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A task's entry without its long list of layers."""
    return {key: value for key, value in entry.items() if key != "network"}


def run_import(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.bundles.bundle import load_bundle
    from dss_core.bundles.keras_bundle import KnownPair, import_weights

    pair = None
    if arguments.check:
        inputs, expected = arguments.check
        pair = KnownPair(inputs, expected, arguments.tolerance)
    entry = import_weights(
        arguments.files, arguments.task, arguments.id, pair, arguments.attention_layer
    )
    bundle = load_bundle(arguments.id)
    shown = _without_network(entry)
    return {"weights": bundle.id, "sha256": bundle.sha256, "task": arguments.task, **shown}


def run_predict(arguments: argparse.Namespace) -> dict[str, Any]:
    from dss_core.bundles.bundle import load_bundle
    from dss_core.networks.raw_prediction import predict_mean, read_arrays

    check_suffix(arguments.out, (".npz",))
    model = _model(load_bundle(arguments.weights), arguments.task)
    means = predict_mean(model.members, read_arrays(arguments.inputs))
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **means)
    write_whole(arguments.out, buffer.getvalue())
    return {
        "out": str(arguments.out),
        "weights": arguments.weights,
        "task": model.task,
        "outputs": {name: list(values.shape) for name, values in means.items()},
    }
