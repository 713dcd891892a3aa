"""A bundle whose change is killed at any moment loads as before, and the change can be repeated."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dss_core.bundles.bundle import read_listed
from dss_core.bundles.model_card import read_card
from dss_core.bundles.verification import verify_bundle
from dss_core.records import Task
from tests.keras_legacy import write
from tests.keras_sres import as_keras, random_sres
from tests.killed_writes import CHANGES, NAME, keras, train

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process of its own by a signal")
@pytest.mark.parametrize("change", CHANGES)
def test_a_bundle_survives_a_kill_before_every_move_of_a_file(change, tmp_path, monkeypatch):
    (tmp_path / "base").mkdir()
    if change == "import":
        for seed, task in enumerate(Task):
            write(tmp_path / f"{task}.h5", as_keras(random_sres(seed))[0])
        keras(tmp_path / "base", Task.EGFR)
    else:
        train(tmp_path / "base", Task.EGFR, 30)
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed_writes", change, str(tmp_path)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    homes = sorted((p for p in tmp_path.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))
    assert len(homes) > 3  # two files, the card and the end at the least

    found = [_sha(home) for home in homes]
    before, after = _sha(tmp_path / "base"), _sha(homes[-1])
    turn = found.index(after)
    assert before != after and found == [before] * turn + [after] * (len(homes) - turn)

    home, old = homes[turn - 1], _listed(tmp_path / "base")  # all was written but the card
    CHANGES[change](home)
    monkeypatch.setenv("DSS_HOME", str(home))
    verify_bundle(NAME)
    folder = home / "weights" / NAME
    assert {p.name for p in folder.iterdir()} - old == {"card.json", *_listed(home)} - old
    assert [p.name for p in folder.parent.iterdir()] == [NAME]


def _listed(home: Path) -> set[str]:
    """Names of the files that the card lists, each there and as it was written."""
    folder = home / "weights" / NAME
    card = read_card(folder)
    files = [f for t in card.tasks.values() for f in (*t.files, t.reference_outputs)]
    files += [card.ood_reference.file] if card.ood_reference else []
    for file in files:
        read_listed(folder, file)
    return {file.name for file in files}


def _sha(home: Path) -> str:
    """Of the card of a bundle that loads."""
    _listed(home)
    return hashlib.sha256((home / "weights" / NAME / "card.json").read_bytes()).hexdigest()
