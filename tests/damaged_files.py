"""Damaged files of every kind that this program reads, seeded, and what must come of them.

Mutations of a tiny CT, PET, structure set, segmentation and volume files, of tables and of JSON:
bits flipped, bytes overwritten, pieces cut out, doubled or cut off, lengths and sizes blown up.
"""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pydicom
import SimpleITK as sitk
from highdicom.seg import SegmentationTypeValues
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from dss_core.bundles.model_card import parse_card
from dss_core.case.case_files import read_regions
from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import record_from_json
from dss_core.case.report import result_from_json
from dss_core.cohort.cohort_table import validate
from dss_core.cohort.tables import infer_numbers, read_bytes
from dss_core.decision.patient_file import read_patient
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_core.errors import DssError, InputError
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_uploads
from dss_core.reading.strict_json import read_json
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import read_ct
from dss_core.reading.volume_files import PetUnit
from dss_core.settings import shipped
from tests.dicom_case import write_case
from tests.unit.test_region_files import box, write_seg

FEWER = ("ct jpeg 2000", "ct jpeg-ls")
"""Damage that ends the decoder's process costs a new one; it always takes the same way."""


@dataclass(frozen=True)
class Kind:
    """Files of one kind.

    Attributes
    ----------
    files : list of bytes
        Sound; the first of them is damaged.
    read : callable
        Reads such files, or raises DssError.
    """

    files: list[bytes]
    read: Callable[[list[bytes]], object]


def _uploaded(read: Callable[[Inventory], object]) -> Callable[[list[bytes]], object]:
    held = []  # so that one decoder's process serves all files, until one of them ends it

    def upload(files: list[bytes]) -> object:
        held.append(from_uploads(files))
        return read(take_inventory(held[-1]))

    return upload


def _as_ct(inventory: Inventory) -> object:
    return read_ct(propose_series(inventory, "CT"))


def _as_pet(inventory: Inventory) -> object:
    return read_pet(propose_series(inventory, "PT", None, PetUnit.SUVBW))


def _as_region(inventory: Inventory) -> object:
    return read_regions(inventory.region_files)


_READ = {
    "ct": _as_ct, "ct implicit": _as_ct, "ct deflated": _as_ct, "ct rle": _as_ct,
    "ct jpeg 2000": _as_ct, "ct jpeg-ls": _as_ct, "ct zip": _as_ct, "pet": _as_pet,
    "region": _as_region, "segmentation": _as_region, "nii": _as_ct, "nii.gz": _as_region,
    "nrrd": _as_pet, "mha": _as_region,
}  # fmt: skip
IMAGES = tuple(_READ)
TEXTS = (
    "cohort csv", "cohort tsv", "cohort parquet", "other csv", "patient", "record", "result",
    "scores", "card",
)  # fmt: skip


def kinds(folder: Path, *names: str) -> dict[str, Kind]:
    """Kinds of files by name; those of images are written to the folder first."""
    made: dict[str, Kind] = {}
    if any(name in IMAGES for name in names):
        uploads = images(folder)
        made |= {name: Kind(uploads[name], _uploaded(_READ[name])) for name in IMAGES}
    if any(name in TEXTS for name in names):
        made |= texts()
    return {name: made[name] for name in names}


