"""The dashboard in AppTest, with the demo files kept between runs in pytest's cache."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def demo_home(kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DSS_HOME of its own, with the demo's files."""
    monkeypatch.setenv("DSS_HOME", str(kept_home))
    return kept_home


@pytest.fixture
def app() -> AppTest:
    """The dashboard before its first run."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


@pytest.fixture
def emptied(app: AppTest) -> AppTest:
    """The dashboard after the case was removed: no demo is made or scored."""
    app.session_state["dss.emptied"] = True
    return app
