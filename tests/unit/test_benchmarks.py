"""Every benchmark can still be imported, and each that has a small size runs in it."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p.stem for p in (ROOT / "benchmarks").glob("[!_]*.py"))
SMALLEST = {
    "attention": ("1",),
    "decide": (),
    "engines": ("--engines", "ours", "openvino", "--slices", "2", "--rounds", "1"),
    "keras_forward": (),
    "startup": ("--runs", "1"),
}


@pytest.mark.parametrize("module", MODULES)
def test_a_benchmark_finds_all_that_it_imports(module: str) -> None:
    assert import_module(f"benchmarks.{module}")


@pytest.mark.parametrize("module", SMALLEST)
def test_a_benchmark_runs_in_its_smallest_size(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *SMALLEST[module]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "Traceback" not in done.stderr
