"""A region file is held to the frame of reference of kept images, of which no UID is kept."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dss_core.case.record import CaseRecord, Keep, record_from_json
from dss_core.errors import GeometryError
from dss_core.store.case_archive import export_case, import_case
from dss_core.store.case_store import CaseStore
from dss_core.store.frame_key import check_frame, frame_key
from dss_core.store.keep_case import NewCase, keep_case
from dss_core.store.keeping import Keeping
from dss_core.store.study_key import secret_file, study_key
from tests.saved_case import FRAME, PET_FRAME, opened_case

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "one"))
    return tmp_path


def kept() -> CaseRecord:
    """The record of a case kept with its images, as the store has it."""
    result = {"weights_id": "demo", "egfr": {"dls": 0.25}, "pdl1": {"dls": 0.5}}
    new = NewCase(opened_case(), result, "1.2.3")
    store = CaseStore.open()
    saved = keep_case(store, new, Keeping(Keep.IMAGES, 30), NOW)
    return store.load(saved.record.id).record


def test_its_own_frame_is_taken_and_another_is_refused() -> None:
    key = kept().source.frame_key
    assert check_frame("GTV", FRAME, key) is None
    with pytest.raises(GeometryError, match="'GTV' is drawn in another frame of reference"):
        check_frame("GTV", PET_FRAME, key)
    assert check_frame("mask without a frame", "", key) is None


def test_no_uid_is_in_the_record_or_its_archive(installation: Path) -> None:
    record = kept()
    archive = installation / "case.zip"
    export_case(CaseStore.open(), record.id, archive)
    for content in (record.to_json(), archive.read_bytes()):
        assert FRAME.encode() not in content
    assert record.source.frame_key.split("-")[1] not in (study_key(FRAME), frame_key(PET_FRAME))


def test_an_old_record_reads_and_says_what_cannot_be_checked() -> None:
    values = json.loads(kept().to_json())
    del values["source"]["frame_key"]
    old = record_from_json(json.dumps(values).encode())
    assert old.source.frame_key == ""
    found = check_frame("GTV", FRAME, old.source.frame_key)
    assert found is not None and "cannot be checked" in found.message


def test_a_case_of_another_installation_is_not_taken_for_one_of_other_images(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key was made with another secret, and so says nothing here."""
    archive = installation / "case.zip"
    export_case(CaseStore.open(), kept().id, archive)
    monkeypatch.setenv("DSS_HOME", str(installation / "two"))
    there = import_case(CaseStore.open(), archive, NOW).record
    for frame in (FRAME, PET_FRAME):
        found = check_frame("GTV", frame, there.source.frame_key)
        assert found is not None and found.code == "frame_not_checked"


def test_after_the_secret_was_lost_nothing_is_refused_for_it() -> None:
    key = kept().source.frame_key
    secret_file().unlink()
    assert check_frame("GTV", FRAME, key) is not None
