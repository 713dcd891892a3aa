"""`score` and `tensor`: scores of a case on disk, or its network input."""

import argparse
import json
from dataclasses import asdict
from typing import Any

import numpy as np

from dss_core.batch.manifest import as_arrays, case_slices
from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.open_case import open_case
from dss_core.case.scoring_entry import score
from dss_core.preprocessing.network_slices import make_tensor
from dss_core.storage import whole_file, write_whole


def run_score(arguments: argparse.Namespace) -> dict[str, Any]:
    result = score(
        ct=arguments.ct,
        pet=arguments.pet,
        roi=arguments.roi,
        roi_name=arguments.roi_name,
        roi_number=arguments.roi_number,
        weights=arguments.weights,
        register=arguments.register,
        pet_unit=arguments.pet_unit,
        ct_series=arguments.ct_series,
        pet_series=arguments.pet_series,
    )
    if arguments.out:
        write_whole(arguments.out, json.dumps(result, indent=2, allow_nan=False).encode())
    return result


def run_tensor(arguments: argparse.Namespace) -> dict[str, Any]:
    bundle = load_bundle(arguments.weights)
    settings = bundle.preprocessing
    opened = open_case(find_case(case_files(arguments)))
    images, roi = opened.images, opened.region.roi
    tensor = make_tensor(images, roi, settings, bundle.stack)
    case = case_slices(images, roi, settings)
    with whole_file(arguments.out) as stream:
        arrays = as_arrays(case) | {"x": tensor.x, "z_mm": tensor.z_mm}
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    return {
        "out": str(arguments.out),
        "shape": list(tensor.x.shape),
        "channels": list(bundle.stack.channels),
        "z_mm": tensor.z_mm.tolist(),
        "preprocessing": asdict(settings),
    }


def case_files(arguments: argparse.Namespace) -> CaseFiles:
    """The files that `add_case_arguments` named."""
    name, number = arguments.roi_name, arguments.roi_number
    return CaseFiles(image_files(arguments), arguments.roi, name, number)


def image_files(arguments: argparse.Namespace) -> ImageFiles:
    """The CT and the PET that `add_case_arguments` named."""
    return ImageFiles(
        arguments.ct,
        arguments.pet,
        arguments.ct_series,
        arguments.pet_series,
        arguments.pet_unit,
        arguments.register,
    )
