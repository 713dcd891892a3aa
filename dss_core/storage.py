"""Files of this program: read, written whole or not at all, and changed by one process at a time.

Every write goes through here, so that a full disk, a folder that may not be written or a file in
the way is one sentence with the path and what to do. A file or folder under way lies beside its
place under a name of its own; what a killed process left of it is removed by a later write.
"""

import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from dss_core.errors import StorageError
from dss_core.file_locks import FileLock
from dss_core.settings import home

WAIT_SECONDS = 60.0
"""How long a change waits for another process that changes the same."""
ABANDONED_SECONDS = 3600.0
"""A file under way that was not touched for so long belongs to no process any more."""
_UNDER_WAY = re.compile(r"\..+\.[0-9a-f]{32}\.part|\.bundle-\w{8}")
_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "there is no room for a file of this size",
    errno.EACCES: "permission was denied",
    errno.EPERM: "permission was denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.EISDIR: "a folder stands where a file is needed",
    errno.ENOENT: "its folder does not exist",
    getattr(errno, "EDQUOT", errno.ENOSPC): "the disk quota is used up",
}
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a fault of the machine into a refusal that names the path.

    Raises
    ------
    StorageError
        For every OSError inside.
    """
    try:
        yield
    except OSError as fault:
        remedy = "Free some space" if fault.errno in _NO_ROOM else "Correct that"
        raise StorageError(
            f"{path} cannot be written: {_cause(fault)}. {remedy} and try again, or {_other(path)}."
        ) from fault


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """As `writing`, for files that are read."""
    try:
        yield
    except OSError as fault:
        raise StorageError(
            f"{path} cannot be read: {_cause(fault)}. Check that it is there and may be read, or "
            f"{_other(path)}."
        ) from fault


def read_if_there(path: Path) -> bytes | None:
    """A file's content, None where there is no such file.

    Raises
    ------
    StorageError
        It is there and cannot be read.
    """
    with reading(path):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """A path for a library to write to, whose file takes the place of `path` if nothing failed.

    It has the same name, because that is how some libraries choose the format.

    Raises
    ------
    StorageError
    """
    with writing(path):
        folder = _under_way(path)
        try:
            folder.mkdir()
            part = folder / path.name
            yield part
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())  # some disks only say now that they are full
            part.replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of the file at the end, if nothing failed.

    Raises
    ------
    StorageError
    """
    with whole_path(path) as part, part.open("wb") as stream:
        yield stream


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; a failure leaves the old one as it was.

    Raises
    ------
    StorageError
    """
    with whole_file(path) as stream:
        stream.write(content)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder that becomes `path` at the end, if nothing failed and none is there.

    Raises
    ------
    StorageError
    """
    with writing(path):
        part = _under_way(path)
        try:
            part.mkdir()
            yield part
            with suppress(FileExistsError):
                if not path.exists():
                    part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there.

    Raises
    ------
    StorageError
    """
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def locked(path: Path, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Read, change and write a file or folder while no other process does.

    What is read must be read inside. The lock is a file beside `path` and ends with the process
    that holds it.

    Raises
    ------
    StorageError
        Another process still holds it after `seconds`, or it cannot be made.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = lock.acquire(seconds)
    if not held:
        raise StorageError(
            f"{path} is being changed by another process, which was waited for {seconds:.0f} s. "
            "Try again when it has ended."
        )
    try:
        yield
    finally:
        lock.release()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A private folder for the time of the block, where the machine keeps such (TMPDIR).

    Raises
    ------
    StorageError
        If none can be made.
    """
    try:
        place = tempfile.TemporaryDirectory(prefix="nsclc-dss-", ignore_cleanup_errors=True)
    except OSError as fault:
        raise StorageError(
            f"No temporary folder can be made: {_cause(fault)}. Free some space, or set TMPDIR to "
            "a folder that may be written."
        ) from fault
    with place as folder:
        yield Path(folder)


def remove(path: Path) -> bool:
    """Delete a file or folder; whether there was one.

    Raises
    ------
    StorageError
    """
    with writing(path):
        if path.is_dir():
            shutil.rmtree(path)
            return True
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        return True


def sweep(folder: Path, older_than_s: float = ABANDONED_SECONDS) -> None:
    """Remove what killed processes left under way in a folder."""
    oldest = time.time() - older_than_s
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _UNDER_WAY.fullmatch(entry.name) or entry.stat().st_mtime > oldest:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)


def _under_way(path: Path) -> Path:
    """A new name beside a target whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    return path.with_name(f".{path.name[:100]}.{uuid4().hex}.part")


def _cause(fault: OSError) -> str:
    return _CAUSES.get(fault.errno or 0, fault.strerror or str(fault))


def _other(path: Path) -> str:
    if path.is_relative_to(home()):
        return "set DSS_HOME to another folder"
    return "name another place"
