"""Arguments of `suv` and `mask`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler
from dss_core.cli.files import (
    add_argument_identity,
    add_argument_out,
    add_argument_pet_unit,
    add_arguments_region,
)
from dss_core.regions.region_writer import DICOM_WRITERS, RegionFormat


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `suv` and `mask`."""
    suv = subparsers.add_parser("suv", help="a PET series in SUVbw, as a volume file")
    suv.add_argument("pet", type=Path, metavar="PET_DIR", help="folder, file or zip with the PET")
    suv.add_argument("--pet-series", metavar="UID", help="SeriesInstanceUID, if several fit")
    add_argument_pet_unit(suv)
    add_argument_out(suv, "NIfTI, NRRD or MHA", required=True)
    suv.set_defaults(run=Handler("images", "run_suv"))
    mask = subparsers.add_parser("mask", help="a region on an image's grid, as a file")
    mask.add_argument("roi", type=Path, metavar="ROI_FILE", help="RTSTRUCT, SEG or mask")
    mask.add_argument("--reference", type=Path, required=True, help="the image: folder or zip")
    add_arguments_region(mask)
    add_argument_out(mask, "NIfTI, NRRD, MHA or DICOM (.dcm)", required=True)
    mask.add_argument(
        "--dicom",
        type=RegionFormat,
        choices=list(DICOM_WRITERS),
        default=RegionFormat.RTSTRUCT,
        help="kind of a .dcm file",
    )
    add_argument_identity(mask)
    mask.add_argument(
        "--patient-id", default="", help="PatientID to write in a .dcm file; default: none"
    )
    mask.set_defaults(run=Handler("images", "run_mask"))
