"""Every object that a PACS does not store is told, and none goes to another patient."""

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest

from dss_core.cli import main
from dss_core.errors import InputError
from dss_core.pacs.archive import NotStored, open_pacs
from dss_core.pacs.pacs_place import DicomWebPlace
from dss_core.reading.sources import from_paths
from tests.dicom_case import WrittenCase
from tests.dicomweb_server import OBJECT, DicomWebServer


@pytest.mark.parametrize(
    ("reason", "says"), [(0xA700, "out of resources (0xA700)"), (None, "does not name it")]
)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_every_object_that_is_not_stored_is_told(
    all_of_them: bool, reason: int | None, says: str, dicomweb: DicomWebServer,
    small_case: WrittenCase, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    uids = [str(pydicom.dcmread(path).SOPInstanceUID) for path in sorted(small_case.ct.iterdir())]
    dicomweb.stored.clear()
    dicomweb.wrong.refused = dict.fromkeys(uids if all_of_them else uids[:1], reason)
    assert main(["pacs", "send", str(small_case.ct)]) == 2
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["sent"] == (0 if all_of_them else 1) == len(dicomweb.stored)
    assert [each["sop_instance_uid"] for each in told["failed"]] == list(dicomweb.wrong.refused)
    assert says in told["failed"][0]["reason"] and says in err and err.count("\n") == 1


def test_what_an_earlier_request_has_stored_is_told_when_a_later_one_fails(
    dicomweb: DicomWebServer, small_case: WrittenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_core.pacs.storing._MAX_OBJECTS", 1)
    store = dicomweb.store

    def full(content_type: str, body: bytes) -> tuple[int, dict[str, Any]]:
        return (507, {}) if len(dicomweb.stored) == 1 else store(content_type, body)

    dicomweb.stored.clear()
    monkeypatch.setattr(dicomweb, "store", full)
    sent = open_pacs(DicomWebPlace(dicomweb.url)).send(from_paths([small_case.ct]))
    assert len(sent.stored) == 1 and len(sent.failed) == 1
    assert isinstance(sent.failed[0], NotStored) and "no room left" in sent.failed[0].reason


def test_objects_of_a_study_that_the_pacs_has_under_another_patient_are_not_sent(
    dicomweb: DicomWebServer, small_case: WrittenCase, tmp_path: Path
) -> None:
    dataset = pydicom.dcmread(next(small_case.pet.iterdir()))
    pacs = open_pacs(DicomWebPlace(dicomweb.url))
    for each in dicomweb.stored:
        each.told["00100021"] = {"vr": "LO", "Value": ["this hospital"]}
    for patient, issuer in (("0simulated", ""), ("simulated", "another hospital")):
        dataset.PatientID, dataset.IssuerOfPatientID = patient, issuer
        dataset.save_as(tmp_path / "x.dcm")
        with pytest.raises(InputError, match="under another patient"):
            pacs.send(from_paths([tmp_path / "x.dcm"]))
    assert len(dicomweb.stored) == 5 and all(o.value(OBJECT) for o in dicomweb.stored)
