"""`demo`: writes the simulated case as DICOM."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dss_core.errors import InputError
from dss_core.phantom.demo_case import write_demo_case


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the case and say what was written.

    Raises
    ------
    InputError
        If the folder already contains files, or the seed is negative.
    """
    folder: Path = arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"The demo case needs a new or empty folder; {folder} already contains files. "
            "Name another folder."
        )
    if arguments.seed < 0:
        raise InputError(f"The seed must be 0 or more; found {arguments.seed}.")
    case = write_demo_case(folder, arguments.seed)
    return {
        "simulated": True,
        "folder": str(case.folder),
        "ct": str(case.ct_folder),
        "pet": str(case.pet_folder),
        "roi": str(case.rtstruct),
        "roi_name": case.roi_name,
        "files": case.n_files,
        "seed": case.seed,
        "truth": asdict(case.truth),
    }
