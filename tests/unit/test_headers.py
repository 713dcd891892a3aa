"""Headers found by stepping over the rest are those that pydicom reads, or are left to pydicom."""

import io
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from dss_core.reading.headers import plain_header
from dss_core.reading.inventory import TAGS
from tests.dicom_case import write_case

WANTED = {int(tag): tag for tag in (pydicom.tag.Tag("SpecificCharacterSet"), *TAGS)}


def pet_file(folder: Path, syntax: UID = ExplicitVRLittleEndian, undefined: bool = False) -> bytes:
    """A PET slice with nested, private and empty elements, non-ASCII text and a wanted sequence."""
    path = next(iter(sorted(write_case(folder, size_px=8, n_slices=2).pet.iterdir())))
    dataset = pydicom.dcmread(path)
    inner, outer = Dataset(), Dataset()
    inner.CodeValue, inner.CodeMeaning = "C-111A1", "18F"
    outer.RadionuclideCodeSequence = Sequence([inner])
    dataset.ProcedureCodeSequence = Sequence([outer, Dataset(), outer])
    drug = dataset.RadiopharmaceuticalInformationSequence[0]
    drug.RadionuclideCodeSequence = Sequence([inner])
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SeriesDescription = "Thorax \u00e0 jeun"
    dataset.PatientSize = None
    dataset.PatientSex = ""
    dataset.add_new((0x7053, 0x0010), "LO", "Philips PET Private Group")
    dataset.add_new((0x7053, 0x1000), "DS", "0.5")
    dataset.add_new((0x0011, 0x1001), "UN", b"\0\1\2\3")
    if undefined:
        for sequence in (
            dataset["ProcedureCodeSequence"], outer["RadionuclideCodeSequence"],
            dataset["RadiopharmaceuticalInformationSequence"], drug["RadionuclideCodeSequence"],
        ):  # fmt: skip
            sequence.is_undefined_length = True
            for item in sequence.value:
                item.is_undefined_length_sequence_item = True
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("undefined", [False, True])
def test_wanted_elements_are_those_of_pydicom(tmp_path: Path, syntax: UID, undefined: bool) -> None:
    content = pet_file(tmp_path, syntax, undefined)
    found = plain_header(content, WANTED)
    stream = io.BytesIO(content)
    wanted = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=TAGS)
    assert found is not None
    assert found[0] == wanted
    assert found[0].file_meta.TransferSyntaxUID == syntax
    assert found[1] == stream.tell()
    assert found[0].SeriesDescription == "Thorax \u00e0 jeun"


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_big_endian_and_deflated_files_are_left_to_pydicom(tmp_path: Path, syntax: UID) -> None:
    content = pet_file(tmp_path).replace(b"1.2.840.10008.1.2.1\0", f"{syntax}\0".encode(), 1)
    assert plain_header(content, WANTED) is None


def test_header_that_does_not_end_or_is_not_what_it_says_is_left_to_pydicom(
    tmp_path: Path,
) -> None:
    content = pet_file(tmp_path)
    assert plain_header(content[128:], WANTED) is None
    for length in (100, 140, 200, 400, content.index(b"\xe0\x7f\x10\x00") - 1):
        assert plain_header(content[:length], WANTED) is None
    mislabelled = content.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    assert plain_header(mislabelled, WANTED) is None
    odd = content.replace(b"\x08\x00\x60\x00CS", b"\x08\x00\x60\x00zz", 1)
    assert plain_header(odd, WANTED) is None


def test_header_of_every_real_file_is_that_of_pydicom(shared_data: Path) -> None:
    compared = 0
    for path in sorted(shared_data.rglob("*.dcm"))[::7]:
        content = path.read_bytes()
        found = plain_header(content[:65_536], WANTED)
        if found is not None:
            assert found[0] == pydicom.dcmread(
                io.BytesIO(content), stop_before_pixels=True, specific_tags=TAGS
            )
            compared += 1
    assert compared > 80


def test_an_odd_value_is_not_quoted_on_the_screen_or_in_a_log(tmp_path: Path) -> None:
    raw = b"\x10\x00\x30\x00DA\x0c\x001931.11.22-x"
    raw = b"\x08\x00\x18\x00UI\x08\x001.2.x_3 " + raw
    path = tmp_path / "odd.dcm"
    path.write_bytes(raw)
    code = (
        "import logging, sys, pydicom\n"
        "from dss_core.reading.tags import text\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "header = pydicom.dcmread(sys.argv[1], force=True)\n"
        "print(text(header, 'PatientBirthDate'), text(header, 'SOPInstanceUID'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("1931.11.22-x 1.2.x_3\n", "")
