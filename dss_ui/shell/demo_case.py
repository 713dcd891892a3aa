"""The simulated demo case: its files are made once, then go through the door of every upload.

`python -m dss_ui.shell.demo_case` makes the files ahead of the first visit.
"""

import hashlib
from pathlib import Path

import dss_core.phantom
from dss_core.phantom.demo_case import write_demo_case
from dss_core.settings import home
from dss_core.storage import locked, read_if_there, reading, remove, whole_folder, write_whole

SEED = 2020
_DIGEST = ".sha256"


def demo_folder() -> Path:
    """Folder of the demo's DICOM files, made now if they are not there or not as they were made.

    The name holds the seed and a hash of the simulation's own source, so files of another
    version are never taken.

    Raises
    ------
    StorageError
    """
    target = home() / "demo" / f"{SEED}-{_source_digest()[:12]}"
    with locked(target):
        if not _is_whole(target):
            remove(target)
            with whole_folder(target) as part:
                write_demo_case(part, SEED)
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


def _source_digest() -> str:
    sha = hashlib.sha256()
    for path in sorted(Path(dss_core.phantom.__file__).parent.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


if __name__ == "__main__":
    demo_folder()
