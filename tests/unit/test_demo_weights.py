"""`make weights` in small: the same bundle twice, its card, its slices."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from dss_core.phantom.training_set import simulate_patient
from dss_core.records import Task
from dss_core.training.card_metrics import auc_by_size
from dss_core.training.demo_model_card import MARK, in_document, task_entry
from dss_core.training.demo_plan import Plan
from dss_core.training.demo_weights import make_bundle, training_slices
from dss_core.training.simulated_slices import SLICES, Simulated, kept_slices, load
from dss_core.training.training_state import Epoch

pytestmark = pytest.mark.slow
SMALL = Plan(n_training=12, n_held_out=20, members=2, processes=2)
SMALL = replace(SMALL, training_config=replace(SMALL.training_config, max_epochs=1))


def no_progress(member: int, epoch: Epoch) -> None:
    pass


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The bundle made twice; the second time with the first's patients, and in one process."""
    base = tmp_path_factory.mktemp("demo")
    folders = (base / "one", base / "two")
    for folder, processes in zip(folders, (2, 1), strict=True):
        said: list[str] = []
        plan = replace(SMALL, processes=processes)
        make_bundle(folder, base / "cache", plan, no_progress, said.append)
        assert said[-1] == "held-out patients: part 1/1"
        for checkpoint in (base / "cache").glob("member-*/*"):
            checkpoint.unlink()
    return folders


def test_the_pipeline_gives_the_same_bundle_bit_for_bit(runs: tuple[Path, Path]) -> None:
    first, second = runs
    names = {p.name for p in first.iterdir()}
    assert {f"{t}-{n}.safetensors" for t in ("egfr", "pdl1") for n in (0, 1)} <= names
    assert names == {p.name for p in second.iterdir()}
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_members_differ_and_the_tasks_of_a_member_share_all_but_the_head(
    runs: tuple[Path, Path],
) -> None:
    tensors = {p.stem: load_file(p) for p in runs[0].glob("*-?.safetensors")}
    egfr, pdl1, other = tensors["egfr-0"], tensors["pdl1-0"], tensors["egfr-1"]
    differing = {k for k in egfr if not np.array_equal(egfr[k], pdl1[k])}
    assert differing == {"head.weight", "head.bias"}
    assert not np.array_equal(egfr["stem.0.weight"], other["stem.0.weight"])


def test_the_card_says_what_the_training_saw(runs: tuple[Path, Path]) -> None:
    card = json.loads((runs[0] / "card.json").read_text())
    seeds = card["training"]["seeds"]
    assert seeds["training"] == [1_000_000, 1_000_011] and seeds["members"] == [0, 1]
    suv = [simulate_patient(s).findings.suv_max[0] for s in (1_000_000, 1_000_001)]
    low, high = card["training_ranges"]["suv_max"]
    assert all(low <= round(v, 2) <= high for v in suv)
    assert {"architecture", "preprocessing", "licence", "novelty"} <= set(card)
    metrics = card["tasks"]["egfr"]["metrics"]
    assert metrics["held_out_patients"] == 20
    assert metrics["auc_ci95"][0] <= metrics["auc"] <= metrics["auc_ci95"][1]


def test_kept_slices_are_places_between_neighbours_4_mm_away() -> None:
    places = kept_slices(41).reshape(-1, 3)
    assert (np.diff(places, axis=1) == 4).all()
    assert np.diff(places[:, 1]) == pytest.approx(41 / 4, abs=1)
    assert set(kept_slices(1)) == {0}
    assert kept_slices(3).max() == 2


def strangers(n: int = 400) -> Simulated:
    """Patients without images whose EGFR label goes with nothing."""
    rng = np.random.default_rng(1)
    labels = rng.random((2, n)) < 0.4
    return Simulated(
        images=np.zeros((n, SLICES, 2, 1, 1), np.float16),
        egfr=labels[0],
        pdl1=labels[1],
        signs=rng.random((n, 10)) < 0.3,
        suv_max=rng.uniform(1, 20, n),
        diameter_mm=rng.uniform(11, 60, n),
        ct_slice_mm=np.full(n, 3.0),
        pet_slice_mm=np.full(n, 4.0),
        best_egfr=rng.random(n),
        best_pdl1=rng.random(n),
    )