def texts() -> dict[str, Kind]:
    """Tables and JSON."""
    cohort = pd.read_csv(shipped() / "weights" / "demo" / "cohort.csv", dtype=str).head(12)
    packed, record = io.BytesIO(), demo_patients()[0].record
    cohort.to_parquet(packed, index=False)
    small = record.model_copy(update={"pictures": ()})
    rules = guideline_rules()

    def table(ending: str) -> Callable[[list[bytes]], object]:
        return lambda files: validate(read_bytes(files[0], f"table.{ending}"))

    def json_of(value: object) -> list[bytes]:
        return [json.dumps(value).encode()]

    def value_of(files: list[bytes]) -> Any:
        return read_json(files[0], "The result", InputError)

    def result_of(files: list[bytes]) -> object:
        return result_from_json(value_of(files))

    return {
        "cohort csv": Kind([cohort.to_csv(index=False).encode()], table("csv")),
        "cohort tsv": Kind([cohort.to_csv(index=False, sep="\t").encode()], table("tsv")),
        "cohort parquet": Kind([packed.getvalue()], table("parquet")),
        "other csv": Kind(
            [cohort.to_csv(index=False).encode()],
            lambda files: infer_numbers(read_bytes(files[0], "other.csv")),
        ),
        "patient": Kind(
            json_of(record.patient), lambda files: read_patient(files[0], "A patient", rules)
        ),
        "record": Kind([small.to_json()], lambda files: record_from_json(files[0])),
        "result": Kind(json_of(record.result), result_of),
        "scores": Kind(json_of(record.result), lambda files: scores_from_result(value_of(files))),
        "card": Kind(
            [(shipped() / "weights" / "demo" / "card.json").read_bytes()],
            lambda files: parse_card(files[0], "demo"),
        ),
    }


def images(folder: Path) -> dict[str, list[bytes]]:
    """Each kind of images and regions as the files of one upload; the first of them is damaged."""
    case = write_case(folder / "case", size_px=8, n_slices=2, radius_mm=6.0)

    def rewritten(series: Path, syntax: str) -> list[bytes]:
        found = []
        for path in sorted(series.iterdir()):
            dataset, stream = pydicom.dcmread(path), io.BytesIO()
            if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
                dataset.compress(syntax, generate_instance_uid=False)
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.save_as(stream, enforce_file_format=True)
            found.append(stream.getvalue())
        return found

    def packed(files: list[bytes]) -> list[bytes]:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
            for k, content in enumerate(files):
                bundle.writestr(str(k), content)
        return [stream.getvalue()]

    larger = write_case(folder / "larger")
    segmented = larger.ct.parent / "seg.dcm"
    write_seg(larger, segmented, box(), SegmentationTypeValues.BINARY, "GTV")
    plain = [p.read_bytes() for p in sorted(case.ct.iterdir())]
    volumes = {}
    for suffix, low in (("nii", -1000.0), ("nii.gz", 0.0), ("nrrd", 0.0), ("mha", 0.0)):
        path = case.ct.parent / f"v.{suffix}"
        values = np.rint(np.linspace(low, 9.0, 60)).reshape(3, 4, 5)
        sitk.WriteImage(sitk.GetImageFromArray(values), str(path), suffix == "mha")
        volumes[suffix] = [path.read_bytes()]
    return {
        "ct": plain,
        "ct implicit": rewritten(case.ct, ImplicitVRLittleEndian),
        "ct deflated": rewritten(case.ct, DeflatedExplicitVRLittleEndian),
        "ct rle": rewritten(case.ct, RLELossless),
        "ct jpeg 2000": rewritten(larger.ct, JPEG2000Lossless)[:2],
        "ct jpeg-ls": rewritten(larger.ct, JPEGLSLossless)[:2],
        "ct zip": packed(plain),
        "pet": [p.read_bytes() for p in sorted(case.pet.iterdir())],
        "region": [case.region.read_bytes()],
        "segmentation": [segmented.read_bytes()],
        **volumes,
    }


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """One to four mutations."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        if not data:
            break
        at = int(rng.integers(len(data)))
        length = int(rng.integers(1, 9))
        match rng.integers(6):
            case 0:
                data[at] ^= 1 << int(rng.integers(8))
            case 1:
                data[at : at + length] = rng.bytes(length)
            case 2:
                del data[at : at + length * 8]
            case 3:
                data[at:at] = data[at : at + length * 8]
            case 4:
                data[at : at + 4] = b"\xff\xff\xff\x7f"
            case _:
                del data[max(at, len(data) // 8) :]
    return bytes(data)


def refused(kind: Kind, rng: np.random.Generator) -> bool:
    """Damage the first file and read it with the others; whether it was refused.

    Raises
    ------
    Exception
        Any but a refusal in a sentence: that is a bug.
    """
    first, *rest = kind.files
    try:
        kind.read([damaged(first, rng), *rest])
    except DssError as refusal:
        assert str(refusal).endswith("."), refusal
        return True
    return False
