"""Files are written whole, by one at a time, and every fault of the machine is one sentence."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dss_core import storage
from dss_core.errors import StorageError
from dss_core.storage import locked, reading, sweep, whole_folder, write_whole, writing


def test_a_write_takes_the_place_of_the_old_file_and_leaves_nothing_beside_it(tmp_path):
    target = tmp_path / "new" / "a.json"
    for content in (b"first", b"second"):
        write_whole(target, content)
        assert target.read_bytes() == content
    assert [p.name for p in target.parent.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.json"
    write_whole(target, b"first")
    with pytest.raises(StorageError, match="the disk is full"), storage.whole_file(target) as out:
        out.write(b"half of the sec")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert target.read_bytes() == b"first" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full. Free some space and try again, or"),
        (errno.EROFS, "the disk is read-only. Correct that and try again, or"),
        (errno.EACCES, "permission was denied"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_each_fault_of_the_machine_has_its_words(number, words, tmp_path, monkeypatch):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    for path, other in (
        (tmp_path / "home" / "x", "set DSS_HOME to another folder."),
        (tmp_path / "out.json", "name another place."),
    ):
        with pytest.raises(StorageError) as refusal, writing(path):
            raise OSError(number, os.strerror(number))
        text = str(refusal.value)
        assert text.startswith(f"{path} cannot be written: {words}") and text.endswith(other)


def test_a_temporary_folder_ends_with_its_block_or_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with storage.temporary_folder() as folder:
        assert folder.parent == tmp_path and folder.stat().st_mode & 0o077 == 0
    assert not any(tmp_path.iterdir())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(StorageError, match=r"No temporary folder .* set TMPDIR"):
        with storage.temporary_folder():
            pass


def test_a_file_in_the_way_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        write_whole(tmp_path / "file" / "below" / "a", b"")
    with pytest.raises(StorageError, match="cannot be read: its folder"), reading(tmp_path / "no"):
        (tmp_path / "no").read_bytes()


def test_a_folder_appears_whole_and_the_first_stays(tmp_path):
    target = tmp_path / "made"
    with pytest.raises(KeyError), whole_folder(target) as part:
        (part / "half").touch()
        raise KeyError
    assert not list(tmp_path.iterdir())
    for name in ("first", "second"):
        with whole_folder(target) as part:
            (part / name).touch()
    assert [p.name for p in target.iterdir()] == ["first"]
    assert [p.name for p in tmp_path.iterdir()] == ["made"]


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    hex_ = "0123456789abcdef" * 2
    ours = [tmp_path / f".card.json.{hex_}.part", tmp_path / ".bundle-a1b2c3d4"]
    theirs = [tmp_path / "mine.part", tmp_path / ".hidden", tmp_path / f".x.{hex_}.parts"]
    for path in (ours[0], *theirs):
        path.touch()
    (ours[1] / "card").mkdir(parents=True)
    sweep(tmp_path)
    assert all(p.exists() for p in (*ours, *theirs))  # another process may still write them
    for path in (*ours, *theirs):
        os.utime(path, (0, 0))
    write_whole(tmp_path / "a", b"")
    assert sorted(p for p in tmp_path.iterdir()) == sorted([*theirs, tmp_path / "a"])


_HOLDER = """
import sys, time
from pathlib import Path
from dss_core.storage import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _holder(path: Path, seconds: float) -> subprocess.Popen[str]:
    job = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert job.stdout is not None and job.stdout.readline() == "held\n"
    return job


def test_a_lock_is_waited_for_refused_in_time_and_ends_with_its_process(tmp_path):
    target = tmp_path / "bundle"
    with _holder(target, 1.0) as job, locked(target):
        assert job.wait() == 0
    job = _holder(target, 60.0)
    start = time.monotonic()
    with pytest.raises(StorageError, match="being changed by another process"):
        locked(target, seconds=0.2).__enter__()
    assert 0.2 <= time.monotonic() - start < 30
    job.send_signal(signal.SIGKILL)
    job.communicate()
    with locked(target, seconds=5), pytest.raises(StorageError), locked(target, seconds=0.1):
        pass
    assert not list(tmp_path.iterdir())


_COUNTER = """
import sys
from pathlib import Path
from dss_core.storage import locked, write_whole
path = Path(sys.argv[1])
for _ in range(50):
    with locked(path):
        write_whole(path, str(int(path.read_bytes()) + 1).encode())
"""


def test_no_change_of_several_processes_is_lost(tmp_path):
    target = tmp_path / "number"
    target.write_text("0")
    jobs = [subprocess.Popen([sys.executable, "-c", _COUNTER, str(target)]) for _ in range(3)]
    assert [job.wait() for job in jobs] == [0, 0, 0]
    assert target.read_text() == "150"
