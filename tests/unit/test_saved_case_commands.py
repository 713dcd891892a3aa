"""Commands of saved cases: a case is scored, saved, found, exported and deleted by words alone."""

import json
import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pydicom
import pytest

from dss_core.bundles.bundle_folders import SHIPPED
from dss_core.case.record import Keep
from dss_core.cli import main
from dss_core.settings import home
from dss_core.store.case_store import CaseStore
from tests.board_case import demo
from tests.dicom_case import write_case
from tests.planted import assert_clean, assert_clean_bytes, write_planted_case


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    for name in ("DSS_DATABASE_URL", "DSS_KEEP", "DSS_KEEP_DAYS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    case = write_planted_case(tmp_path / "in")
    return ["score", "--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]


def said(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert main([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 2
    return capsys.readouterr().err


def test_the_life_of_a_case(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        plain = said(capsys, *command)
        scored = said(capsys, *command, "--save", "--label", "Left upper lobe")
        case_id = scored.pop("case_id")
        kept_until = scored.pop("kept_until")
        assert scored == plain
        (row,) = said(capsys, "cases", "list")["cases"]
        assert set(row) == {
            "id", "label", "created", "weights_id", "egfr", "pdl1", "withheld", "verdict", "kept",
            "kept_until",
        }  # fmt: skip
        assert (row["id"], row["label"], row["kept"]) == (case_id, "Left upper lobe", "images")
        assert row["kept_until"].startswith(kept_until[:19])
        assert row["egfr"] == plain["egfr"]["dls"]
        shown = said(capsys, "cases", "show", case_id)
        assert shown["result"] == plain
        assert {
            "id", "label", "patient", "decision", "place", "verdicts", "region", "source",
            "history",
        } <= set(shown)  # fmt: skip
        assert set(shown["region"]) == {"name", "method", "author", "digest"}
        assert len(shown["source"]["study_key"]) == 64
        assert shown["not_rescored"] is None
        archive = tmp_path / "case.zip"
        assert said(capsys, "cases", "export", case_id, "--out", archive)["images"]
        assert_clean_bytes(archive.read_bytes(), "archive")
        deleted = said(capsys, "cases", "delete", case_id)["deleted"]
        assert (deleted["id"], deleted["record"]) == (case_id, True)
        assert len(deleted["files"]) == 1 and deleted["bytes"] > 0
        assert said(capsys, "cases", "list") == {"cases": []}
        assert "There is no saved case" in refused(capsys, "cases", "show", case_id)
        assert said(capsys, "cases", "import", archive)["id"] == case_id
        again = said(capsys, "cases", "show", case_id)
        assert (again["result"], again["region"]) == (plain, shown["region"])
        renamed = said(capsys, "cases", "rename", case_id, "--label", "Other lobe")
        assert (renamed["label"], renamed["version"]) == ("Other lobe", 2)
        assert said(capsys, "cases", "prune") == {"deleted": []}
    assert_clean(caplog.text, json.dumps([row, shown, deleted, again]))
    study = "1.2.826"
    for path in (p for p in home().rglob("*") if p.is_file()):
        assert_clean(str(path.relative_to(home())))
        assert_clean_bytes(path.read_bytes(), path.name)
        assert study.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "label",
    ["Xaverius", "of QUIRINUS", "XAVERIUS77", "born 3.2.1951", "1951-02-03", "", "x" * 81],
)
def test_a_label_that_says_who_the_patient_is_is_refused_before_scoring(
    label: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, *command, "--save", f"--label={label}")
    assert "label" in message and (not label or label not in message)
    assert said(capsys, "cases", "list") == {"cases": []}


@pytest.mark.parametrize(
    "label",
    [
        "Xaverius",
        "of QUIRINUS",
        "XAVERIUS77",
        "born 3.2.1951",
        "2020-01-01",
        "of 1 Jan 2020",
        "lung20200101",
    ],
)
def test_a_later_name_is_compared_with_the_headers_of_the_files(
    label: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to compare it with is kept, so the files have to be there."""
    case_id = said(capsys, *command, "--save", "--label", "Lobe")["case_id"]
    rename = ("cases", "rename", case_id, "--label")
    message = refused(capsys, *rename, label, "--files", tmp_path / "in")
    assert "The label holds a name" in message and label not in message
    assert said(capsys, "cases", "list")["cases"][0]["label"] == "Lobe"
    renamed = said(capsys, *rename, "Other lobe", "--files", tmp_path / "in")
    assert renamed["compared_with_headers"] and renamed["label"] == "Other lobe"
    assert not said(capsys, *rename, "Lobe again")["compared_with_headers"]


def test_files_of_another_study_are_not_taken_for_those_of_the_case(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = said(capsys, *command, "--save")["case_id"]
    other = write_case(tmp_path / "other")
    for path in other.files():
        dataset = pydicom.dcmread(path)
        dataset.StudyInstanceUID = "1.2.3.4"
        dataset.save_as(path)
    rename = ("cases", "rename", case_id, "--label", "Lobe", "--files")
    assert "of another study" in refused(capsys, *rename, tmp_path / "other")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "note.txt").write_text("nothing")
    assert "none were found" in refused(capsys, *rename, tmp_path / "empty")


@pytest.mark.parametrize(
    "label", ["Simulated patient 4: indeterminate", "simulated PATIENT 5: Scores withheld"]
)
def test_no_case_is_called_as_a_demo_patient(
    label: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "name of a demo patient" in refused(capsys, *command, "--save", "--label", label)
    case_id = said(capsys, *command, "--save")["case_id"]
    assert "name of a demo patient" in refused(capsys, "cases", "rename", case_id, "--label", label)


def test_what_is_kept_is_chosen_by_installation_and_by_case(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = said(capsys, *command, "--save", "--keep", "none")
    assert (nothing["case_id"], nothing["kept_until"]) == (None, None)
    assert not (home() / "store").exists()
    record = said(capsys, *command, "--save", "--keep", "record")
    assert UUID(record["case_id"])
    monkeypatch.setenv("DSS_KEEP", "record")
    said(capsys, *command, "--save")
    assert {r["kept"] for r in said(capsys, "cases", "list")["cases"]} == {"record"}
    assert not list((home() / "cases").rglob("*.npz"))
    monkeypatch.setenv("DSS_KEEP", "none")
    assert "DSS_KEEP=none" in refused(capsys, *command, "--save")
    monkeypatch.setenv("DSS_KEEP", "all")
    assert "none, record, images" in refused(capsys, *command, "--save")
    monkeypatch.setenv("DSS_KEEP", "images")
    for days in ("0", "-1", "1.5", "x", "36501"):
        monkeypatch.setenv("DSS_KEEP_DAYS", days)
        assert "DSS_KEEP_DAYS" in refused(capsys, *command, "--save")
    assert "give --save" in refused(capsys, *command, "--label", "Lobe")


def test_a_case_whose_weights_are_gone_still_shows(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = said(capsys, *command, "--save")["case_id"]
    monkeypatch.setattr("dss_core.bundles.bundle_folders.SHIPPED", Path("/nowhere"))
    shown = said(capsys, "cases", "show", case_id)
    assert "weights 'demo' of this case are no longer installed" in shown["not_rescored"]


def test_a_case_whose_weights_were_changed_is_not_scored_again(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    own = home() / "weights" / "own"
    shutil.copytree(SHIPPED / "demo", own)
    case_id = said(capsys, *command, "--weights", "own", "--save")["case_id"]
    assert said(capsys, "cases", "show", case_id)["not_rescored"] is None
    (own / "card.json").write_bytes((own / "card.json").read_bytes() + b"\n")
    shown = said(capsys, "cases", "show", case_id)
    assert "weights 'own' were changed since" in shown["not_rescored"]


def test_the_store_by_commands(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "store", "status")["state"] == "new"
    assert not (home() / "store" / "cases.sqlite").exists()
    case_id = said(capsys, *command, "--save")["case_id"]
    status = said(capsys, "store", "status")
    assert (status["state"], status["cases"], status["with_images"]) == ("current", 1, 1)
    assert said(capsys, "store", "upgrade")["backup"] is None
    backup = tmp_path / "backup.zip"
    assert said(capsys, "store", "backup", "--out", backup)["cases"] == 1
    assert_clean_bytes(backup.read_bytes(), "backup")
    assert "holds cases" in refused(capsys, "store", "restore", backup)
    said(capsys, "cases", "delete", case_id)
    assert said(capsys, "store", "restore", backup) == {"cases": 1, "with_images": 1}
    assert said(capsys, "cases", "show", case_id)["id"] == case_id


def test_every_command_takes_the_beginning_of_an_id_and_names_all_that_begin_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = CaseStore.open()
    ids = [UUID(f"{start}-0000-4000-8000-000000000000") for start in ("abcd1111", "abcd2222")]
    kept = {"keep": Keep.RECORD, "kept_until": datetime.now(UTC) + timedelta(days=9)}
    for case_id in ids:
        store.save(demo().model_copy(update={"id": case_id, **kept}), expected_version=None)
    first, second = map(str, ids)
    for words in (("show",), ("export", "--out", tmp_path / "c.zip"), ("delete",)):
        told = refused(capsys, "cases", words[0], "abcd", *words[1:])
        assert first in told and second in told and demo().label in told
    told = refused(capsys, "board", "abcd", "--pdf", tmp_path / "b.pdf")
    assert first in told and second in told
    assert said(capsys, "cases", "show", "ABCD1")["id"] == first
    assert said(capsys, "cases", "rename", "abcd1", "--label", "Case A")["id"] == first
    assert said(capsys, "cases", "export", "abcd2", "--out", tmp_path / "c.zip")["id"] == second
    assert said(capsys, "cases", "delete", "abcd2")["deleted"]["id"] == second
    assert "is not the id of a case" in refused(capsys, "cases", "show", "abc")


def test_faults_of_the_words_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is not the id of a case" in refused(capsys, "cases", "show", "../../etc")
    assert "--limit must be 1" in refused(capsys, "cases", "list", "--limit", "0")
    assert "cannot be read" in refused(capsys, "cases", "import", tmp_path / "none.zip")
    assert "cannot be read" in refused(capsys, "store", "restore", tmp_path / "none.zip")
