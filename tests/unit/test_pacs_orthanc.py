"""The tests of `tests/orthanc/checks.py`, run in a network namespace with an Orthanc of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.orthanc.archive import command_inside, why_not

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_real_archive() -> None:
    reason = why_not()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"CI must have an archive; {reason}")
    if reason:
        pytest.skip(reason)
    done = subprocess.run(
        command_inside(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
             "tests/orthanc/checks.py"]
        ),
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
