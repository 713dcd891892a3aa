"""The public releases, and the location of the user's clone of the published one.

The published cohort belongs to the authors' weights; once it was read, the dashboard takes it as
the reference cohort of those weights. Only the folder's path is kept, no patient's row.
"""

from enum import StrEnum
from pathlib import Path

from dss_core.settings import home
from dss_core.storage import read_if_there, write_whole

_FILE = Path("cohorts") / "lungegfr.txt"


class Release(StrEnum):
    """The two public releases."""

    LUNGEGFR = "lungegfr"
    LUNGIO = "lungio"

    @property
    def clone_from(self) -> str:
        """Where a user gets it."""
        return f"https://github.com/lungproject/{self.value}"


def remember_clone(folder: Path) -> None:
    """Keep the path of a clone of lungproject/lungegfr that was read."""
    write_whole(home() / _FILE, f"{folder.resolve()}\n".encode())


def remembered_clone() -> Path | None:
    """The path that was kept; None when there is none, it is damaged or the folder is gone."""
    stored = read_if_there(home() / _FILE)
    try:
        folder = Path((stored or b"").decode().strip())
        return folder if folder.is_absolute() and folder.is_dir() else None
    except ValueError:  # not UTF-8, or no path
        return None
