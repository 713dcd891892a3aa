"""`board`: a case for the tumour board, as one page, one slide or one picture."""

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dss_core.cli.files import check_suffix
from dss_core.cli.named_case import completed, named_case
from dss_core.errors import InputError
from dss_core.exports.board_report import BoardReport
from dss_core.exports.board_slide import report_pptx
from dss_core.exports.make_board_report import board_report
from dss_core.exports.phrase import Lang
from dss_core.exports.typeset_report import report_pdf, report_png
from dss_core.storage import write_whole

_WRITERS: dict[str, Callable[[BoardReport], bytes]] = {
    "pdf": report_pdf,
    "pptx": report_pptx,
    "png": report_png,
}


def run_board(arguments: argparse.Namespace) -> dict[str, Any]:
    """`board`: everything is made before anything is written."""
    asked: dict[str, Path] = {
        name: path for name in _WRITERS if (path := getattr(arguments, name)) is not None
    }
    if not asked:
        raise InputError("Nothing to write: give --pdf, --pptx or --png with a file.")
    for name, path in asked.items():
        check_suffix(path, (f".{name}",))
    record = named_case(arguments)
    report = board_report(completed(record, arguments), Lang(arguments.lang))
    made = {name: _WRITERS[name](report) for name in asked}
    for name, path in asked.items():
        write_whole(path, made[name])
    answer: dict[str, Any] = {
        name: {
            "path": str(path),
            **({"pages": 1} if name == "pdf" else {}),
            "sha256": hashlib.sha256(made[name]).hexdigest(),
        }
        for name, path in asked.items()
    }
    return answer | {"record_sha256": hashlib.sha256(record.to_json()).hexdigest()}
