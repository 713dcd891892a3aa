"""`score` and `tensor`: a case on disk to its scores, or to what the network sees."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from dss_core.batch.manifest import as_arrays, case_slices
from dss_core.bundles.bundle import load_bundle
from dss_core.case.intake import Region, load_images, read_regions, take_region
from dss_core.case.pipeline import score_case
from dss_core.case.report import as_json
from dss_core.cli.files import add_argument_out, add_argument_pet_unit, write_whole
from dss_core.evaluation.recalibration import Weights
from dss_core.evaluation.recalibration_store import load
from dss_core.preprocessing.network_slices import make_tensor
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.scoring.score import require_scoring
from dss_core.spatial.alignment import Images


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `score` and `tensor`."""
    score = subparsers.add_parser("score", help="EGFR-DLS and PDL1-DLS of a case, as JSON")
    add_case_arguments(score)
    add_argument_out(score, "JSON", required=False)
    score.set_defaults(run=_run_score)
    tensor = subparsers.add_parser("tensor", help="the network's input of a case, as .npz")
    add_case_arguments(tensor)
    add_argument_out(tensor, ".npz", required=True)
    tensor.set_defaults(run=_run_tensor)


def add_case_arguments(parser: argparse.ArgumentParser, *, several_regions: bool = False) -> None:
    """Add the files of a case and the weights.

    With several regions, `--roi` and `--roi-name` may be repeated and no file is required.
    """
    need, again = not several_regions, "append" if several_regions else "store"
    parser.add_argument("--ct", type=Path, required=need, help="folder, file or zip with the CT")
    parser.add_argument("--pet", type=Path, required=need, help="folder, file or zip with the PET")
    parser.add_argument("--roi", type=Path, required=need, action=again, help="RTSTRUCT, SEG, mask")
    parser.add_argument(
        "--roi-name", action=again, help="name of the region; default: the most tumour-like"
    )
    parser.add_argument("--ct-series", metavar="UID", help="SeriesInstanceUID, if several fit")
    parser.add_argument("--pet-series", metavar="UID", help="SeriesInstanceUID, if several fit")
    add_argument_pet_unit(parser)
    parser.add_argument(
        "--register",
        action="store_true",
        help="align a PET of another frame of reference with the CT (rigid, mutual information)",
    )
    parser.add_argument("--weights", default="demo", help="id of the weights bundle")


def _run_score(arguments: argparse.Namespace) -> dict[str, Any]:
    bundle = load_bundle(arguments.weights)
    require_scoring(bundle)
    images, region = load_case(arguments)
    weights = Weights(bundle.id, bundle.sha256)
    stored = {task: found for task in bundle.models if (found := load(weights, task))}
    result = as_json(score_case(images, region, bundle), stored)
    if arguments.out:
        write_whole(arguments.out, json.dumps(result, indent=2, allow_nan=False).encode())
    return result


def _run_tensor(arguments: argparse.Namespace) -> dict[str, Any]:
    bundle = load_bundle(arguments.weights)
    settings = bundle.preprocessing
    images, region = load_case(arguments)
    tensor = make_tensor(images, region.roi, settings, bundle.stack)
    case = case_slices(images, region.roi, settings)
    with arguments.out.open("wb") as stream:
        arrays = as_arrays(case) | {"x": tensor.x, "z_mm": tensor.z_mm}
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    return {
        "out": str(arguments.out),
        "shape": list(tensor.x.shape),
        "channels": list(bundle.stack.channels),
        "z_mm": tensor.z_mm.tolist(),
        "preprocessing": settings.to_card(),
    }


def load_case(arguments: argparse.Namespace) -> tuple[Images, Region]:
    """Images and region that `add_case_arguments` named."""
    images = load_case_images(arguments)
    return images, load_region(arguments.roi, arguments.roi_name, images)


def load_case_images(arguments: argparse.Namespace) -> Images:
    """The images that `add_case_arguments` named."""
    ct, pet = _inventory(arguments.ct), _inventory(arguments.pet)
    return load_images(
        propose_series(ct, "CT", arguments.ct_series, beside=pet),
        propose_series(pet, "PT", arguments.pet_series, arguments.pet_unit, beside=ct),
        register=arguments.register,
    )


def load_region(path: Path, name: str | None, images: Images) -> Region:
    """The named region of a file, or its most tumour-like."""
    return take_region(read_regions(_inventory(path).region_files), name, images)


def _inventory(path: Path) -> Inventory:
    return take_inventory(from_paths([path]))
