"""Location of the user's clone of the published release, kept between sessions.

The published cohort belongs to the authors' weights; once it was read, the dashboard takes it as
the reference cohort of those weights. Only the folder's path is kept, no patient's row.
"""

from pathlib import Path

from dss_core.settings import home

_FILE = Path("cohorts") / "lungegfr.txt"


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
