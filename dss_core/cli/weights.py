"""`weights` and `predict`: list, verify, import and export bundles; run raw tensors.

What runs a network is imported where it runs, so that `weights list` answers at once.
"""

import argparse
import io
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dss_core.bundles.bundle_folders import bundle_folder
from dss_core.bundles.catalogue import list_bundles
from dss_core.bundles.export_format import ExportFormat
from dss_core.bundles.model_card import read_card
from dss_core.cli.files import add_argument_out, check_suffix, write_whole
from dss_core.errors import InputError
from dss_core.records import Task

if TYPE_CHECKING:
    from dss_core.bundles.bundle import Bundle, TaskModel
    from dss_core.bundles.reference_outputs import ReferenceOutputsCheck


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `weights` and `predict`."""
    weights = subparsers.add_parser("weights", help="list, show, verify, import, export bundles")
    actions = weights.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list all bundles with their cut-offs").set_defaults(
        run=_run_list
    )
    for name, run, text in (
        ("show", _run_show, "model card of a bundle"),
        ("verify", _run_verify, "check hashes, values and reference outputs"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("id", help="of the bundle")
        action.set_defaults(run=run)
    exports = actions.add_parser("export", help="a task as ONNX or torch.export, checked")
    exports.add_argument("id", help="of the bundle")
    exports.add_argument("--task", type=Task, choices=list(Task), help="needed if it has several")
    exports.add_argument("--format", type=ExportFormat, choices=list(ExportFormat), required=True)
    add_argument_out(exports, ".onnx or .pt2", required=True)
    exports.set_defaults(run=_run_export)
    imports = actions.add_parser("import", help="a Keras 2 HDF5 file into a bundle, exactly")
    imports.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE.hdf5",
        help="written by model.save; several are the members of one ensemble",
    )
    imports.add_argument("--task", type=Task, choices=list(Task), required=True)
    imports.add_argument("--id", required=True, help="the bundle; a second task may join it")
    imports.add_argument(
        "--check",
        type=Path,
        nargs=2,
        metavar=("INPUTS.npz", "EXPECTED.npz"),
        help="outputs the network must reproduce; the result goes on the card",
    )
    imports.add_argument("--tolerance", type=float, default=1e-5, help="of --check, absolute")
    imports.add_argument("--attention-layer", metavar="NAME", help="default: chosen by rule")
    imports.set_defaults(run=_run_import)
    raw = subparsers.add_parser("predict", help="run a network on prepared tensors")
    raw.add_argument("--weights", default="demo", help="id of the weights bundle")
    raw.add_argument("--task", type=Task, choices=list(Task), help="needed if it has several")
    raw.add_argument(
        "--inputs",
        type=Path,
        required=True,
        metavar="X.npz",
        help="arrays named like the network's inputs, channels last",
    )
    add_argument_out(raw, ".npz", required=True)
    raw.set_defaults(run=_run_predict)


def _run_list(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    return [{**asdict(found), "folder": str(found.folder)} for found in list_bundles()]


def _run_show(arguments: argparse.Namespace) -> dict[str, Any]:
    folder = bundle_folder(arguments.id)
    card = read_card(folder).to_json()
    tasks = {task: _without_network(entry) for task, entry in card["tasks"].items()}
    return {"id": arguments.id, "folder": str(folder), **card, "tasks": tasks}


def _run_verify(arguments: argparse.Namespace) -> dict[str, Any]:
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


def _run_export(arguments: argparse.Namespace) -> dict[str, Any]:
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


def _run_import(arguments: argparse.Namespace) -> dict[str, Any]:
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


def _run_predict(arguments: argparse.Namespace) -> dict[str, Any]:
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
