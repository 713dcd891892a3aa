"""`dicom`: a scored case as DICOM objects for an archive."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from dss_core.case.record import CaseRecord
from dss_core.cli.case_document import case_document, content_of
from dss_core.cli.named_case import completed
from dss_core.cli.series_of_case import series_of_case
from dss_core.errors import InputError
from dss_core.exports.dicom.board_presentation import board_presentation
from dss_core.exports.dicom.dicom_objects import (
    DicomObject,
    ObjectName,
    Presentation,
    check_installed,
    dicom_objects,
)
from dss_core.storage import make_folder, write_whole

_GIVE = {ObjectName.SC: "--picture", ObjectName.REPORT: "--pdf"}


def run_dicom(arguments: argparse.Namespace) -> dict[str, Any]:
    """`dicom`: everything is made before anything is written."""
    only, folder = _names(arguments.only), arguments.out
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out is a folder; {folder} is a file. Name another.")
    check_installed(only or list(ObjectName))
    with series_of_case(arguments) as case:
        shown = _presentation(arguments, case.record, ObjectName.REPORT in (only or ObjectName))
        lacking = [name for name in only or ObjectName if shown.lacks(name)]
        if only and lacking:
            raise InputError(
                f"{lacking[0]}.dcm needs {_GIVE[lacking[0]]} with a file; the case has none of "
                "its own. Give it, or leave it out of --only."
            )
        names = [name for name in only or ObjectName if name not in lacking]
        objects = dicom_objects(case, names, shown)
    make_folder(folder)
    for made in objects:
        write_whole(folder / made.file_name, made.content)
    return {
        "objects": [_told(folder, made) for made in objects],
        "identity": str(arguments.identity),
        "not_written": [
            {"file": f"{name}.dcm", "reason": f"Give {_GIVE[name]} with a file."}
            for name in lacking
        ],
    }


def _names(only: str | None) -> list[ObjectName]:
    """What was asked for; empty for all."""
    if only is None:
        return []
    words = [word.strip() for word in only.split(",")]
    known = list(ObjectName)
    wrong = [word for word in words if word not in known]
    if wrong:
        raise InputError(
            f"--only names {wrong[0][:40]!r}; {', '.join(known)} were expected, with commas."
        )
    return [ObjectName(word) for word in dict.fromkeys(words)]


def _presentation(arguments: argparse.Namespace, record: CaseRecord, report: bool) -> Presentation:
    """The picture and the document that are given, else those of the board."""
    record = completed(record, arguments)
    shown = board_presentation(record, case_document(record, arguments.pdf) if report else None)
    if arguments.picture is None:
        return shown
    return replace(shown, png=content_of(arguments.picture), caption="")


def _told(folder: Path, made: DicomObject) -> dict[str, str]:
    header = made.header
    return {
        "file": str(folder / made.file_name),
        "sop_class": str(header.SOPClassUID),
        "sop_instance_uid": str(header.SOPInstanceUID),
        "series_uid": str(header.SeriesInstanceUID),
        "study_uid": str(header.StudyInstanceUID),
    }
