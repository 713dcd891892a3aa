"""`weights import` and `predict`: networks from elsewhere, and any network on raw tensors."""

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np

from dss_core.cli.files import add_argument_out, check_suffix, write_whole
from dss_core.errors import InputError
from dss_core.records import Task
from dss_core.scoring.keras.store import KnownPair, import_weights
from dss_core.scoring.raw import predict, read_arrays
from dss_core.scoring.weights import load_bundle


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `weights` and `predict`."""
    weights = subparsers.add_parser("weights", help="weights bundles from elsewhere")
    actions = weights.add_subparsers(dest="action", required=True, metavar="ACTION")
    imports = actions.add_parser("import", help="a Keras 2 HDF5 file into a bundle, exactly")
    imports.add_argument("file", type=Path, metavar="FILE.hdf5", help="written by model.save")
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
    imports.add_argument("--attention-layer", metavar="NAME", help="default: found by rule")
    imports.set_defaults(run=_run_import)
    raw = subparsers.add_parser("predict", help="a bundle's network on raw tensors")
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


def _run_import(arguments: argparse.Namespace) -> dict[str, Any]:
    pair = None
    if arguments.check:
        inputs, expected = arguments.check
        pair = KnownPair(inputs, expected, arguments.tolerance)
    entry = import_weights(
        arguments.file, arguments.task, arguments.id, pair, arguments.attention_layer
    )
    bundle = load_bundle(arguments.id)
    shown = {key: value for key, value in entry.items() if key != "network"}
    return {"weights": bundle.id, "sha256": bundle.sha256, "task": arguments.task, **shown}


def _run_predict(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, (".npz",))
    models = load_bundle(arguments.weights).models
    if arguments.task is None and len(models) > 1:
        raise InputError(
            f"The bundle {arguments.weights!r} has networks for {', '.join(models)}; choose one "
            "with --task."
        )
    task = arguments.task or next(iter(models))
    if task not in models:
        raise InputError(f"The bundle {arguments.weights!r} has no network for {task}.")
    arrays = read_arrays(arguments.inputs)
    members = [predict(network, arrays) for network in models[task].members]
    means = {
        name: np.mean([m[name] for m in members], axis=0, dtype=np.float64).astype(np.float32)
        for name in members[0]
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **means)
    write_whole(arguments.out, buffer.getvalue())
    return {
        "out": str(arguments.out),
        "weights": arguments.weights,
        "task": task,
        "outputs": {name: list(values.shape) for name, values in means.items()},
    }
