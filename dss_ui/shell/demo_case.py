"""The files of the demo patients: made once each, then go through the door of every upload."""

import hashlib
from pathlib import Path

import dss_core.phantom
from dss_core.case.demo_patients import FIRST, story_named, write_demo_patient
from dss_core.reading.inventory import Progress
from dss_core.settings import home
from dss_core.storage import locked, read_if_there, reading, remove, whole_folder, write_whole

_DIGEST = ".sha256"
_WAIT_SECONDS = 600.0
"""For another process that makes the same files: longer than a busy machine takes."""


def demo_folder(name: str = FIRST, progress: Progress | None = None) -> Path:
    """Folder of a demo patient's DICOM files, made now if not there or not as they were made.

    The folder's name holds a hash of the simulation's own source and of what is simulated, so
    files of another version are never taken.

    Parameters
    ----------
    name : str
        Of the patient.
    progress : callable, optional
        Called with (slices written, slices in all) while they are made.

    Raises
    ------
    InputError
        If there is no such patient.
    StorageError
    """
    target = home() / "demo" / f"{name}-{_source_digest(name)[:12]}"
    if _is_whole(target):
        return target
    with locked(target, _WAIT_SECONDS):
        if not _is_whole(target):
            remove(target)
            with whole_folder(target) as part:
                write_demo_patient(name, part, progress)
                write_whole(part / _DIGEST, _content_digest(part).encode())
    return target


def _is_whole(folder: Path) -> bool:
    """Whether the files are those that were made."""
    with reading(folder):
        stated = read_if_there(folder / _DIGEST)
        return stated is not None and stated == _content_digest(folder).encode()


def _content_digest(folder: Path) -> str:
    """Over the names and contents of all files that are images or regions."""
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.dcm")):
        sha.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def _source_digest(name: str) -> str:
    sha = hashlib.sha256(repr(story_named(name).subject).encode())
    for path in sorted(Path(dss_core.phantom.__file__).parent.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()
