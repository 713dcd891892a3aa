"""The demo patients' files on disk: whole or not there, mended, and never of another version."""

from collections.abc import Callable
from pathlib import Path

import pytest

import dss_ui.shell.demo_case
from dss_core.case.demo_patients import FIRST
from dss_core.case.demo_stories import STORIES
from dss_core.errors import InputError, StorageError
from dss_core.reading.inventory import Progress
from dss_ui.shell.demo_case import demo_folder


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path / "demo"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the patients written so far, each as one small file."""
    names: list[str] = []

    def write(name: str, folder: Path, progress: Progress | None) -> None:
        names.append(name)
        (folder / "scan.dcm").write_bytes(name.encode())
        if progress:
            progress(1, 1)

    monkeypatch.setattr(dss_ui.shell.demo_case, "write_demo_patient", write)
    return names


def test_files_are_made_once(written: list[str]) -> None:
    first, second = demo_folder(), demo_folder()
    assert first == second and written == [FIRST]
    assert (first / "scan.dcm").read_bytes() == FIRST.encode()


def test_each_patient_has_files_of_its_own(written: list[str]) -> None:
    folders = {demo_folder(story.name) for story in STORIES}
    assert len(folders) == len(written) == len(STORIES)


def test_making_them_is_told_and_taking_them_is_not(written: list[str]) -> None:
    told: list[int] = []
    for _ in range(2):
        demo_folder(FIRST, lambda done, whole: told.append(done))
    assert told == [1]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"half")])
def test_files_that_were_lost_or_changed_are_made_again(
    harm: Callable[[Path], object], written: list[str]
) -> None:
    harm(demo_folder() / "scan.dcm")
    assert (demo_folder() / "scan.dcm").read_bytes() == FIRST.encode()
    assert len(written) == 2


def test_a_failure_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    def broken(name: str, folder: Path, progress: Progress | None) -> None:
        (folder / "scan.dcm").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dss_ui.shell.demo_case, "write_demo_patient", broken)
    with pytest.raises(StorageError, match="the disk is full"):
        demo_folder()
    assert list(empty_home.iterdir()) == []


def test_files_of_another_version_are_not_taken(
    written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = demo_folder()
    monkeypatch.setattr(dss_ui.shell.demo_case, "_source_digest", lambda name: "another version")
    assert demo_folder() != old


def test_an_unknown_patient_is_refused() -> None:
    with pytest.raises(InputError, match="no demo patient 'nobody'"):
        demo_folder("nobody")
