"""An estimate exists only where the data determine it; whoever is left out is counted."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from lifelines.statistics import multivariate_logrank_test
from sklearn.linear_model import LogisticRegression

from dss_core.cohort.kept_rows import Excluded, KeptRows
from dss_core.cohort.selection import parse
from dss_core.errors import CohortError
from dss_core.evaluation.evaluate import evaluate
from dss_core.evaluation.joins import join
from dss_core.evaluation.reader_agreement import icc21
from dss_core.evaluation.signature_fit import fit
from dss_core.evaluation.signatures import Coding, read_signature
from dss_core.statistics.calibration import calibrate, calibration_report
from dss_core.statistics.cox import fit_cox, two_group_cox
from dss_core.statistics.discrimination import auc_delong, compare_auc
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_core.statistics.logistic import fit_logistic
from dss_core.statistics.maximum_likelihood import NoEstimateError
from dss_core.statistics.reclassification import reclassify
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import Endpoint
from dss_core.survival.grouping import group_by
from dss_core.survival.strata import Strata, divide

ENDPOINT = Endpoint("t", "e")


def patients(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    level = np.array(["adenocarcinoma", "squamous", "large cell"])[np.arange(n) % 3]
    time = rng.exponential(np.where(level == "large cell", 4.0, 12.0)).round(2) + 0.01
    entry = (0.4 * time * rng.random(n)).round(2)
    event = rng.random(n) < 0.7
    table = pd.DataFrame({"t": time, "e": event.astype(int), "entry": entry, "histology": level})
    site = pd.Series(np.where(np.arange(n) % 5 == 0, None, "x"), dtype="string")
    return table.assign(site=site)


def test_a_level_that_the_schema_does_not_know_is_a_group() -> None:
    table = patients()
    found = compare(table, ENDPOINT, group_by(table, parse("histology")))
    expected = multivariate_logrank_test(table["t"], table["histology"], table["e"])
    assert [c.label for c in found.curves] == ["adenocarcinoma", "squamous", "large cell"]
    assert found.logrank is not None
    assert found.logrank.chi2 == pytest.approx(expected.test_statistic, rel=1e-9)
    assert parse("histology=='large cell'").select(table).to_numpy(bool).sum() == 40


def test_groups_are_formed_after_the_selection() -> None:
    table = patients()
    where = parse("histology != 'large cell'")
    found = compare(table, ENDPOINT, group_by(table, parse("histology")), where=where)
    assert [c.label for c in found.curves] == ["adenocarcinoma", "squamous"]
    assert found.cox is not None
    rows = table[table["histology"] != "large cell"].reset_index(drop=True)
    alone = compare(rows, ENDPOINT, group_by(rows, parse("histology")))
    assert alone.to_json() | {"n_selected": 0} == found.to_json() | {"n_selected": 0}


def test_the_sides_of_a_cut_off_stay_groups_when_one_is_empty() -> None:
    table = patients().assign(egfr_dls=0.9)
    found = compare(table, ENDPOINT, divide(table, Strata.EGFR_DLS))
    assert [c.n for c in found.curves] == [0, 120]


def test_a_missing_entry_is_left_out_and_counted_and_never_zero() -> None:
    table = patients().assign(entry=lambda d: d["entry"].where(np.arange(120) % 6 > 0))
    table.loc[1, "entry"] = table.loc[1, "t"]
    table.loc[2, "t"] = np.nan
    where = parse("histology != 'large cell' and site == 'x'")
    endpoint = Endpoint("t", "e", "entry")
    found = compare(table, endpoint, group_by(table, parse("histology")), where=where)
    reasons = {one.reason: one.n for one in found.excluded}
    assert list(reasons)[1:] == ["entry is missing", "entry is not before t"]
    assert reasons["entry is not before t"] == 1
    assert sum(c.n for c in found.curves) + sum(list(reasons.values())[1:]) == found.n_selected
    rows = table[(table["histology"] != "large cell") & (table["site"] == "x")]
    rows = rows[rows["entry"].notna() & (rows["entry"] < rows["t"])]
    rows = rows.assign(second=(rows["histology"] == "squamous").astype(float))
    theirs = CoxPHFitter().fit(rows[["t", "e", "entry", "second"]], "t", "e", entry_col="entry")
    assert found.cox is not None
    assert found.cox.hr == pytest.approx(float(np.exp(theirs.params_["second"])), rel=1e-5)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=40))
def test_every_row_is_kept_or_counted_once(cells: list[tuple[int, bool]]) -> None:
    table = pd.DataFrame(cells, columns=["a", "b"])
    kept = KeptRows.selected(table).without((table["a"] == 0).to_numpy(), "a is 0")
    kept = kept.without(table["b"].to_numpy(), "b")
    assert kept.n + sum(one.n for one in kept.excluded) == len(table)
    assert all(one.n for one in kept.excluded)


def test_a_selection_that_is_unknown_is_counted() -> None:
    kept = KeptRows.selected(patients(), parse("site == 'x'"))
    reason = "a value needed for the selection site == 'x' is missing"
    assert kept.excluded == (Excluded(reason, 24),)
    assert kept.n_selected == kept.n == 96


def test_survival_is_given_only_while_somebody_is_at_risk() -> None:
    time = np.array([3.0, 5.0, 9.0, 12.0])
    late = kaplan_meier(Sample(time, np.ones(4, bool), np.array([2.0, 2.0, 2.0, 2.0])))
    assert late.at(2).reason == "Nobody is at risk until 2."
    assert late.at(3).estimate == pytest.approx(0.75)
    gap = kaplan_meier(
        Sample(time, np.array([True, False, True, True]), np.array([0, 0, 7.0, 7.0]))
    )
    assert gap.at(5).estimate == pytest.approx(0.5)
    assert gap.at(6).reason == gap.at(10).reason == "Nobody is at risk after 5."
    assert gap.at(6).estimate is gap.at(10).estimate is None


def test_limits_do_not_exist_before_the_first_event_and_at_zero() -> None:
    curve = kaplan_meier(Sample(np.array([2.0, 4.0, 6.0]), np.ones(3, bool)))
    before, after = curve.at(1), curve.at(24)
    assert (before.estimate, before.low, before.high) == (1.0, None, None)
    assert (after.estimate, after.low, after.high) == (0.0, None, None)
    assert before.reason
    assert after.reason
    assert curve.median.high is None


def two_by_two(a: int, b: int, c: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """x = 1 with a positive and b negative, x = 0 with c positive and d negative."""
    x = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    return x[:, None], np.repeat([True, False, True, False], [a, b, c, d])


@given(st.tuples(*[st.integers(1, 60)] * 4))
def test_a_logistic_fit_of_a_fourfold_table_is_its_log_odds_ratio(
    cells: tuple[int, int, int, int],
) -> None:
    a, b, c, d = cells
    found = fit_logistic(*two_by_two(a, b, c, d))
    assert found.coef[0] == pytest.approx(np.log(a * d / (b * c)), abs=1e-7)
    # Woolf's standard error of the log odds ratio, and that of the log odds at x = 0
    assert found.error[0] == pytest.approx(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-6)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(np.sqrt(1 / c + 1 / d), rel=1e-6)


@pytest.mark.parametrize("cells", [(20, 0, 5, 30), (9, 0, 0, 9), (7, 7, 0, 40)])
def test_an_empty_cell_has_no_estimate(cells: tuple[int, int, int, int]) -> None:
    with pytest.raises(NoEstimateError, match="No maximum-likelihood estimate exists"):
        fit_logistic(*two_by_two(*cells))


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans())
def test_separated_classes_have_no_estimate_and_one_overlap_has(
    seed: int, columns: int, overlap: bool
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, columns))
    line = x @ rng.normal(size=columns)
    positive = line > np.median(line)
    if not overlap:
        with pytest.raises(NoEstimateError):
            fit_logistic(x, positive)
        return
    positive = rng.random(80) < 0.5
    found = fit_logistic(x, positive)
    p = 1 / (1 + np.exp(-found.intercept - x @ found.coef))
    gradient = np.column_stack([np.ones(80), x]).T @ (positive - p)
    assert np.abs(gradient).max() < 1e-6


def test_a_repeated_or_constant_column_has_no_estimate() -> None:
    x, positive = two_by_two(9, 4, 5, 8)
    for more in (x, 1 - 2 * x, np.ones_like(x)):
        with pytest.raises(NoEstimateError):
            fit_logistic(np.column_stack([x, more]), positive)


def test_a_hazard_ratio_of_a_group_without_events_does_not_exist() -> None:
    time = np.arange(1.0, 41.0)
    group = time > 20
    with pytest.raises(NoEstimateError, match="no finite estimate"):
        two_group_cox(Sample(time, ~group), group)
    # the largest covariate fails at every time: monotone likelihood with events in all
    with pytest.raises(NoEstimateError):
        fit_cox(Sample(time, np.ones(40, bool)), -time[:, None], ("x",))


def test_a_calibration_says_why_it_does_not_exist() -> None:
    positive = np.arange(40) % 2 == 0
    with pytest.raises(CohortError, match="separates positive and negative"):
        calibrate(np.where(positive, 0.8, 0.3), positive)
    with pytest.raises(CohortError, match="the same in all patients"):
        calibrate(np.full(40, 0.4), positive)
    brier = calibration_report(np.full(40, 0.5), positive).brier
    assert (brier.estimate, brier.low, brier.high) == (0.25, None, None)


def cohort(separated: bool) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    mutant = rng.random(120) < 0.5
    score = np.where(mutant, 0.8, 0.2) + rng.uniform(-0.1, 0.1, 120)
    return pd.DataFrame(
        {
            "patient_id": [str(i) for i in range(120)],
            "cohort": "A",
            "split": "training",
            "sex": rng.choice(["female", "male"], 120),
            "egfr_dls": score if separated else rng.permutation(score),
            "egfr_status": np.where(mutant, "mutant", "wild type"),
        }
    )


def test_a_signature_of_a_score_that_separates_is_withheld_with_the_reason() -> None:
    with pytest.raises(CohortError, match="separate 60 positive and 60 negative"):
        fit(cohort(separated=True), "egfr_status", score="egfr_dls")
    found = evaluate(cohort(separated=True), score="egfr_dls", label="egfr_status")
    assert [s.name for s in found.signatures] == ["CS"]
    assert any("CMS is not shown" in text for text in found.withheld)


def test_a_stored_signature_without_information_or_with_a_range_of_words_is_refused() -> None:
    stored = json.loads(fit(cohort(False), "egfr_status", score="egfr_dls").to_text())
    words = stored | {"ranges": [*stored["ranges"], {"variable": "sex", "low": 0.0, "high": 1.0}]}
    with pytest.raises(CohortError, match="ranges of number columns only, found one of sex"):
        read_signature(json.dumps(words))
    stored["terms"][0]["standard_error"] = 31.25
    with pytest.raises(CohortError, match="no estimate exists: the standard error of egfr_dls"):
        read_signature(json.dumps(stored))
    assert stored["coding"] == Coding.RELEASED


def test_an_area_of_one_has_no_interval_and_the_group_says_so() -> None:
    positive = np.arange(30) % 2 == 0
    perfect, constant = positive + 0.0, np.full(30, 0.5)
    area = auc_delong(perfect, positive)
    assert (area.estimate, area.low, area.high) == (1.0, None, None)
    difference = compare_auc(perfect, constant, positive, ("a", "b"))
    assert (difference.difference.estimate, difference.difference.low) == (0.5, None)
    assert difference.p is None
    assert difference.difference.reason
    gain = reclassify(perfect, constant, positive, ("a", "b")).idi
    assert (gain.value.low, gain.p) == (None, None)
    found = evaluate(cohort(separated=True), score="egfr_dls", label="egfr_status")
    assert any(text.startswith("AUC of EGFR-DLS: no CI or p") for text in found.groups[0].cautions)


def test_readers_who_agree_completely_have_no_interval() -> None:
    found = icc21(np.array([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]))
    assert (found.estimate, found.low, found.high) == (1.0, None, None)


def test_a_join_says_how_many_it_found_and_none_is_refused() -> None:
    ours = pd.DataFrame({"patient_id": ["1", "2", "3"]})
    found = join(ours, pd.DataFrame({"patient_id": ["2", "2", "9"]}), "The slice table")
    assert (found.n_both, found.n_cohort_only, found.n_other_only) == (1, 2, 1)
    with pytest.raises(CohortError, match=r"'001' and '1' for example.*zeros in front"):
        join(ours, pd.DataFrame({"patient_id": ["001", "002"]}), "The slice table")
    with pytest.raises(CohortError, match="1 have none"):
        join(ours, pd.DataFrame({"patient_id": ["1", None]}), "The slice table")


def test_a_logistic_fit_is_as_in_scikit_learn_when_that_goes_to_the_maximum() -> None:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(300, 4))
    positive = rng.random(300) < 1 / (1 + np.exp(-x @ [1.0, -0.5, 0.2, 0.0]))
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(x, positive)
    ours = fit_logistic(x, positive)
    assert [ours.intercept, *ours.coef] == pytest.approx(
        [theirs.intercept_[0], *theirs.coef_[0]], rel=1e-6
    )


@pytest.mark.parametrize("columns", [("t", "t"), ("t", "e", "t"), ("t", "e", "e")])
def test_one_column_is_not_time_and_event(columns: tuple[str, ...]) -> None:
    with pytest.raises(CohortError, match="must be columns of their own, found t"):
        Endpoint(*columns)
