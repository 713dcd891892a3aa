"""`suv` and `mask`: one image or region on disk to a volume, with its numbers as JSON."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dss_core.cli.files import add_argument_out, check_suffix
from dss_core.pipeline import propose_series, read_regions
from dss_core.preprocessing.contours import choose_contours
from dss_core.preprocessing.dicom import take_inventory
from dss_core.preprocessing.export import VOLUME_SUFFIXES, write_volume
from dss_core.preprocessing.masks import rasterise
from dss_core.preprocessing.sources import from_paths
from dss_core.preprocessing.suv import read_pet
from dss_core.preprocessing.volume import stack_of


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `suv` and `mask`."""
    suv = subparsers.add_parser("suv", help="a PET series in SUVbw, as a volume file")
    suv.add_argument("pet", type=Path, metavar="PET_DIR", help="folder, file or zip with the PET")
    add_argument_out(suv, "NIfTI, NRRD or MHA", required=True)
    suv.set_defaults(run=_run_suv)
    mask = subparsers.add_parser("mask", help="a region on an image's grid, as a volume file")
    mask.add_argument("roi", type=Path, metavar="ROI_FILE", help="RTSTRUCT")
    mask.add_argument("--reference", type=Path, required=True, help="the image: folder or zip")
    mask.add_argument("--roi-name", help="name of the region; default: the most tumour-like")
    add_argument_out(mask, "NIfTI, NRRD or MHA", required=True)
    mask.set_defaults(run=_run_mask)


def _run_suv(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, VOLUME_SUFFIXES)
    pet = read_pet(propose_series(take_inventory(from_paths([arguments.pet])), "PT"))
    write_volume(pet.volume.values_zyx, pet.volume.grid, arguments.out)
    values = pet.volume.values_zyx
    return {
        "out": str(arguments.out),
        "suv": {
            "type": pet.record.type,
            "rule": pet.record.rule,
            "reference_time": pet.record.reference_time,
            "min": float(values.min()),
            "max": float(values.max()),
            "mean": float(values.mean(dtype=float)),
        },
        "shape_zyx": list(pet.volume.grid.shape_zyx),
        "spacing_mm": list(pet.volume.grid.spacing_mm),
        "digest": pet.volume.digest,
        "warnings": [asdict(c) for c in pet.record.cautions],
    }


def _run_mask(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, VOLUME_SUFFIXES)
    inventory = take_inventory(from_paths([arguments.reference]))
    series = inventory.series[0] if inventory.series else propose_series(inventory, "CT")
    stack = stack_of(series)
    regions = read_regions(take_inventory(from_paths([arguments.roi])).structure_sets)
    chosen, choice_cautions = choose_contours(regions, arguments.roi_name)
    roi, mask_cautions = rasterise(chosen, stack.grid)
    write_volume(roi.mask_zyx.view("uint8"), roi.grid, arguments.out)
    return {
        "out": str(arguments.out),
        "roi": {
            "name": roi.name,
            "volume_ml": roi.volume_ml,
            "n_voxels": int(roi.mask_zyx.sum()),
            "n_slices": int(roi.mask_zyx.any(axis=(1, 2)).sum()),
        },
        "regions": [r.name for r in regions],
        "shape_zyx": list(roi.grid.shape_zyx),
        "spacing_mm": list(roi.grid.spacing_mm),
        "warnings": [asdict(c) for c in (*stack.cautions, *choice_cautions, *mask_cautions)],
    }