def test_metrics_on_the_card_are_those_of_scikit_learn() -> None:
    patients = strangers()
    rng = np.random.default_rng(2)
    members = np.clip(rng.uniform(0, 0.7, (3, 400)) + 0.25 * patients.egfr, 0.01, 0.99)
    entry = task_entry(Task.EGFR, members, members, patients)
    score, metrics = members.mean(axis=0), entry["metrics"]
    assert metrics["auc"] == pytest.approx(roc_auc_score(patients.egfr, score), abs=1e-4)
    assert entry["cutoff"] == pytest.approx(np.median(score), abs=1e-3)
    brier = brier_score_loss(patients.egfr, score)
    assert metrics["calibration"]["brier"] == pytest.approx(brier, abs=1e-4)
    logit = np.log(score / (1 - score))[:, None]
    line = LogisticRegression(C=1e9, solver="newton-cholesky", tol=1e-10)
    line.fit(logit, patients.egfr)
    assert metrics["calibration"]["slope"] == pytest.approx(line.coef_[0, 0], abs=1e-3)
    assert metrics["calibration"]["intercept"] == pytest.approx(line.intercept_[0], abs=1e-3)
    assert len(metrics["auc_of_single_members"]) == 3
    assert metrics["auc_of_single_members"][1] == pytest.approx(
        roc_auc_score(patients.egfr, members[1]), abs=1e-4
    )


def test_the_model_card_shows_the_numbers_of_the_card(runs: tuple[Path, Path]) -> None:
    card = json.loads((runs[0] / "card.json").read_text())
    text = in_document(f"before\n{MARK}\nold\n{MARK}\nafter", card)
    assert text.startswith("before\n") and text.endswith("\nafter") and "old" not in text
    metrics = card["tasks"]["pdl1"]["metrics"]
    row = next(line for line in text.splitlines() if line.startswith("| AUC of the ensemble"))
    assert f"{metrics['auc']:.3f}" in row.split("|")[3]
    assert in_document(text, card) == text


def test_areas_by_size_leave_out_what_is_too_few() -> None:
    patients = strangers()
    score = np.linspace(0.01, 0.99, 400)
    by_size = auc_by_size(score, patients.egfr, patients.diameter_mm)
    assert list(by_size) == ["0 to 10", "10 to 20", "20 to 40", "40 and more"]
    assert by_size["0 to 10"] == {"patients": 0, "positive": 0}
    mine = (patients.diameter_mm >= 20) & (patients.diameter_mm < 40)
    assert by_size["20 to 40"]["auc"] == pytest.approx(
        roc_auc_score(patients.egfr[mine], score[mine]), abs=1e-4
    )


def test_hints_say_what_is_true_of_the_patient() -> None:
    patients = strangers()
    slices = training_slices(patients)
    assert slices.auxiliary_targets is not None
    row = 7 * SLICES + 3
    assert slices.patient[row] == 7
    assert slices.labels[row].tolist() == [patients.egfr[7], patients.pdl1[7]]
    assert slices.auxiliary_targets[row, :10].astype(bool).tolist() == patients.signs[7].tolist()
    assert slices.auxiliary_targets[row, 10:].tolist() == [
        float(patients.suv_max[7] > 7.5),
        float(patients.diameter_mm[7] > 30),
    ]


def test_a_part_that_lies_on_disk_is_what_simulation_gives(
    runs: tuple[Path, Path],
) -> None:
    patients = load(SMALL.training_seeds, runs[0].parent / "cache")
    again = simulate_patient(1_000_003)
    assert bool(patients.egfr[3]) == again.egfr and bool(patients.pdl1[3]) == again.pdl1
    assert patients.best_egfr[3] == again.best_egfr
    assert patients.images.shape == (12, SLICES, 2, 64, 64)


def test_the_shipped_model_card_and_card_agree() -> None:
    root = Path(__file__).resolve().parents[2]
    document = (root / "docs" / "model_card.md").read_text()
    card = json.loads((root / "weights" / "demo" / "card.json").read_text())
    assert in_document(document, card) == document
    assert set(card["training_ranges"]) == {
        "diameter_mm", "suv_max", "ct_slice_mm", "pet_slice_mm"
    }  # fmt: skip
    assert all(entry["metrics"]["held_out_patients"] >= 2000 for entry in card["tasks"].values())
