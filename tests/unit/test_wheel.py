"""The wheel: everything a user needs is inside, and found from any folder."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from dss_core import __version__
from dss_core.settings import shipped

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
START_S = 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as site-packages with this checkout's wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def environment(installed: Path, kept_home: Path) -> dict[str, str]:
    """That of a user who has only the wheel."""
    return {**os.environ, "PYTHONPATH": str(installed), "DSS_HOME": str(kept_home)}


def test_a_checkout_finds_what_is_shipped_at_its_top() -> None:
    assert shipped() == ROOT


def test_the_wheel_holds_every_file_of_the_program(installed: Path) -> None:
    inside = installed / "dss_core" / "_shipped"
    for name in ("app.py", ".streamlit/config.toml", "pages", "weights"):
        for file in [ROOT / name, *(ROOT / name).rglob("*")]:
            if file.is_file() and "__pycache__" not in file.parts:
                assert (inside / file.relative_to(ROOT)).read_bytes() == file.read_bytes()
    for package in ("dss_core", "dss_ui"):
        for file in (ROOT / package).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert (installed / file.relative_to(ROOT)).is_file(), file


def test_the_wheel_says_its_version_licence_and_command(installed: Path) -> None:
    (about,) = installed.glob("*.dist-info")
    metadata = Parser().parsestr((about / "METADATA").read_text())
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "nsclc-dss = dss_core.cli:main" in (about / "entry_points.txt").read_text()


def test_what_the_wheel_needs_is_what_the_requirements_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = _names((ROOT / "requirements.txt").read_text().splitlines())
    extras = project["optional-dependencies"]
    shown = _names(extras["board"]) | _names(extras["hospital"])
    assert _names(project["dependencies"]) | shown == pinned
    extra = _names(extras["export"])
    assert extra <= _names((ROOT / "requirements-dev.txt").read_text().splitlines())


def _names(lines: list[str]) -> set[str]:
    return {re.split(r"[<>=]", line)[0].lower() for line in lines if line[:1].isalnum()}


def test_the_shipped_weights_verify_from_another_folder(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dss_core", "weights", "list"],
        cwd=tmp_path,
        env=environment | {"DSS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (bundle,) = json.loads(done.stdout)
    assert bundle["shipped"]
    assert Path(bundle["folder"]) == installed / "dss_core" / "_shipped" / "weights" / "demo"


def test_the_dashboard_of_the_wheel_is_served_from_another_folder(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dss_core", "run", "--server.port", str(port)]
    (tmp_path / "dl").mkdir()
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=said, stderr=said)
    try:
        health = f"http://127.0.0.1:{port}/_stcore/health"
        end = time.monotonic() + START_S
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2) as answer:
                assert answer.read() == b"ok"
                break
            time.sleep(0.2)
        else:
            pytest.fail((tmp_path / "said").read_text())
        config = f"http://127.0.0.1:{port}/_stcore/host-config"
        assert urllib.request.urlopen(config, timeout=5).status == 200
    finally:
        process.kill()
        process.wait()


def test_the_first_page_of_the_wheel_shows_the_demo_patients(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from streamlit import config\n"
        "from streamlit.testing.v1 import AppTest\n"
        "config.set_option('server.address', '127.0.0.1')\n"  # read by the server, not by AppTest
        "page = AppTest.from_file(sys.argv[1], default_timeout=120).run()\n"
        "assert not page.exception, page.exception\n"
        "import dss_core, dss_ui, json\n"
        "print(json.dumps([dss_core.__file__, *(m.value for m in page.main.markdown)]))"
    )
    app = installed / "dss_core" / "_shipped" / "app.py"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(app)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    place, *words = json.loads(done.stdout.splitlines()[-1])
    assert Path(place).is_relative_to(installed)
    assert sum("EGFR-DLS **" in text for text in words) == 5  # one of the six is withheld
