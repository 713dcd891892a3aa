"""Arguments of `weights` and `predict`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.bundles.export_format import ExportFormat
from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Real
from dss_core.cli.files import add_argument_out
from dss_core.records import Task


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `weights` and `predict`."""
    weights = subparsers.add_parser("weights", help="list, show, verify, import, export bundles")
    actions = weights.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list all bundles with their cut-offs").set_defaults(
        run=Handler("weights", "run_list")
    )
    for name, function, text in (
        ("show", "run_show", "model card of a bundle"),
        ("verify", "run_verify", "check hashes, values and reference outputs"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("id", help="of the bundle")
        action.set_defaults(run=Handler("weights", function))
    exports = actions.add_parser("export", help="a task as ONNX or torch.export, checked")
    exports.add_argument("id", help="of the bundle")
    exports.add_argument("--task", type=Task, choices=list(Task), help="needed if it has several")
    exports.add_argument("--format", type=ExportFormat, choices=list(ExportFormat), required=True)
    add_argument_out(exports, ".onnx or .pt2", required=True)
    exports.set_defaults(run=Handler("weights", "run_export"))
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
    imports.add_argument("--tolerance", type=Real(0.0), default=1e-5, help="of --check, absolute")
    imports.add_argument("--attention-layer", metavar="NAME", help="default: chosen by rule")
    imports.set_defaults(run=Handler("weights", "run_import"))
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
    raw.set_defaults(run=Handler("weights", "run_predict"))
