"""One Orthanc for all tests of this folder, and a small case in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest

from dss_core.cli import main
from tests.dicom_case import WrittenCase, write_case
from tests.orthanc.archive import PASSWORD, USER, Orthanc, running_orthanc

PATIENT, ISSUER = "0042", "Hospital of the tests"
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as archive:
        yield archive


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> WrittenCase:
    """A case of a patient whose name is in GB18030 and whose number begins with zeros."""
    written = write_case(tmp_path_factory.mktemp("case"))
    for path in written.files():
        dataset = pydicom.dcmread(path)
        dataset.SpecificCharacterSet = "GB18030"
        dataset.PatientName, dataset.PatientID = "王^小东", PATIENT
        dataset.IssuerOfPatientID, dataset.AccessionNumber = ISSUER, "A-1"
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20200101", "101500", "7"
        dataset.save_as(path)
    return written


@pytest.fixture(autouse=True)
def settings(
    orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """An empty archive, and a program that knows it."""
    orthanc.delete_everything()
    auth = tmp_path_factory.getbasetemp() / "auth"
    auth.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    auth.chmod(0o600)
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DSS_PACS_URL", orthanc.url)
    monkeypatch.setenv("DSS_PACS_AUTH", str(auth))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command, whose answer comes back; `status=2` for its error line."""

    def command(*words: object, status: int = 0) -> Any:
        capsys.readouterr()
        assert main([str(word) for word in words]) == status
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        if status:
            assert err.startswith("error: ") and err.count("\n") == 1
            return err
        return json.loads(out)

    return command
