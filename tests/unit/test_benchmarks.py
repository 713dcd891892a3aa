"""Every benchmark runs in its smallest size, so that none rots.

Those that measure in a browser: `tests/browser/test_browser_benchmarks.py`.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import SimpleITK as sitk
import torch
from threadpoolctl import threadpool_limits

from tests.dicom_case import write_case

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p.stem for p in (ROOT / "benchmarks").glob("[!_]*.py"))
WITH_OWN_DASHBOARD = ("first_paint", "opened_cases", "upload_to_pdf", "whole_body_page")
OWN_PROCESSES = "engines"
OF_A_DASHBOARD = {"cohort_page": "--address={}", "viewer": "--address={}", "what_if": "{}"}
KEEPS = {
    "attention_planted": ("{}",),
    "neighbouring_slices": ("--cache={}", "--out={}"),
    "phantom_patches": ("--out={}",),
    "signs": ("{}",),
}
"""Those that ask for a folder to write in."""
OF_A_CASE = {
    "case": ("{}",),
    "regions": ("{}",),
    "registration": ("{}/ct", "{}/pet"),
}
"""Those that take a case other than the demo one: here a small one."""


@pytest.fixture
def threads() -> Iterator[None]:
    """Those that measure one thread leave the next test as many as it had."""
    before = torch.get_num_threads(), sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    with threadpool_limits():
        yield
    torch.set_num_threads(before[0])
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before[1])


@pytest.mark.usefixtures("threads")
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "module", [m for m in MODULES if m not in (*WITH_OWN_DASHBOARD, *OF_A_DASHBOARD, OWN_PROCESSES)]
)
def test_a_benchmark_runs_in_its_smallest_size(
    module: str,
    kept_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if module in OF_A_CASE:
        write_case(tmp_path)
    words = KEEPS.get(module, ()) or OF_A_CASE.get(module, ())
    _run(module, [word.format(tmp_path) for word in words], kept_home, monkeypatch)
    assert capfd.readouterr().out


@pytest.mark.usefixtures("threads")
def test_real_cases_are_told_from_simulated_ones(
    shared_data: Path,
    kept_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    _run("foreign_images", [f"--cases={shared_data / 'cases'}"], kept_home, monkeypatch)
    assert "sts_037" in capfd.readouterr().out


def test_the_engines_take_their_turns(kept_home: Path) -> None:
    run_alone(OWN_PROCESSES, kept_home)


def _run(module: str, words: list[str], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, which has long imported what they need."""
    monkeypatch.setenv("DSS_HOME", str(home))
    monkeypatch.setattr(sys, "argv", [module, "--smallest", *words])
    runpy.run_module(f"benchmarks.{module}", run_name="__main__", alter_sys=True)


def run_alone(module: str, home: Path, *words: str) -> None:
    """In its own process: two of playwright do not go together in one."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", "--smallest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "DSS_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
