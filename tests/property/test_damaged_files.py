"""Thousands of damaged files over a fixed corpus: a volume or a refusal, never anything else.

Seeded mutations of a tiny CT, PET, structure set, segmentation and volume files: bits flipped,
bytes overwritten, pieces cut out, doubled or cut off, lengths and sizes blown up.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from highdicom.seg import SegmentationTypeValues
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from dss_core.case.case_files import read_regions
from dss_core.errors import DssError
from dss_core.reading import decoder
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_uploads
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import read_ct
from dss_core.reading.volume_files import PetUnit
from tests.dicom_case import write_case
from tests.unit.test_region_files import box, write_seg

MUTATIONS_EACH = 400
MUTATIONS_OF_JPEG = 100
"""Fewer: damage that ends the decoder's process costs a new one; it always takes the same way."""
Reader = Callable[[Inventory], object]


def as_ct(inventory: Inventory) -> object:
    return read_ct(propose_series(inventory, "CT"))


def as_pet(inventory: Inventory) -> object:
    return read_pet(propose_series(inventory, "PT", None, PetUnit.SUVBW))


def as_region(inventory: Inventory) -> object:
    return read_regions(inventory.region_files)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Each kind as the files of one upload; the first of them is damaged."""
    case = write_case(tmp_path_factory.mktemp("case"), size_px=8, n_slices=2, radius_mm=6.0)

    def rewritten(folder: Path, syntax: str) -> list[bytes]:
        found = []
        for path in sorted(folder.iterdir()):
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

    larger = write_case(tmp_path_factory.mktemp("larger"))
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


KINDS = {
    "ct": as_ct, "ct implicit": as_ct, "ct deflated": as_ct, "ct rle": as_ct,
    "ct jpeg 2000": as_ct, "ct jpeg-ls": as_ct, "ct zip": as_ct, "pet": as_pet,
    "region": as_region, "segmentation": as_region, "nii": as_ct, "nii.gz": as_region,
    "nrrd": as_pet, "mha": as_region,
}  # fmt: skip


pytestmark = pytest.mark.slow


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_file_is_read_or_refused(
    corpus: dict[str, list[bytes]], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by a small voxel limit, which a blown-up size must run into."""
    monkeypatch.setenv("DSS_MAX_VOXELS", "1000000")
    monkeypatch.setenv("DSS_MAX_INFLATED_MB", "10")
    monkeypatch.setattr(decoder, "MAX_SECONDS", 2.0)  # some damage makes a decoder run on and on
    read: Reader = KINDS[kind]
    rng = np.random.default_rng(sorted(KINDS).index(kind))
    refused = 0
    first, *rest = corpus[kind]
    held = []  # so that one decoder's process serves all files, until one of them ends it
    for _ in range(MUTATIONS_OF_JPEG if "jpeg" in kind else MUTATIONS_EACH):
        content = damaged(first, rng)
        try:
            held.append(from_uploads([content, *rest]))
            read(take_inventory(held[-1]))
        except DssError as refusal:
            assert str(refusal).endswith("."), refusal
            refused += 1
    assert 0 < refused
    monkeypatch.undo()
    read(take_inventory(from_uploads(corpus[kind])))
