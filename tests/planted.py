"""A case full of invented identifiers, and the search for them."""

from pathlib import Path
from typing import Any

import pydicom

from tests.dicom_case import WrittenCase, write_case

NAME = "Plantedname^Xaverius"
MARKS = ("plantedname", "xaverius", "plantedid77", "19510203", "plantedacc", "plantedref",
         "plantedseries", "plantedhospital", "plantedfile")  # fmt: skip


def write_planted_case(folder: Path, **changes: Any) -> WrittenCase:
    """`write_case` with identifiers in headers, region names and the region's file name."""
    case = write_case(folder, region_names=("GTV Xaverius", "node PLANTEDID77"), **changes)
    for path in case.files():
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID = NAME, "PLANTEDID77"
        dataset.PatientBirthDate, dataset.AccessionNumber = "19510203", "PLANTEDACC"
        dataset.ReferringPhysicianName = "Plantedref^A"
        dataset.SeriesDescription = "plantedseries of Xaverius"
        dataset.InstitutionName = "plantedhospital"
        dataset.save_as(path)
    return case


def assert_clean(*texts: str) -> None:
    """No planted identifier in any of the texts."""
    for mark in MARKS:
        for text in texts:
            assert mark not in text.lower(), mark
