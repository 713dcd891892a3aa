"""The evaluation of a score against R (pROC, Hmisc, rms, stats), dcurves and statsmodels.

The peers' numbers stand in `evaluation/`, beside the scripts that made them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score, roc_curve

from dss_core.cohort.release_location import Release
from dss_core.cohort.releases import Imported, read_release
from dss_core.evaluation.associations import (
    Method as RankTest,
)
from dss_core.evaluation.associations import (
    associations,
    benjamini_hochberg,
    holm,
)
from dss_core.evaluation.evaluate import Evaluation, evaluate
from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.recalibration import Method, Recalibration, recalibrate
from dss_core.evaluation.recalibration_fit import fit_line
from dss_core.records import Task
from dss_core.replication.published import EGFR, agrees
from dss_core.statistics.calibration import calibration_report
from dss_core.statistics.decision_curve import TREAT_ALL, net_benefit, reference_lines
from dss_core.statistics.discrimination import auc_delong, compare_auc, roc
from dss_core.statistics.proportions import wilson
from dss_core.statistics.reclassification import reclassify

HERE = Path(__file__).parent / "evaluation"
R = json.loads((HERE / "reference.json").read_text())
EXACT = {"rel": 1e-7, "abs": 1e-9}
SIMULATED = R["simulated"]


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return pd.read_csv(HERE / "cases.csv")


@pytest.fixture(scope="module")
def positive(cases: pd.DataFrame) -> np.ndarray:
    return cases["positive"].to_numpy(bool)


@pytest.fixture(scope="module")
def release(shared_data: Path) -> Imported:
    return read_release(shared_data / "lungegfr", Release.LUNGEGFR)


@pytest.fixture(scope="module")
def evidence(release: Imported) -> Evaluation:
    return evaluate(
        release.cohort.table, score="egfr_dls", label="egfr_status", slices=release.slices
    )


def part(evidence: Evaluation, name: str) -> GroupReport:
    return next(g for g in evidence.groups if g.name == name)


@pytest.mark.parametrize("name", ["one", "two"])
def test_area_with_ties_agrees_with_proc(
    cases: pd.DataFrame, positive: np.ndarray, name: str
) -> None:
    found = auc_delong(cases[name].to_numpy(float), positive)
    assert [found.estimate, found.low, found.high] == pytest.approx(SIMULATED[name], **EXACT)


def test_paired_areas_agree_with_proc(cases: pd.DataFrame, positive: np.ndarray) -> None:
    found = compare_auc(cases["one"].to_numpy(), cases["two"].to_numpy(), positive, ("one", "two"))
    expected = SIMULATED["paired"]
    assert found.difference.estimate == pytest.approx(expected["difference"], **EXACT)
    assert found.p == pytest.approx(expected["p"], **EXACT)
    limits = [found.difference.low, found.difference.high]
    assert limits == pytest.approx(expected["interval"], **EXACT)


def test_the_curve_of_many_patients_keeps_corners_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    positive = random.random(20_000) < 0.3
    score = random.normal(positive, 1.0)
    found = roc(score, positive, repeats=2)
    x, y, threshold = roc_curve(positive, score, drop_intermediate=False)
    corner = np.searchsorted(-threshold, -found.threshold)
    assert 300 < found.threshold.size <= 400
    assert (found.threshold == threshold[corner]).all()
    assert found.false_positive == pytest.approx(x[corner], abs=1e-12)
    assert found.sensitivity == pytest.approx(y[corner], abs=1e-12)
    area = np.trapezoid(found.sensitivity, found.false_positive)
    assert area == pytest.approx(roc_auc_score(positive, score), abs=1e-4)


def test_roc_corners_and_band_agree_with_proc(cases: pd.DataFrame, positive: np.ndarray) -> None:
    found = roc(cases["one"].to_numpy(), positive, repeats=2000)
    assert found.sensitivity == pytest.approx(SIMULATED["roc"]["sensitivity"], **EXACT)
    assert 1 - found.false_positive == pytest.approx(SIMULATED["roc"]["specificity"], **EXACT)
    band = SIMULATED["band"]
    at = [round(100 * (1 - s)) for s in band["specificity"]]
    # two bootstraps of 2000 and 5000: percentiles differ by Monte Carlo error only
    assert found.low[at] == pytest.approx(band["low"], abs=0.03)
    assert found.high[at] == pytest.approx(band["high"], abs=0.03)


def test_category_free_nri_and_idi_agree_with_improve_prob(
    cases: pd.DataFrame, positive: np.ndarray
) -> None:
    found = reclassify(cases["one"].to_numpy(), cases["two"].to_numpy(), positive, ("one", "two"))
    expected = SIMULATED["gain"]
    assert found.nri_free.value.estimate == pytest.approx(expected["nri"], **EXACT)
    assert found.idi.value.estimate == pytest.approx(expected["idi"], **EXACT)
    assert found.idi.value.low == pytest.approx(
        expected["idi"] - 1.959963985 * expected["idi_se"], rel=1e-6
    )


def test_category_nri_agrees_with_improve_prob_on_calls(
    cases: pd.DataFrame, positive: np.ndarray
) -> None:
    found = reclassify(cases["one"].to_numpy(), cases["two"].to_numpy(), positive, ("one", "two"))
    expected, value = SIMULATED["gain_category"], found.nri_category.value
    assert value.estimate == pytest.approx(expected["nri"], **EXACT)
    assert value.high == pytest.approx(expected["nri"] + 1.959963985 * expected["nri_se"], rel=1e-6)


@pytest.mark.parametrize("group", ["training", "validation", "HMU"])
def test_gain_of_the_combined_signature_on_the_release_agrees_with_improve_prob(
    evidence: Evaluation, group: str
) -> None:
    expected = R["release"][group]
    gains = {(g.new, g.old): g for g in part(evidence, group).reclassifications}
    gain = gains["CMS", "CS"]
    for found, key, name in (
        (gain.nri_category, "cms_over_cs_category", "nri"),
        (gain.nri_free, "cms_over_cs", "nri"),
        (gain.idi, "cms_over_cs", "idi"),
    ):
        estimate, error = expected[key][name], expected[key][f"{name}_se"]
        assert found.value.estimate == pytest.approx(estimate, abs=1e-6)
        assert found.value.low == pytest.approx(estimate - 1.959963985 * error, abs=1e-6)


def test_recalibrated_probabilities_and_their_interval_agree_with_glm(
    cases: pd.DataFrame, positive: np.ndarray
) -> None:
    expected = SIMULATED["recalibration"]
    line = fit_line(cases["one"].to_numpy(float), positive, Method.LOGISTIC)
    assert [line.intercept, line.slope] == pytest.approx(expected["coefficients"], rel=1e-5)
    assert np.array(line.covariance) == pytest.approx(np.array(expected["covariance"]), rel=1e-4)
    store = Recalibration(
        Task.EGFR, "w", "0", Method.LOGISTIC, line, "c", True, 160, 61, 0.0, 1.0, 0.0, 0.0, ""
    )
    for i, score in enumerate(expected["at"]):
        found = recalibrate(store, score).probability
        assert found.estimate == pytest.approx(expected["probability"][i], rel=1e-4)
        assert found.low == pytest.approx(expected["low"][i], rel=1e-4)
        assert found.high == pytest.approx(expected["high"][i], rel=1e-4)


def test_brier_score_agrees_with_val_prob(cases: pd.DataFrame, positive: np.ndarray) -> None:
    found = calibration_report(cases["one"].to_numpy(), positive).brier
    assert found.estimate == pytest.approx(SIMULATED["brier"], abs=1e-9)


def test_calibration_error_agrees_with_the_bins_of_scikit_learn(positive: np.ndarray) -> None:
    """Distinct probabilities, so that bins of equal count are the same for both."""
    probability = np.random.default_rng(5).permutation(np.linspace(0.01, 0.97, positive.size))
    observed, said = calibration_curve(positive, probability, n_bins=10, strategy="quantile")
    expected = float(np.abs(observed - said).mean())
    assert calibration_report(probability, positive).ece == pytest.approx(expected, abs=1e-12)


def test_shares_and_corrections_agree_with_statsmodels() -> None:
    peer = json.loads((HERE / "proportions.json").read_text())
    for (k, n), limits in zip(peer["counts"], peer["wilson"], strict=True):
        found = wilson(k, n)
        assert [found.low, found.high] == pytest.approx(limits, abs=1e-12)
    p = np.array(peer["p"])
    assert holm(p) == pytest.approx(peer["holm"], rel=1e-12)
    assert benjamini_hochberg(p) == pytest.approx(peer["fdr"], rel=1e-12)


def test_calibration_line_and_shift_agree_with_glm(
    cases: pd.DataFrame, positive: np.ndarray
) -> None:
    found = calibration_report(cases["one"].to_numpy(), positive)
    assert found.line is not None
    line = [found.line.intercept, found.line.slope.estimate]
    assert line == pytest.approx(SIMULATED["line"], rel=1e-5)
    assert found.in_the_large == pytest.approx(SIMULATED["in_the_large"], rel=1e-6)


def test_net_benefit_agrees_with_dcurves(cases: pd.DataFrame, positive: np.ndarray) -> None:
    peer = json.loads((HERE / "decision_curves.json").read_text())
    at = np.array(peer["threshold"])
    for name in ("one", "two"):
        found = net_benefit(cases[name].to_numpy(), positive, name, at)
        assert found.net_benefit == pytest.approx(peer["lines"][name], abs=1e-12)
    everybody = next(x for x in reference_lines(positive, at) if x.name == TREAT_ALL)
    assert everybody.net_benefit == pytest.approx(peer["lines"]["all"], abs=1e-12)


def test_rank_tests_and_corrections_agree_with_r(cases: pd.DataFrame) -> None:
    edges = pd.cut(cases["two"], [-1, 0.3, 0.6, 2], labels=["I", "II", "III"]).astype("string")
    status = cases["positive"].map({1: "mutant", 0: "wild type"}).astype("string")
    table = pd.DataFrame({"one": cases["one"], "stage": edges, "egfr_status": status})
    by_name = {a.variable: a for a in associations(table, "one", ("stage", "egfr_status"))}
    assert by_name["stage"].test is RankTest.KRUSKAL_WALLIS
    assert by_name["stage"].p == pytest.approx(SIMULATED["kruskal"], rel=1e-6)
    # scipy and R both use the normal approximation with ties and continuity correction
    assert by_name["egfr_status"].p == pytest.approx(SIMULATED["wilcoxon"], rel=1e-6)
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx(SIMULATED["holm"])


@pytest.mark.parametrize("reference", EGFR, ids=lambda r: r.key)
def test_released_score_gives_the_published_areas(evidence: Evaluation, reference) -> None:  # type: ignore[no-untyped-def]
    found = part(evidence, reference.key).markers[0]
    assert (found.n, found.n_positive) == (reference.n, reference.positive)
    assert found.auc is not None and found.calls is not None
    assert agrees(found.auc.estimate, reference.auc)
    if reference.sensitivity is not None:
        assert agrees(found.calls.sensitivity.estimate, reference.sensitivity)
        assert agrees(found.calls.specificity.estimate, reference.specificity)
        assert agrees(found.calls.accuracy.estimate, reference.accuracy)


@pytest.mark.parametrize(
    ("group", "clinical", "combined"),
    [("training", "0.788", "0.905"), ("validation", "0.796", "0.867"), ("HMU", "0.651", "0.831")],
)
def test_signatures_fitted_on_the_release_give_the_published_areas(
    evidence: Evaluation, group: str, clinical: str, combined: str
) -> None:
    areas = {m.name: m.auc for m in part(evidence, group).markers}
    assert agrees(areas["CS"].estimate, clinical)
    assert agrees(areas["CMS"].estimate, combined)


@pytest.mark.parametrize("group", ["training", "validation", "HMU"])
def test_areas_and_paired_tests_of_the_release_agree_with_proc(
    evidence: Evaluation, group: str
) -> None:
    expected, found = R["release"][group], part(evidence, group)
    for marker, key in zip(found.markers, ("dls", "cs", "cms", "suvmax"), strict=True):
        interval = [marker.auc.estimate, marker.auc.low, marker.auc.high]
        assert interval == pytest.approx(expected[key], abs=2e-7)
    pairs = {(d.first, d.second): d for d in found.differences}
    for names, key in {
        ("EGFR-DLS", "CS"): "dls_cs",
        ("EGFR-DLS", "CMS"): "dls_cms",
        ("CS", "CMS"): "cs_cms",
        ("EGFR-DLS", "SUVmax"): "dls_suvmax",
    }.items():
        assert pairs[names].p == pytest.approx(expected[key]["p"], rel=1e-5, abs=1e-12)


def test_slices_separate_worse_than_patients_and_their_interval_is_not_too_narrow(
    evidence: Evaluation, release: Imported
) -> None:
    found = part(evidence, "validation")
    slices = release.slices.merge(release.cohort.table, on="patient_id")
    slices = slices[(slices["split"] == "validation").to_numpy(bool)]
    yes = (slices["egfr_status"] == "mutant").to_numpy(bool)
    naive = auc_delong(slices["score"].to_numpy(float), yes)
    assert found.slices_auc.estimate == pytest.approx(naive.estimate)
    # peer: bootstrap of whole patients, seeded
    by_patient = [g["score"].to_numpy(float) for _, g in slices.groupby("patient_id")]
    label = [bool(g["egfr_status"].iloc[0] == "mutant") for _, g in slices.groupby("patient_id")]
    random, drawn = np.random.default_rng(3), []
    for _ in range(300):
        pick = random.integers(0, len(label), len(label))
        score = np.concatenate([by_patient[i] for i in pick])
        truth = np.concatenate([np.full(by_patient[i].size, label[i]) for i in pick])
        drawn.append(auc_delong(score, truth).estimate)
    width = found.slices_auc.high - found.slices_auc.low
    assert width == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.15)
    assert width > naive.high - naive.low
