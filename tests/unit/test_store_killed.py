"""A process killed at any moment of saving leaves the store open to others and every case whole."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from dss_core.settings import home
from dss_core.store.case_store import CaseStore

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
KILLS = {"sqlite": 20, "postgresql": 20}


def kill_while_saving(seed: int, after_s: float) -> None:
    words = [sys.executable, "-m", "tests.saving_process", str(seed)]
    process = subprocess.Popen(words, cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after_s)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_every_listed_case_is_whole_after_every_kill(any_database: str) -> None:
    moments = random.Random(20)
    interrupted = 0
    for seed in range(KILLS[any_database]):
        kill_while_saving(seed, moments.uniform(0.0, 0.4))
        interrupted += len(list((home() / "cases").glob(".*.changing")))
        store = CaseStore.open()
        rows = store.list()
        assert list((home() / "cases").glob(".*")) == []
        folders = sorted((home() / "cases").iterdir())
        assert sorted(row.id for row in rows) == [folder.name for folder in folders]
        for folder in folders:
            saved = store.load(UUID(folder.name))
            assert saved.version == len(saved.record.history)
            store.images(UUID(folder.name))
            assert len(list(folder.iterdir())) == 1
    assert interrupted >= KILLS[any_database] // 2
    assert rows


def test_two_processes_may_save_while_a_third_is_killed(any_database: str) -> None:
    words = [sys.executable, "-m", "tests.saving_process", "100"]
    other = subprocess.Popen(words, cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE)
    assert other.stdout is not None
    try:
        other.stdout.readline()
        for seed in range(3):
            kill_while_saving(seed, 0.1)
            store = CaseStore.open()  # must not touch what the other process is saving
            for row in store.list("process"):
                assert store.load(UUID(row.id)).record.region.digest
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    store = CaseStore.open()
    for row in store.list():
        store.images(UUID(row.id))
