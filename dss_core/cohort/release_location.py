"""The public releases, and the location of the user's clone of the published one.

The published cohort belongs to the authors' weights; once it was read, the dashboard takes it as
the reference cohort of those weights. Only the folder's path is kept, no patient's row.
"""

from enum import StrEnum
from pathlib import Path

from dss_core.settings import home

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
    path = home() / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(folder.resolve()) + "\n", encoding="utf-8")


def remembered_clone() -> Path | None:
    """The path that was kept; None when there is none or the folder is gone."""
    path = home() / _FILE
    if not path.is_file():
        return None
    folder = Path(path.read_text(encoding="utf-8").strip())
    return folder if folder.is_dir() else None
