"""Survival and discrimination on samples small enough to count by hand."""

import numpy as np
import pytest

from dss_core.errors import CohortError
from dss_core.statistics.calibration import calibrate
from dss_core.statistics.concordance import harrell_c
from dss_core.statistics.contrasts import logrank, rmst_difference
from dss_core.statistics.cox import fit_cox, two_group_cox
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_core.statistics.proportions import wilson
from dss_core.survival.endpoint import PFS
from dss_core.survival.regression import interaction, model_table
from dss_core.survival.strata import Strata, divide
from tests.unit.test_comparison import cohort


def test_median_and_log_log_limits_of_a_textbook_sample() -> None:
    # 6-MP arm of Freireich's leukaemia trial: Kalbfleisch and Prentice 1980, median 23 weeks
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(Sample(np.array(time, float), np.array(event, bool)))
    assert curve.median.estimate == 23
    # survival after 6 weeks is 18/21
    assert curve.at(6).estimate == pytest.approx(18 / 21)
    assert curve.at(10).estimate == pytest.approx(18 / 21 * 16 / 17 * 14 / 15)


def test_kmunicate_counts_add_up_at_every_time() -> None:
    table = cohort(60, 0)
    sample = Sample(table["pfs_months"].to_numpy(), table["pfs_event"].to_numpy(bool))
    for counts in kaplan_meier(sample).counts_at([0.0, 3.0, 12.0, 40.0]):
        leaving_now = int((sample.time == counts.time).sum())
        assert counts.at_risk + counts.censored + counts.events - leaving_now == 60


def test_negative_or_missing_times_are_refused() -> None:
    with pytest.raises(CohortError, match="finite and not negative"):
        Sample(np.array([-1.0]), np.array([True]))
    with pytest.raises(CohortError, match="equally many"):
        Sample(np.array([1.0, 2.0]), np.array([True]))
    with pytest.raises(CohortError, match="before the end of follow-up"):
        Sample(np.array([1.0]), np.array([True]), np.array([2.0]))


def test_a_model_without_events_or_variation_is_refused() -> None:
    time = np.arange(1.0, 21.0)
    with pytest.raises(CohortError, match="needs events"):
        two_group_cox(Sample(time, np.zeros(20, bool)), time > 10)
    with pytest.raises(CohortError, match="same in all patients"):
        fit_cox(Sample(time, np.ones(20, bool)), np.ones((20, 1)), ("x",))
    with pytest.raises(CohortError, match="no finite estimate"):
        x = np.column_stack([time % 3, time % 3])
        fit_cox(Sample(time, np.ones(20, bool)), x, ("x", "x again"))
    with pytest.raises(CohortError, match="needs two groups"):
        logrank(Sample(time, np.ones(20, bool)), np.zeros(20, int))


def test_a_horizon_beyond_follow_up_is_refused() -> None:
    curve = kaplan_meier(Sample(np.arange(1.0, 21.0), np.ones(20, bool)))
    with pytest.raises(CohortError, match="within the follow-up"):
        rmst_difference(curve, curve, 25.0)


def test_restricted_mean_without_censoring_is_the_mean_of_the_cut_times() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.exponential(5, 80), rng.exponential(9, 80)
    first, second = (kaplan_meier(Sample(t, np.ones(80, bool))) for t in (a, b))
    found = rmst_difference(first, second, 6.0)
    assert found.estimate == pytest.approx(np.minimum(b, 6).mean() - np.minimum(a, 6).mean())


def test_small_levels_are_left_out_of_a_model_and_named() -> None:
    table = cohort(100, 100).assign(stage=["I"] * 4 + ["III"] * 40 + ["IV"] * 156)
    model = model_table(table, PFS, divide(table, Strata.EGFR_DLS), ["stage", "age_years"])
    assert model.n == 196
    assert model.n_incomplete == 4
    assert any("stage I: 4 patients" in note for note in model.notes)
    assert [row.term for row in model.rows][1] == "stage: III (vs IV)"


def test_a_group_under_ten_gets_no_hazard_ratio_in_a_model() -> None:
    table = cohort(100, 8)
    model = model_table(table, PFS, divide(table, Strata.EGFR_DLS), ["age_years"])
    assert model.n == 100
    assert [row.term for row in model.rows] == ["Age, per 10 years"]
    assert "EGFR-DLS high: 8 patients, left out." in model.notes


def test_interaction_needs_ten_patients_in_each_cell() -> None:
    table = cohort(200, 200)
    found = interaction(table, PFS, divide(table, Strata.EGFR_DLS), ("ICI", "EGFR-TKI"))
    assert found.n == 400
    # treatment was drawn at random, so the true ratio is 1
    assert found.ratio.low < 1 < found.ratio.high
    small = cohort(200, 12)
    with pytest.raises(CohortError, match="needs 10 patients"):
        interaction(small, PFS, divide(small, Strata.EGFR_DLS), ("ICI", "EGFR-TKI"))


def test_auc_counts_pairs_won_with_ties_as_half() -> None:
    score = np.array([0.1, 0.4, 0.4, 0.8, 0.9])
    positive = np.array([False, False, True, True, True])
    # pairs: (.4 vs .1) 1, (.4 vs .4) .5, (.8, .9) all won: 5.5 of 6
    assert auc_delong(score, positive).estimate == pytest.approx(5.5 / 6)
    with pytest.raises(CohortError, match="two positive and two negative"):
        auc_delong(score[:3], positive[:3])


def test_wilson_interval_of_a_known_case() -> None:
    # Newcombe, Stat Med 1998;17:857, table I: 81 of 263 gives 0.2553 to 0.3662
    found = wilson(81, 263)
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)


def test_calibration_of_true_probabilities_has_slope_one() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 2, 20000)
    fit = calibrate(p, rng.random(20000) < p)
    assert fit.slope.low is not None
    assert fit.slope.high is not None
    assert fit.slope.low < 1 < fit.slope.high
    with pytest.raises(CohortError, match="separates positive and negative patients"):
        calibrate(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))


def test_concordance_needs_comparable_pairs() -> None:
    with pytest.raises(CohortError, match="pairs of patients"):
        harrell_c(Sample(np.array([1.0, 1.0]), np.array([True, True])), np.array([0.1, 0.2]))
