"""The simulated demo case: its files are made once, then go through the door of every upload.

`python -m dss_ui.shell.demo_case` makes the files ahead of the first visit.
"""

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import dss_core.phantom
from dss_core.phantom.demo_case import write_demo_case
from dss_core.settings import home

SEED = 2020


def demo_folder() -> Path:
    """Folder of the demo's DICOM files, made now if they are not there.

    The name holds the seed and a hash of the simulation's own source, so files of another
    version are never taken; they are written beside it and renamed when whole.
    """
    target = home() / "demo" / f"{SEED}-{_source_digest()[:12]}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=target.parent))
    try:
        write_demo_case(part, SEED)
        with suppress(OSError):  # another process was first: its files are the same
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _source_digest() -> str:
    sha = hashlib.sha256()
    for path in sorted(Path(dss_core.phantom.__file__).parent.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


if __name__ == "__main__":
    demo_folder()
