"""Command line: the same computation as the dashboard, JSON out.

Exit status 0 done, 2 input not usable (one `error: ...` line on stderr), 1 a bug.
`arguments` declares each family of commands without the libraries that do the work; the module of
the family's own name in this package is imported when one of its commands runs: a function of the
parsed arguments that returns the JSON value to print.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from dss_core import __version__
from dss_core.cli.partly_done import PartlyDone
from dss_core.errors import DssError

# Each family and its commands: only the family that is asked for is imported.
FAMILIES = {
    "board": ("board",),
    "case": ("score", "tensor"),
    "cases": ("cases",),
    "cohort": ("cohort",),
    "decide": ("decide", "rules"),
    "deidentify": ("deidentify",),
    "demo": ("demo",),
    "dicom": ("dicom",),
    "evaluate": ("evaluate",),
    "explain": ("explain",),
    "features": ("features",),
    "fhir": ("fhir",),
    "images": ("suv", "mask"),
    "pacs": ("pacs",),
    "recalibrate": ("recalibrate",),
    "robustness": ("robustness",),
    "run": ("run",),
    "store": ("store",),
    "training": ("train", "make-demo-weights"),
    "weights": ("weights", "predict"),
}


class _Parser(argparse.ArgumentParser):
    """Argument errors in the same form as every other error."""

    def error(self, message: str) -> NoReturn:
        print(f"error: {message} (see --help)", file=sys.stderr)
        raise SystemExit(2)


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """The command line with the family of one command, or with all of them."""
    families = [name for name, commands in FAMILIES.items() if command in commands]
    parser = _Parser(prog="python -m dss_core", description=__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in families or FAMILIES:
        import_module(f"dss_core.cli.arguments.{name}").add_parsers(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = build_parser(words[0] if words else "").parse_args(words)
    try:
        result = arguments.run(arguments)
    except DssError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 2
    partly = isinstance(result, PartlyDone)
    _say(json.dumps(result.answer if partly else result, indent=2, allow_nan=False))
    if partly:
        print(f"error: {result.refusal}", file=sys.stderr)
    return 2 if partly else 0


def _say(text: str) -> None:
    """Print the answer; a reader that has seen enough and left, as `head` does, is no fault."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # the interpreter flushes once more at its end, which must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
