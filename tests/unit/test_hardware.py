"""Several processes train one network: torch's launcher, here with two processors for two GPUs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dss_core.bundles.bundle import load_bundle
from dss_core.cli import main
from dss_core.errors import InputError
from dss_core.records import Task
from dss_core.training.hardware import Hardware
from tests.two_processes import gradients
from tests.unit.test_train_command import cases

__all__ = ["cases"]  # a fixture

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def in_two_processes(module: str, *words: str) -> subprocess.CompletedProcess[str]:
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run(
        [sys.executable, *launcher, "-m", module, *words],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("ranks")
    ran = in_two_processes("tests.two_processes", str(folder))
    assert ran.returncode == 0, ran.stderr
    found = [dict(np.load(folder / f"{rank}.npz")) for rank in (0, 1)]
    lines = (folder / "state" / "log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    return found


def test_the_gradient_is_that_of_the_whole_batch(both: list[dict[str, np.ndarray]]) -> None:
    """By plain autograd in one process; with equal shares the mean of means is the mean."""
    for name, expected in gradients(Hardware()).items():
        for found in both:
            np.testing.assert_allclose(found[name], expected, rtol=1e-3, atol=1e-6, err_msg=name)


def test_all_processes_hold_the_same_network(both: list[dict[str, np.ndarray]]) -> None:
    first, second = both
    trained = [name for name in first if name.startswith("trained")]
    assert trained
    for name in trained:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_the_first_process_goes_ahead_decides_and_tells(
    both: list[dict[str, np.ndarray]],
) -> None:
    first, second = both
    assert not first["came_second"] and second["came_second"]
    assert first["told"] == 2 and second["told"] == 0
    for found in both:
        np.testing.assert_array_equal(found["numbers"], [0.5, 7.0])


def test_train_under_the_launcher_writes_one_bundle(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = cases / "home" / "weights" / "ours"
    words = ["train", "--data", str(cases / "manifest.csv"), "--out", str(out), "--task", "egfr"]
    ran = in_two_processes("dss_core", *words, "--epochs", "1", "--device", "cpu")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["task"] == "egfr"
    assert ran.stderr.count("epoch 1/1") == 1
    assert load_bundle("ours").card.tasks[Task.EGFR].training.patients == 4
    assert main(words) == 2
    assert "has a network for egfr" in capsys.readouterr().err


def test_what_the_first_process_refuses_all_refuse_alike(cases: Path) -> None:
    for file in (cases / "p0" / "ct").iterdir():
        file.write_text("not an image")
    words = ["train", "--data", str(cases / "manifest.csv"), "--out", str(cases / "out")]
    ran = in_two_processes("dss_core", *words, "--task", "egfr", "--device", "cpu")
    assert ran.returncode != 0
    refusals = {line for line in ran.stderr.splitlines() if line.startswith("error:")}
    assert len(refusals) == 1 and "p0: The CT is missing" in refusals.pop()
    assert "hardware.py" not in ran.stderr  # no process fell over while it waited


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"WORLD_SIZE": "two"}, "which of how many processes"),
        ({"WORLD_SIZE": "2", "RANK": "2"}, "which of how many processes"),
        (
            {"WORLD_SIZE": "2", "RANK": "0"},
            "cannot be connected",
        ),  # no MASTER_ADDR: not by torchrun
    ],
)
def test_an_environment_that_names_no_processes_is_refused(
    said: dict[str, str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in said.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(InputError, match=fault), Hardware.named("cpu", mixed_precision=False):
        pass
