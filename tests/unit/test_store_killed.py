"""A process killed at any moment of saving leaves the store open to others and every case whole."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

import pytest

from dss_core.settings import home
from dss_core.store.case_store import CaseStore

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


@contextmanager
def saving_processes() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.saving_process"],
        cwd=ROOT, env=os.environ.copy(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        yield process
        in_, _ = pipes(process)
        in_.close()


def pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


def start_saving(process: "subprocess.Popen[str]") -> int:
    in_, out = pipes(process)
    in_.write("save\n")
    in_.flush()
    return int(out.readline())


def kill(process: "subprocess.Popen[str]", child: int) -> None:
    os.kill(child, signal.SIGKILL)
    assert pipes(process)[1].readline() == "ended\n"


def test_every_listed_case_is_whole_after_every_kill(any_database: str) -> None:
    CaseStore.open()
    moments = random.Random(20)
    interrupted = seen = 0
    with saving_processes() as process:
        for _ in range(KILLS):
            child = start_saving(process)
            end = time.monotonic() + 20
            while not CaseStore.open().list() and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(moments.uniform(0.0, 0.2))
            kill(process, child)
            interrupted += len(list((home() / "cases").glob(".*.changing")))
            store = CaseStore.open()
            rows = store.list()
            seen += len(rows)
            assert list((home() / "cases").glob(".*")) == []
            folders = sorted((home() / "cases").iterdir())
            assert sorted(row.id for row in rows) == [folder.name for folder in folders]
            for folder in folders:
                saved = store.load(UUID(folder.name))
                assert saved.version == len(saved.record.history)
                store.images(UUID(folder.name))
                assert len(list(folder.iterdir())) == 1
                store.delete(UUID(folder.name))
    assert interrupted >= KILLS // 2
    assert seen >= KILLS // 2


def test_what_another_process_is_saving_is_left_alone(any_database: str) -> None:
    CaseStore.open()
    with saving_processes() as process:
        child = start_saving(process)
        for _ in range(30):
            CaseStore.open()  # tidies up after those who were killed
        os.kill(child, 0)  # still there: nothing of it was taken away
        kill(process, child)
    store = CaseStore.open()
    for row in store.list():
        store.images(UUID(row.id))
