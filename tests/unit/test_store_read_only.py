"""A store that may not be written: listed, shown, exported, backed up; changes say why not."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dss_core.case.record import Keep
from dss_core.cli import main
from dss_core.errors import StorageError
from dss_core.store.case_store import CaseStore
from tests.permissions import read_only
from tests.saved_case import kept_images, opened_case, saved_record

OPENED = opened_case()
RECORD = saved_record(OPENED)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DSS_HOME with one saved case."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    CaseStore.open().save(RECORD, kept_images(OPENED), expected_version=None)
    return tmp_path / "home"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main([*map(str, words)])
    out, err = capsys.readouterr()
    return status, out or err


def test_reading_works_as_ever(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading = (
        ("cases", "list"),
        ("cases", "show", str(RECORD.id)),
        ("store", "status"),
    )
    as_ever = [run(capsys, *words) for words in reading]
    with read_only(home):
        assert [run(capsys, *words) for words in reading] == as_ever
        store = CaseStore.open()
        ct = store.images(RECORD.id).images.ct
        assert ct.digest == OPENED.images.ct.digest
        for words in (("cases", "export", str(RECORD.id)), ("store", "backup")):
            status, said = run(capsys, *words, "--out", str(home.parent / f"{words[1]}.zip"))
            assert status == 0, said
    assert all(status == 0 for status, _ in as_ever)
    assert sorted(p.name for p in (home / "store").iterdir()) == ["cases.sqlite"]
    store.delete(RECORD.id)  # may be written again: nothing was left that hinders
    assert run(capsys, "cases", "import", str(home.parent / "export.zip"))[0] == 0


@pytest.mark.parametrize("words", [("delete",), ("rename", "--label", "Other")])
def test_a_change_is_refused_in_one_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with read_only(home):
        status, said = run(capsys, "cases", words[0], str(RECORD.id), *words[1:])
    assert status == 2 and said.startswith("error: ") and said.count("\n") == 1
    assert "cannot be written: permission was denied" in said
    assert CaseStore.open().load(RECORD.id).record == RECORD


def test_changes_that_are_still_in_the_log_are_read(home: Path) -> None:
    """A process holds the database open, or was killed: its file alone is not the whole of it."""
    other = saved_record(opened_case(seed=1), keep=Keep.RECORD)
    with closing(sqlite3.connect(home / "store" / "cases.sqlite")) as holding:
        holding.execute("SELECT count(*) FROM cases").fetchone()
        CaseStore.open().save(other, expected_version=None)
        assert (home / "store" / "cases.sqlite-wal").stat().st_size > 0
        with read_only(home):
            assert len(CaseStore.open().list()) == 2


def test_a_log_that_cannot_be_read_is_refused_and_not_passed_over(home: Path) -> None:
    file = home / "store" / "cases.sqlite"
    file.with_name("cases.sqlite-wal").write_bytes(b"what a copy brought along")
    with read_only(home), pytest.raises(StorageError, match="it cannot be opened"):
        CaseStore.open()


def test_a_change_from_elsewhere_while_it_is_read_is_said(home: Path) -> None:
    with read_only(home), pytest.raises(StorageError, match="was changed by another process"):
        with CaseStore.open().database.read():
            os.utime(home / "store" / "cases.sqlite", ns=(1, 1))
