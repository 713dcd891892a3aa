"""Saved cases on the pages: sessions that open one, and what a reader does to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.pages import (
    ROOT,
    press,
    staying,
    upload_case,
)
from tests.app.shown_numbers import (
    command_line,
)
from tests.dicom_case import WrittenCase


@dataclass(frozen=True)
class Saved:
    """A case that a session has scored, and where it is kept."""

    home: Path
    case_id: str
    files: WrittenCase


def session(case_id: str | None = None, page: str = "pages/score.py") -> AppTest:
    """A new session at the address of a case."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if case_id is not None:
        app.query_params["case"] = case_id
    return app.switch_page(page).run()


def score_upload(files: WrittenCase) -> AppTest:
    """A session that has scored an upload."""
    return press(upload_case(session(page="app.py"), files), "Score case")


def shown_by_command(saved: Saved) -> dict[str, Any]:
    """What `cases show` says of it."""
    found: dict[str, Any] = command_line("cases", "show", saved.case_id)[0]
    return found


def images_of(saved: Saved) -> list[Path]:
    return list((saved.home / "cases").rglob("*.npz"))


def keep(app: AppTest, words: str) -> AppTest:
    (radio,) = (r for r in app.radio if r.label == "Keep on this server")
    return staying(radio.set_value(next(o for o in radio.options if o == words)).run())


def rename(app: AppTest, label: str) -> AppTest:
    (box,) = (t for t in app.text_input if t.label == "Label")
    box.set_value(label)
    return press(app, "Rename")


def label_of(saved: Saved) -> str:
    return str(shown_by_command(saved)["label"])
