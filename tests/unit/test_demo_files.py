"""The demo's files on disk: whole or not there, and never of another version."""

from pathlib import Path

import pytest

import dss_ui.shell.demo_case
from dss_ui.shell.demo_case import SEED, demo_folder


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path / "demo"


def _write(folder: Path, seed: int) -> None:
    (folder / "scan.dcm").write_bytes(str(seed).encode())


def test_files_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(
        dss_ui.shell.demo_case, "write_demo_case", lambda f, s: (made.append(f), _write(f, s))
    )
    first, second = demo_folder(), demo_folder()
    assert first == second and len(made) == 1
    assert (first / "scan.dcm").read_bytes() == str(SEED).encode()


def test_a_failure_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    def broken(folder: Path, seed: int) -> None:
        _write(folder, seed)
        raise OSError("disk full")

    monkeypatch.setattr(dss_ui.shell.demo_case, "write_demo_case", broken)
    with pytest.raises(OSError, match="disk full"):
        demo_folder()
    assert list(empty_home.iterdir()) == []


def test_files_of_another_version_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dss_ui.shell.demo_case, "write_demo_case", _write)
    old = demo_folder()
    monkeypatch.setattr(dss_ui.shell.demo_case, "_source_digest", lambda: "another version")
    assert demo_folder() != old


def test_a_second_process_that_is_first_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(folder: Path, seed: int) -> None:
        _write(folder, seed)
        target = next(folder.parent.parent.glob("demo")) / f"{SEED}-{'0' * 12}"
        target.mkdir()
        (target / "scan.dcm").write_bytes(b"theirs")

    monkeypatch.setattr(dss_ui.shell.demo_case, "_source_digest", lambda: "0" * 64)
    monkeypatch.setattr(dss_ui.shell.demo_case, "write_demo_case", overtaken)
    folder = demo_folder()
    assert (folder / "scan.dcm").read_bytes() == b"theirs"
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
