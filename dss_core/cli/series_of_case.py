"""A case with its source series: a saved case with its files, a demo patient, or files alone.

A record has no headers, so what refers to images needs the files once more; they are compared with
the record before anything is made of them.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dss_core.case.case_files import CaseFiles, ImageFiles, find_images, find_regions
from dss_core.case.demo_patients import demo_patient, write_demo_patient
from dss_core.case.key_pictures import key_pictures
from dss_core.case.make_record import record_of
from dss_core.case.open_case import open_images, take_region
from dss_core.case.record import CaseRecord, Keep
from dss_core.cli.case import case_files
from dss_core.cli.named_case import kept_case
from dss_core.errors import InputError
from dss_core.exports.dicom.source_case import (
    SourceCase,
    case_without_headers,
    check_belongs,
    source_case,
)
from dss_core.reading.patient_and_study import IdentityChoice
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages
from dss_core.storage import temporary_folder

if TYPE_CHECKING:
    from dss_core.store.case_images import KeptImages


@contextmanager
def series_of_case(arguments: argparse.Namespace) -> Iterator[SourceCase]:
    """The case that the arguments name; files of a demo patient go afterwards.

    Raises
    ------
    DssError
        If there is no such case, its files are missing or of another one, or cannot be scored.
    """
    if arguments.case is None:
        yield _scored(arguments)
        return
    record = kept_case(arguments.case)
    patient = demo_patient(record.id)
    if patient is None:
        yield _saved(record, arguments)
        return
    if arguments.ct is not None or arguments.pet is not None or arguments.roi is not None:
        raise InputError("A demo patient brings its own images; leave --ct, --pet and --roi out.")
    with temporary_folder() as path:
        write_demo_patient(patient.name, path)
        files = CaseFiles(ImageFiles(path / "CT", path / "PET"), path / "RTSTRUCT.dcm")
        yield _recorded(record, files, None, arguments)


def _scored(arguments: argparse.Namespace) -> SourceCase:
    from dss_core.case.case_files import find_case
    from dss_core.case.scoring_entry import score_series, scoring_weights

    if not (arguments.ct and arguments.pet and arguments.roi):
        raise InputError(
            "A case was expected: the id of a saved case, a demo patient, or --ct, --pet and --roi "
            "together. Give one."
        )
    series = find_case(case_files(arguments))
    scored = score_series(series, scoring_weights(arguments.weights))
    roi = scored.opened.region.roi
    record = record_of(
        scored.opened,
        scored.result,
        now=datetime.now(UTC),
        keep=Keep.NONE,
        kept_until=None,
        pictures=key_pictures(scored.opened.images, roi),
    )
    return source_case(record, roi, series.images, arguments.identity)


def _saved(record: CaseRecord, arguments: argparse.Namespace) -> SourceCase:
    """With the files that are given, else as it is kept."""
    if arguments.ct and arguments.pet:
        roi = None if arguments.roi else _images(record).region.roi
        return _recorded(record, case_files(arguments), roi, arguments)
    if arguments.ct or arguments.pet or arguments.roi:
        raise InputError("Of a saved case, --ct and --pet are given together, or no file at all.")
    if arguments.identity is IdentityChoice.SOURCE:
        raise InputError(
            "A saved case holds nothing of its headers, so it does not know the patient. Give the "
            "case's own images with --ct and --pet."
        )
    kept = _images(record)
    return case_without_headers(record, kept.images, kept.region.roi)


def _images(record: CaseRecord) -> "KeptImages":
    from dss_core.store.case_store import CaseStore

    if record.keep is not Keep.IMAGES:
        raise InputError(
            "Only the record of this case is kept. Give its files with --ct, --pet and --roi."
        )
    return CaseStore.open().images(record.id)


def _recorded(
    record: CaseRecord, files: CaseFiles, kept: Roi | None, arguments: argparse.Namespace
) -> SourceCase:
    """The record with its series; the region is the kept one, else that of the files."""
    series = find_images(files.images)
    images = open_images(replace(series, register=record.result.get("registration") is not None))
    roi = kept or _region(files, images)
    check_belongs(record, images, roi)
    return source_case(record, roi, series, arguments.identity)


def _region(files: CaseFiles, images: AlignedImages) -> Roi:
    regions = find_regions(files.roi)
    return take_region(regions, files.roi_name, images, number=files.roi_number).roi
