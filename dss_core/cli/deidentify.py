"""De-identified copies: `deidentify` writes a case without identity and with the same SUV."""

import argparse
import io
import secrets
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.deflated import inflated
from dss_core.reading.deidentification import Disguise, deidentify
from dss_core.reading.image_type_checks import check_kind
from dss_core.reading.inventory import RTSTRUCT_CLASS, SEGMENTATION_CLASSES
from dss_core.reading.sources import Source, from_paths
from dss_core.reading.tags import DAMAGED, text
from dss_core.storage import make_folder, whole_file

_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2": "ct",
    "1.2.840.10008.5.1.4.1.1.2.1": "ct",
    "1.2.840.10008.5.1.4.1.1.128": "pet",
    RTSTRUCT_CLASS: "rtstruct",
    **dict.fromkeys(SEGMENTATION_CLASSES, "seg"),
}


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    target: Path = arguments.target
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(
            f"The output {target} exists and is not an empty folder; name a new folder."
        )
    sources = from_paths([arguments.source])
    disguise = Disguise(secrets.token_hex(16), -(365 + secrets.randbelow(3650)))
    written: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    series: defaultdict[str, int] = defaultdict(lambda: len(series) + 1)
    for source in sources:
        dataset, reason = _take(source)
        if dataset is None:
            left_out[reason] += 1
            continue
        kind = _CLASSES[text(dataset, "SOPClassUID")]
        folder = target / f"{kind}_{series[text(dataset, 'SeriesInstanceUID')]:02d}"
        make_folder(folder)
        written[kind] += 1
        try:
            with whole_file(folder / f"{written[kind]:05d}.dcm") as stream:
                deidentify(dataset, disguise).save_as(stream, enforce_file_format=True)
        except DAMAGED as problem:
            raise InputError(
                "A file is damaged and could not be written without identity; leave it out."
            ) from problem
    if not written:
        raise InputError(
            "There is no CT, PET, structure set or segmentation to copy: "
            f"{', '.join(f'{n} {r}' for r, n in left_out.items())}. Give the DICOM files."
        )
    return {
        "out": str(target),
        "written": dict(written),
        "left_out": dict(left_out),
        "profile": "PS3.15 Basic (113100), Retain Patient Characteristics (113108), "
        "Retain Longitudinal Modified Dates (113107)",
    }


def _take(source: Source) -> tuple[Dataset | None, str]:
    """The dataset if it may be copied, else why not."""
    head = source.head(132)
    try:
        with inflated(source).open() as stream:
            whole_file = io.BytesIO(stream.read())
        dataset = pydicom.dcmread(whole_file, force=head[:2] == b"\x08\x00")
        if not dataset.file_meta.get("TransferSyntaxUID"):
            dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    except DAMAGED:
        return None, "not DICOM"
    if text(dataset, "SOPClassUID") not in _CLASSES:
        return None, "neither CT, PET, RTSTRUCT nor SEG"
    if _CLASSES[text(dataset, "SOPClassUID")] in ("ct", "pet"):
        try:
            check_kind(dataset, "image")
        except InputError as refusal:
            if "burned in" in str(refusal):
                return None, "burned-in annotation"
            if whole_frames(dataset) == 1:
                return None, "capture, report or projection"
    return dataset, ""


def whole_frames(dataset: Dataset) -> int:
    """Number of frames; enhanced images are copied as they are."""
    stated = text(dataset, "NumberOfFrames")
    return int(stated) if stated.isdigit() else 1
