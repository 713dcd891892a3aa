"""Shared fixtures: where the public reference data lies, if this machine has it."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is not a failure: speed is measured in benchmarks/, never in a test.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


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
