"""Arguments of `train` and `make-demo-weights`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.arguments.number import Whole
from dss_core.records import Task
from dss_core.settings import NEIGHBOUR_MM, home
from dss_core.training.demo_plan import Plan
from dss_core.training.training_config import TrainingConfig

ARCHITECTURES = ("2d", "2.5d")


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `train` and `make-demo-weights`."""
    parser = subparsers.add_parser("train", help="train one task on your own cohort")
    parser.add_argument("--data", type=Path, required=True, metavar="MANIFEST.csv")
    parser.add_argument("--task", type=Task, choices=list(Task), required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle, weights/ID")
    parser.add_argument(
        "--architecture",
        choices=ARCHITECTURES,
        default="2d",
        help=f"2.5d: each slice with those {NEIGHBOUR_MM:g} mm below and above; default: 2d",
    )
    parser.add_argument(
        "--epochs", type=Whole(1), default=TrainingConfig.max_epochs, help="at most"
    )
    parser.add_argument("--seed", type=Whole(0), default=TrainingConfig.seed)
    parser.add_argument(
        "--device",
        default="auto",
        help="cpu, cuda, cuda:1 ...; auto; under torchrun cuda is one each",
    )
    parser.add_argument("--amp", action="store_true", help="mixed precision (bfloat16)")
    parser.set_defaults(run=Handler("training", "run_train"))
    demo = subparsers.add_parser("make-demo-weights", help="simulate, train, write weights/demo")
    demo.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    demo.add_argument(
        "--model-card", type=Path, help="document whose tables are brought up to date"
    )
    demo.add_argument("--members", type=Whole(1), default=Plan.members, help="networks per task")
    demo.add_argument("--patients", type=Whole(1), default=Plan.n_training, help="to train on")
    demo.add_argument(
        "--held-out", type=Whole(1), default=Plan.n_held_out, help="patients to test on"
    )
    demo.add_argument("--epochs", type=Whole(1), default=Plan().training_config.max_epochs)
    demo.add_argument(
        "--processes",
        type=Whole(1),
        default=Plan.processes,
        help="number of worker processes, one thread each",
    )
    demo.add_argument("--cache", type=Path, default=home() / "cache", help="slices, checkpoints")
    demo.set_defaults(run=Handler("training", "run_demo"))
