"""Shared fixtures, and the order in which several workers (`pytest -n`) take the files."""

import os
import sys
from collections.abc import Iterator

# The workers share the processors, so that each, and what it starts, computes on one thread.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.postgresql import Server

# A slow machine is not a failure: speed is measured in benchmarks/, never in a test.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves its script as `__main__`, which the processes that a test spawns would run."""
    kept = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = kept


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def kept_home(request: pytest.FixtureRequest) -> Path:
    """A DSS_HOME kept between runs and shared by the workers: the demo's files are made once.

    Who needs them while another makes them waits. The demo's folder is named by the source of the
    simulation, so it is never stale.
    """
    return Path(request.config.cache.mkdir("dss_home"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public reference data: never part of the project, required in CI."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("DSS_SHARED_DATA", root.parent / "shared" / "data"))
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have the reference data at {folder}")
    pytest.skip(f"reference data not present at {folder}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator["Server"]:
    """A PostgreSQL of these tests; required in CI."""
    from tests.postgresql import programs, running_server

    found = programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have PostgreSQL; .ci/run installs it")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_server(found) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty home of saved cases, once with each kind of database."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DSS_DATABASE_URL", raising=False)
    if request.param == "sqlite":
        yield "sqlite"
        return
    from dss_core.store.database import open_database

    server = request.getfixturevalue("postgresql")
    with server.new_database() as name:
        monkeypatch.setenv("DSS_DATABASE_URL", server.url(name))
        yield "postgresql"
        monkeypatch.setenv("DSS_DATABASE_URL", server.url(name))
        open_database().engine.dispose()
