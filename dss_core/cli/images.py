"""`suv` and `mask`: one image or region on disk to a file, with its numbers as JSON."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dss_core.case.case_files import find_regions
from dss_core.cli.files import check_suffix
from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.reading.inventory import Inventory, Series, read_dataset, take_inventory
from dss_core.reading.patient_and_study import IdentityChoice, PatientAndStudy, of_nobody, of_source
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import stack_of
from dss_core.reading.volume_files import FileImage, read_volume_file
from dss_core.reading.volume_writer import VOLUME_SUFFIXES, write_volume
from dss_core.records import CaseWarning
from dss_core.regions.region_choice import choose_region
from dss_core.regions.region_files import on_image
from dss_core.regions.region_writer import (
    DICOM_SUFFIX,
    DICOM_WRITERS,
    Origin,
    references_of,
)
from dss_core.storage import write_whole


def run_suv(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, VOLUME_SUFFIXES)
    inventory = take_inventory(from_paths([arguments.pet]))
    pet = read_pet(propose_series(inventory, "PT", arguments.pet_series, arguments.pet_unit))
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
        "warnings": [asdict(c) for c in pet.record.warnings],
    }


def run_mask(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, (*VOLUME_SUFFIXES, DICOM_SUFFIX))
    inventory = take_inventory(from_paths([arguments.reference]))
    grid, grid_warnings = _grid_of(inventory)
    regions = find_regions(arguments.roi)
    chosen, choice_warnings = choose_region(regions, arguments.roi_name, arguments.roi_number)
    roi, mask_warnings = on_image(chosen, grid)
    if arguments.out.name.endswith(DICOM_SUFFIX):
        images = _dicom_series(inventory)
        whose = _whose(images, arguments)
        origin = Origin(references_of(images), datetime.now(UTC), whose)
        write_whole(arguments.out, DICOM_WRITERS[arguments.dicom](roi, origin))
    else:
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
        "warnings": [asdict(c) for c in (*grid_warnings, *choice_warnings, *mask_warnings)],
    }


def _dicom_series(inventory: Inventory) -> Series:
    """The series that `_grid_of` takes."""
    if not inventory.series:
        raise InputError(
            "A DICOM region refers to the DICOM images it lies on; the reference is a volume "
            "file. Give the DICOM series, or write NIfTI, NRRD or MHA."
        )
    return inventory.series[0]


def _whose(images: Series, arguments: argparse.Namespace) -> PatientAndStudy:
    if arguments.identity is not IdentityChoice.SOURCE:
        return of_nobody(images.study_uid, patient_id=arguments.patient_id)
    if arguments.patient_id:
        raise InputError(
            "--identity source copies the PatientID of the images; leave --patient-id out."
        )
    return of_source(read_dataset(images.slices[0].source))


def _grid_of(inventory: Inventory) -> tuple[Grid, tuple[CaseWarning, ...]]:
    """The grid of the first image series, or of the only volume file."""
    image = inventory.series[0] if inventory.series else propose_series(inventory, "CT")
    if isinstance(image, FileImage):
        return read_volume_file(image.file)[1], ()
    stack = stack_of(image)
    return stack.grid, stack.warnings
