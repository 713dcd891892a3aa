"""Recalibration: fitted, kept with the weights, refused when it was tampered with."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from dss_core.cli import main
from dss_core.errors import CohortError, WeightsError
from dss_core.evaluation.recalibration import (
    Line,
    Method,
    Recalibration,
    Weights,
    line_probability,
    recalibrate,
)
from dss_core.evaluation.recalibration_fit import fit, fit_line
from dss_core.evaluation.recalibration_store import _digest, load, remove, save
from dss_core.records import Task
from dss_core.statistics.calibration import calibration_report

WEIGHTS = Weights("mine", "ab" * 32)


def table(n: int = 400, weights_id: str = "mine", split: str = "external") -> pd.DataFrame:
    """Patients whose true log-odds are -1 + 2 logit(score)."""
    random = np.random.default_rng(4)
    score = random.uniform(0.05, 0.95, n)
    mutant = random.random(n) < expit(-1 + 2 * logit(score))
    return pd.DataFrame(
        {
            "egfr_dls": score,
            "egfr_status": np.where(mutant, "mutant", "wild type"),
            "split": split,
            "score_weights_id": weights_id,
        }
    )


def fitted(rows: pd.DataFrame, method: Method = Method.LOGISTIC) -> Recalibration:
    return fit(
        rows, Task.EGFR, WEIGHTS, method=method, cohort="Here", made_on="2026-01-02"
    )  # fmt: skip


def test_the_true_line_is_found_within_its_error() -> None:
    """Truth of the simulation: intercept -1, slope 2."""
    line = fitted(table(4000)).line
    assert abs(line.intercept + 1) < 3 * line.covariance[0][0] ** 0.5
    assert abs(line.slope - 2) < 3 * line.covariance[1][1] ** 0.5


@pytest.mark.parametrize("method", list(Method))
def test_recalibrated_probabilities_need_no_second_recalibration(method: Method) -> None:
    """Closed form: maximum likelihood leaves shift 0, and slope 1 where it was fitted."""
    rows = table()
    score = rows["egfr_dls"].to_numpy()
    yes = (rows["egfr_status"] == "mutant").to_numpy()
    again = calibration_report(line_probability(fit_line(score, yes, method), score), yes)
    assert again.in_the_large == pytest.approx(0, abs=1e-6)
    if method is Method.LOGISTIC:
        assert again.line is not None
        assert again.line.slope.estimate == pytest.approx(1, abs=1e-6)


def test_cross_validated_error_is_larger_than_the_apparent_one() -> None:
    rows = table()
    found = fitted(rows)
    score = rows["egfr_dls"].to_numpy()
    yes = (rows["egfr_status"] == "mutant").to_numpy()
    apparent = float(((line_probability(found.line, score) - yes) ** 2).mean())
    assert apparent < found.brier_after < found.brier_before


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-3, 3), st.floats(0.05, 5), st.lists(st.floats(0.001, 0.999), min_size=2, max_size=30)
)
def test_the_order_of_patients_never_changes(
    intercept: float, slope: float, scores: list[float]
) -> None:
    found = line_probability(
        Line(intercept, slope, ((1.0, 0.0), (0.0, 1.0))), np.sort(np.array(scores))
    )
    assert (np.diff(found) >= 0).all()


def test_training_patients_are_left_out() -> None:
    both = pd.concat([table(300), table(300, split="training")], ignore_index=True)
    assert fitted(both).n == 300


def test_scores_of_other_weights_are_refused() -> None:
    with pytest.raises(CohortError, match="needs scores made by them"):
        fitted(table(weights_id="theirs"))


def test_few_patients_are_sent_to_the_shift_and_very_few_are_refused() -> None:
    rows = table()
    few = pd.concat([g.head(12) for _, g in rows.groupby("egfr_status")], ignore_index=True)
    with pytest.raises(CohortError, match="Use the method shift"):
        fitted(few)
    assert fitted(few, Method.SHIFT).line.slope == 1.0
    with pytest.raises(CohortError, match="found 3 and 3"):
        fitted(pd.concat([g.head(3) for _, g in rows.groupby("egfr_status")]), Method.SHIFT)


def test_a_score_that_ranks_the_wrong_way_is_refused() -> None:
    rows = table()
    rows["egfr_dls"] = 1 - rows["egfr_dls"]
    with pytest.raises(CohortError, match="fitted slope is -"):
        fitted(rows)


def test_beyond_the_scores_of_the_cohort_a_note_says_so() -> None:
    found = fitted(table())
    assert recalibrate(found, 0.99).note
    assert not recalibrate(found, 0.5).note


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path


def test_what_was_stored_comes_back_and_goes_when_removed(own_home: Path) -> None:
    found = fitted(table())
    save(found)
    assert load(WEIGHTS, Task.EGFR) == found
    assert load(WEIGHTS, Task.PDL1) is None
    assert remove("mine", Task.EGFR)
    assert load(WEIGHTS, Task.EGFR) is None


def test_a_changed_number_is_noticed(own_home: Path) -> None:
    path = save(fitted(table()))
    content = json.loads(path.read_text())
    content["line"]["slope"] *= 1.5
    path.write_text(json.dumps(content))
    with pytest.raises(WeightsError, match="was changed since it was made"):
        load(WEIGHTS, Task.EGFR)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"sha256": 3}', "\x00"])
def test_a_damaged_file_is_refused_with_the_remedy(own_home: Path, text: str) -> None:
    save(fitted(table())).write_text(text)
    with pytest.raises(WeightsError, match="Fit it again, or remove it"):
        load(WEIGHTS, Task.EGFR)


def test_every_bad_field_is_named_at_once_by_its_path(own_home: Path) -> None:
    """Of a file that holds the right SHA-256 of itself."""
    path = save(fitted(table()))
    content = json.loads(path.read_text()) | {"method": "isotonic", "n": 2.5, "more": 1}
    content["line"]["covariance"][1] = ["a", 0.1]
    del content["cohort"], content["sha256"]
    path.write_text(json.dumps(content | {"sha256": _digest(content)}))
    with pytest.raises(WeightsError) as refused:
        load(WEIGHTS, Task.EGFR)
    found = str(refused.value)
    assert found.startswith("The stored recalibration cannot be used, 5 faults: ")
    for fault in (
        "method: expected 'logistic' or 'shift', found 'isotonic'",
        "line.covariance[1][0]: ",
        "n: expected a whole number, found 2.5",
        "cohort: expected, not found",
        "more: unknown field",
    ):
        assert fault in found
    assert "Fit it again, or remove it" in found


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("intercept", "1.5", "line.intercept: expected a number, found '1.5'"),
        ("slope", -0.5, "line.slope: expected more than 0"),
        ("covariance", [[1.0, 2.0], [2.0, 1.0]], "line.covariance: .* positive definite"),
        ("covariance", [[0.0, 0.0], [0.0, 0.0]], "line.covariance: .* positive definite"),
    ],
)
def test_a_stored_line_is_that_of_a_fit_in_plain_numbers(
    path: str, value: object, expected: str, own_home: Path
) -> None:
    file = save(fitted(table()))
    content = json.loads(file.read_text())
    content["line"][path] = value
    del content["sha256"]
    file.write_text(json.dumps(content | {"sha256": _digest(content)}))
    with pytest.raises(WeightsError, match=expected):
        load(WEIGHTS, Task.EGFR)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"n": NaN}', "finite numbers only, found NaN"),
        ('{"n": 1e999}', "finite numbers only, found 1e999"),
        ("[" * 100_000, "nested at most 50 levels deep"),
        ("[" * 60 + "]" * 60, "nested at most 50 levels deep"),
    ],
)
def test_no_number_and_deep_nesting_are_refused_in_a_sentence(
    own_home: Path, text: str, sentence: str
) -> None:
    save(fitted(table())).write_text(text)
    with pytest.raises(WeightsError, match=f"{sentence}.*Fit it again, or remove it"):
        load(WEIGHTS, Task.EGFR)


def test_it_does_not_go_over_to_weights_that_were_exchanged(own_home: Path) -> None:
    save(fitted(table()))
    with pytest.raises(WeightsError, match="for other weights"):
        load(Weights("mine", "cd" * 32), Task.EGFR)


def test_command_stores_and_removes(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table(weights_id="demo").assign(patient_id=[f"p{i}" for i in range(400)], cohort="here")
    path = tmp_path / "here.csv"
    rows.to_csv(path, index=False)
    words = ["recalibrate", "--weights", "demo", "--task", "egfr"]
    assert main([*words, str(path)]) == 0
    stored = json.loads(capsys.readouterr().out)
    assert Path(stored["written"]).parent == own_home / "weights" / "demo"
    assert main([*words, "--remove"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": True}
    assert main(words) == 2
    assert "Give COHORT.csv, or --remove" in capsys.readouterr().err
