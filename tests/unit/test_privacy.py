"""Planted identifiers never come out: not in results, files, errors, logs, digests or text."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pydicom
import pytest
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from dss_core.cli import main
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_ui.shell.uploads import keep_uploads_in_memory
from tests.dicom_case import WrittenCase
from tests.planted import assert_clean, assert_clean_bytes, write_planted_case


@pytest.fixture
def case(tmp_path: Path) -> WrittenCase:
    return write_planted_case(tmp_path / "in")


def commands(case: WrittenCase, out: Path) -> list[list[object]]:
    both = ["--ct", case.ct, "--pet", case.pet, "--roi", case.region]
    return [
        ["score", *both, "--out", out / "score.json"],
        ["tensor", *both, "--out", out / "tensor.npz"],
        ["suv", case.pet, "--out", out / "suv.nii.gz"],
        ["suv", case.pet, "--out", out / "suv.nrrd"],
        ["mask", case.region, "--reference", case.ct, "--out", out / "mask.mha"],
        ["deidentify", case.ct.parent, out / "copy"],
    ]


@pytest.mark.parametrize("index", range(6))
def test_no_command_lets_an_identifier_out(
    case: WrittenCase, tmp_path: Path, index: int,
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    with caplog.at_level(logging.DEBUG):
        assert main([str(a) for a in commands(case, out)[index]]) == 0
    printed = capsys.readouterr()
    json.loads(printed.out)
    assert_clean(printed.out, printed.err, caplog.text)
    files = [p for p in out.rglob("*") if p.is_file()]
    assert files
    for path in files:
        assert_clean(str(path.relative_to(out)))
        assert_clean_bytes(path.read_bytes(), path.name)


def test_refusals_do_not_name_the_patient(
    case: WrittenCase, capsys: pytest.CaptureFixture[str]
) -> None:
    for keyword in ("ImagePositionPatient", "PixelSpacing", "RadionuclideTotalDose"):
        for path in case.pet.iterdir():
            dataset = pydicom.dcmread(path)
            if keyword in dataset:
                delattr(dataset, keyword)
            else:
                del dataset.RadiopharmaceuticalInformationSequence
            dataset.save_as(path)
        assert main(["suv", str(case.pet), "--out", str(case.ct.parent / "x.nii")]) == 2
        assert_clean(capsys.readouterr().err)


def test_region_named_after_the_patient_is_listed_without_the_name(
    case: WrittenCase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["mask", case.region, "--reference", case.ct, "--out", tmp_path / "m.nii"]
    assert main([str(a) for a in arguments]) == 0
    assert json.loads(capsys.readouterr().out)["regions"] == ["GTV ***", "node ***"]


def test_what_is_kept_in_memory_prints_without_identifiers(case: WrittenCase) -> None:
    inventory = take_inventory(from_paths([case.ct.parent]))
    for series in inventory.series:
        assert_clean(series.patient_key, inventory.describe())
        assert "XAVERIUS77" not in repr(series)


def test_large_upload_is_not_spooled_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Received as the dashboard's server receives it; by itself it spools what is over 1 MB."""
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    body = head + b"xaverius" * 400_000 + b"\r\n--x--\r\n"

    async def receive() -> AsyncGenerator[bytes, None]:
        yield body

    async def spooled() -> bool:
        headers = Headers({"content-type": "multipart/form-data; boundary=x"})
        form = await MultiPartParser(headers, receive()).parse()
        file = form["f"]
        assert isinstance(file, UploadFile)
        assert len(await file.read()) == 3_200_000
        rolled = bool(vars(file.file)["_rolled"])
        await form.close()
        return rolled

    with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop in this one
        assert thread.submit(lambda: asyncio.run(spooled())).result()
        keep_uploads_in_memory()
        assert not thread.submit(lambda: asyncio.run(spooled())).result()
