"""The dashboard in AppTest, with the demo files kept between runs in pytest's cache."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import FIRST, demo_case_id
from dss_ui.shell.demo_case import demo_folder
from tests.app.pages import ROOT
from tests.app.saved_case_pages import Saved, score_upload
from tests.app.shown_numbers import command_line
from tests.dicom_case import write_case


@pytest.fixture(autouse=True)
def home(
    kept_home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """DSS_HOME of one test: no saved case, no weights, and the demo files of `kept_home`."""
    folder = tmp_path_factory.mktemp("home")
    (kept_home / "demo").mkdir(exist_ok=True)
    (folder / "demo").symlink_to(kept_home / "demo")
    monkeypatch.setenv("DSS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def searched_once() -> Iterator[None]:
    """Every AppTest searches all installed packages for components, which here are the same."""
    with pytest.MonkeyPatch.context() as patch:
        search = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(search))
        yield


@pytest.fixture
def emptied() -> AppTest:
    """The dashboard before its first run, at an address that names no case."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


@pytest.fixture
def app(emptied: AppTest) -> AppTest:
    """The dashboard at the address of a demo patient, before its first run."""
    emptied.query_params["case"] = str(demo_case_id(FIRST))
    return emptied


@pytest.fixture
def app_with_images(app: AppTest) -> AppTest:
    """The dashboard with a demo patient whose images were looked at."""
    return app.switch_page("pages/images.py").run()


@pytest.fixture(scope="session")
def demo(kept_home: Path) -> AppTest:
    """The dashboard with a demo patient, one session for all tests that only read its pages."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["case"] = str(demo_case_id(FIRST))
    return page.switch_page("pages/images.py").run()


@pytest.fixture(scope="session")
def demo_files(kept_home: Path) -> Iterator[tuple[str, ...]]:
    """The demo case as arguments of a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSS_HOME", str(kept_home))
        folder = demo_folder()
        files = {"--ct": "CT", "--pet": "PET", "--roi": "RTSTRUCT.dcm"}
        yield tuple(word for flag, name in files.items() for word in (flag, str(folder / name)))


@pytest.fixture(scope="session")
def scored(demo_files: tuple[str, ...]) -> dict[str, Any]:
    """What `score` says of the demo case."""
    result: dict[str, Any] = command_line("score", *demo_files)[0]
    return result


@pytest.fixture(scope="session")
def scored_once(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A case scored once for all tests."""
    home = tmp_path_factory.mktemp("store")
    files = write_case(tmp_path_factory.mktemp("files"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSS_HOME", str(home))
        app = score_upload(files)
        assert not app.exception and not app.error
        return Saved(home, app.query_params["case"], files)


@pytest.fixture
def saved(scored_once: Saved, home: Path) -> Saved:
    """The same, in the store of one test."""
    shutil.copytree(scored_once.home, home, dirs_exist_ok=True)
    return Saved(home, scored_once.case_id, scored_once.files)
