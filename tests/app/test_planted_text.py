"""Text from files is shown as it is, on every page and in every element: no picture, no link."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dss_ui.session.current import _WEIGHTS
from dss_ui.shell import outgoing_text
from tests import planted_text
from tests.app.pages import press, upload_case
from tests.dicom_case import write_case
from tests.planted_text import HOST, MARK

BOLD = re.compile(r"(?<!\\)\*\*bold|(?<!\*)\*\*bold")


class Sent:
    """Every text that went to the browser, by element and field."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], set[str]] = {}

    def take(self, part: Any) -> None:
        for field, value in part.ListFields():
            inside = value if field.is_repeated else (value,)
            if field.message_type is not None:
                if not field.message_type.GetOptions().map_entry:
                    for inner in inside:
                        self.take(inner)
            elif field.type == field.TYPE_STRING:
                name = (part.DESCRIPTOR.name, field.name)
                self.texts.setdefault(name, set()).update(inside)

    def assert_plain(self) -> None:
        """Where the browser reads markdown or tags, the planted text has lost both."""
        faults = []
        for (kind, field), texts in self.texts.items():
            for text in (t for t in texts if "bold" in t):
                if (kind, field) == ("PlotlyChart", "spec"):
                    bad = re.search(r"(?:<|\\u003c)(?:img|a )", text)
                elif kind == "Html":
                    bad = re.search(r"<(?:img src|a href)", text)
                elif field in outgoing_text.MARKDOWN_FIELDS:
                    bad = "**bold" in text or "![" in text or "](" in text or f"//{HOST}" in text
                else:
                    continue  # shown as it is
                if bad:
                    at = text.index("bold")
                    faults.append((kind, field, text[max(0, at - 90) : at + 60]))
        assert not faults

    def has_planted(self) -> bool:
        return any("bold" in t for texts in self.texts.values() for t in texts)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    found, on = Sent(), outgoing_text._to_the_browser

    def recording(self: Any, message: Any) -> None:
        if message.WhichOneof("type") == "delta":
            found.take(message.delta)
        on(self, message)

    monkeypatch.setattr(outgoing_text, "_to_the_browser", recording)
    yield found


def _uploads(page: AppTest, key: str, name: str, content: bytes) -> AppTest:
    uploader = next(u for u in page.get("file_uploader") if key in u.proto.label)
    return uploader.set_value((name, content, "text/csv")).run()


def _case(app: AppTest, tmp_path: Path) -> None:
    case = write_case(
        tmp_path, ct_description=MARK[:64], pet_description=MARK[:64],
        region_names=(f"GTV {MARK}", f"other {MARK}"),
    )  # fmt: skip
    upload_case(app, case)
    press(app, "Score case")
    for page in ("images", "score", "attention", "decision", "board", "past_patients"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception


def _weights(app: AppTest, tmp_path: Path) -> None:
    planted_text.bundle(tmp_path)
    app.session_state[_WEIGHTS] = "planted"
    for page in ("weights", "score", "model", "attention", "board", "decision"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception


def _cohort(app: AppTest, tmp_path: Path) -> None:
    app.switch_page("pages/past_patients.py").run()
    app.button_group(key="cohort_source").set_value("My own table").run()
    _uploads(app, "one row per patient", f"{MARK}.csv", planted_text.table())
    press(app, "Use this table")
    for view in ("Treatment", "Response", "Cox models", "Score performance", "Replication"):
        app.button_group(key="cohort_view").set_value(view).run()
        assert not app.exception
    app.button_group(key="cohort_view").set_value("Survival").run()
    _uploads(app, "Trial table", f"{MARK}.csv", planted_text.trial())
    app.text_input(key="trial_citation").set_value(MARK).run()
    app.switch_page("pages/model.py").run()
    assert not app.exception


def _tables(app: AppTest, tmp_path: Path) -> None:
    app.switch_page("pages/images.py").run()
    app.switch_page("pages/score.py").run()
    _uploads(app, "Table of readings", f"{MARK}.csv", planted_text.readings())
    _uploads(app, "Table of readings", f"{MARK}.csv", f"case,{MARK}\n1,{MARK}\n".encode())
    app.switch_page("pages/decision.py").run()
    _uploads(app, "atient", f"{MARK}.json", planted_text.patient())


@pytest.mark.slow
@pytest.mark.parametrize("kind", [_case, _weights, _cohort, _tables])
def test_no_text_of_any_input_is_markdown_or_a_tag(
    kind: Callable[[AppTest, Path], None],
    request: pytest.FixtureRequest,
    sent: Sent,
    home: Path,
    tmp_path: Path,
) -> None:
    with_case = kind in (_tables, _weights)
    app: AppTest = request.getfixturevalue("app" if with_case else "emptied")
    app.default_timeout = 300
    kind(app, home if kind is _weights else tmp_path)
    assert sent.has_planted()
    sent.assert_plain()
