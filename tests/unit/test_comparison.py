"""Comparing groups: what is given, what is withheld and why."""

import numpy as np
import pandas as pd
import pytest

from dss_core.cohort.selection import parse
from dss_core.errors import CohortError
from dss_core.records import Group
from dss_core.statistics.calibration import calibrate
from dss_core.statistics.concordance import harrell_c
from dss_core.statistics.contrasts import logrank, rmst_difference
from dss_core.statistics.cox import fit_cox, two_group_cox
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_core.statistics.proportions import wilson
from dss_core.survival.cohort_position import Match, PatientScore, place
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import PFS, Endpoint
from dss_core.survival.grouping import group_by
from dss_core.survival.regression import interaction, model_table
from dss_core.survival.result_text import Outcome, headline, p_value, past_patients
from dss_core.survival.strata import Strata, divide


def cohort(n_low: int, n_high: int, seed: int = 0) -> pd.DataFrame:
    """Exponential PFS, twice the hazard in DLS-high; a third are censored."""
    rng = np.random.default_rng(seed)
    n = n_low + n_high
    high = np.arange(n) >= n_low
    time = rng.exponential(np.where(high, 6.0, 12.0))
    end = rng.uniform(0, 30, n)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(n)],
            "egfr_dls": np.where(high, 0.7, 0.3),
            "age_years": np.round(rng.normal(65, 8, n)),
            "sex": rng.choice(["female", "male"], n),
            "treatment": rng.choice(["ICI", "EGFR-TKI"], n),
            "pfs_months": np.minimum(time, end),
            "pfs_event": (time <= end).astype(int),
        }
    )


def ask(table: pd.DataFrame, **more: object) -> Comparison:
    return compare(table, PFS, group_by(table, parse("egfr_dls>=0.5")), **more)  # type: ignore[arg-type]


def test_groups_come_false_then_true_and_the_second_is_compared_with_the_first() -> None:
    result = ask(cohort(200, 200)).to_json()
    assert [g["label"] for g in result["groups"]] == ["egfr_dls < 0.5", "egfr_dls >= 0.5"]
    assert [g["n"] for g in result["groups"]] == [200, 200]
    # the hazard was made twice as high in the second group
    assert result["cox"]["ci"][0] < 2 < result["cox"]["ci"][1]
    assert result["cox"]["hr"] > 1
    assert result["rmst_difference"]["estimate"] < 0
    assert result["suppressed"] == []


@pytest.mark.parametrize("n_high", [0, 1, 9])
def test_a_group_under_ten_gets_curves_but_no_p_and_no_hazard_ratio(n_high: int) -> None:
    found = ask(cohort(50, n_high))
    result = found.to_json()
    assert result["groups"][1]["n"] == n_high
    assert result["suppressed"] == ["logrank_p", "cox", "ph_p", "rmst_difference"]
    assert result["logrank_p"] is None
    assert result["cox"] == {"hr": None, "ci": None, "p": None}
    assert result["ph_p"] is None
    assert found.notes[1].startswith(
        "logrank_p, cox, ph_p, rmst_difference not reported: Fewer than 10 patients in"
    )


def test_ten_patients_are_enough() -> None:
    assert ask(cohort(50, 10)).cox is not None


def test_a_moved_cut_off_gives_no_tests() -> None:
    result = ask(cohort(50, 50), exploratory=True)
    assert result.logrank is None
    assert "Exploratory" in result.suppressed[0].reason


def test_a_group_without_events_has_no_hazard_ratio_but_a_log_rank_test() -> None:
    table = cohort(40, 40)
    table.loc[table["egfr_dls"] > 0.5, "pfs_event"] = 0
    result = ask(table)
    assert result.cox is None
    assert result.logrank_p is not None
    assert [s.what for s in result.suppressed] == ["cox", "ph_p"]


def test_missing_follow_up_and_missing_groups_are_left_out_and_counted() -> None:
    table = cohort(30, 30)
    table["egfr_dls"] = table["egfr_dls"].astype("Float64")
    table.loc[0, ["pfs_months", "pfs_event"]] = np.nan
    table.loc[1, "egfr_dls"] = pd.NA
    result = ask(table)
    assert (result.n_selected, result.n_missing) == (60, 2)
    assert sum(curve.n for curve in result.curves) == 58


def test_survival_beyond_follow_up_is_not_given() -> None:
    table = cohort(30, 30)
    table["pfs_months"] = np.minimum(table["pfs_months"], 11.0)
    table.loc[table["pfs_months"] == 11.0, "pfs_event"] = 0
    at = ask(table).to_json()["groups"][0]["survival_at"]
    assert at["6"]["estimate"] is not None
    reason = "Nobody is at risk after 11."
    assert at["12"] == {"estimate": None, "ci": None, "reason": reason}


def test_a_table_without_follow_up_is_refused_by_its_columns() -> None:
    table = cohort(20, 20).assign(pfs_months=np.nan)
    with pytest.raises(CohortError, match="no patient has both pfs_months and pfs_event"):
        ask(table)


def test_nobody_selected_is_refused() -> None:
    with pytest.raises(CohortError, match="No patients left"):
        ask(cohort(20, 20), where=parse("age_years>200"))


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        (Endpoint("no", "pfs_event"), "no column 'no'"),
        (Endpoint("sex", "pfs_event"), "must hold numbers"),
        (Endpoint("pfs_months", "age_years"), "1 for an event and 0 for censoring"),
    ],
)
def test_an_unfit_endpoint_is_refused(endpoint: Endpoint, message: str) -> None:
    table = cohort(20, 20)
    with pytest.raises(CohortError, match=message):
        compare(table, endpoint, group_by(table, parse("egfr_dls>=0.5")))


def test_a_landmark_keeps_only_those_still_followed() -> None:
    table = cohort(100, 100)
    result = ask(table, landmark=3.0)
    assert sum(c.n for c in result.curves) == int((table["pfs_months"] > 3).sum())
    assert result.curves[0].at(3.0).estimate is None
    assert result.curves[0].at(4.0).estimate is not None


def test_four_groups_get_a_log_rank_test_and_no_hazard_ratio() -> None:
    rng = np.random.default_rng(1)
    table = cohort(100, 100).assign(pdl1_dls=rng.random(200))
    result = compare(table, PFS, divide(table, Strata.BOTH_SCORES))
    assert [c.label for c in result.curves] == [
        "EGFR low / PD-L1 high",
        "EGFR low / PD-L1 low",
        "EGFR high / PD-L1 high",
        "EGFR high / PD-L1 low",
    ]
    assert result.logrank_p is not None
    assert result.cox is None


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


def test_a_patient_is_placed_by_weights_interval_and_differences() -> None:
    table = cohort(90, 10).assign(histology=["adenocarcinoma"] * 97 + ["squamous"] * 3)
    patient = PatientScore(0.52, 0.45, 0.6, "demo", {"histology": "squamous", "age_years": 20})
    found = place(table, ("demo",), patient, 0.5)
    assert found.match is Match.SAME_WEIGHTS
    assert found.group is Group.INDETERMINATE
    assert found.percentile == 90
    assert "3 of 100 past patients" in found.differences[0]
    assert "Age at imaging" in found.differences[1]
    assert place(table, ("mu2020",), patient, 0.5).match is Match.DEMONSTRATION
    assert place(table, (), patient, 0.5).match is Match.DEMONSTRATION


def test_a_place_among_past_patients_counts_only_those_with_a_score() -> None:
    table = cohort(6, 4)
    table.loc[table.index[:2], "egfr_dls"] = None
    scores = table["egfr_dls"].dropna()
    patient = PatientScore(float(scores.median()) + 0.001, None, None, "demo", {})
    found = place(table, ("demo",), patient, 0.5)
    assert found.n_scored == len(scores) == 8
    assert found.percentile == 100 * (scores < patient.dls).sum() / 8


def test_sentences_say_what_the_numbers_say() -> None:
    result = ask(cohort(200, 200))
    sentence = headline(result, Outcome.PFS)
    assert sentence.startswith("Progression-free survival was shorter in egfr_dls >= 0.5")
    alike = cohort(200, 0)
    alike.loc[::2, "egfr_dls"] = 0.7
    assert "not clearly different" in headline(ask(alike), Outcome.PFS)
    assert "Fewer than 10" in headline(ask(cohort(40, 3)), Outcome.PFS)
    curve = result.curves[1]
    assert f"Of {curve.n} past patients" in past_patients(curve, Outcome.PFS, 12)
    assert p_value(0.00001) == "p < 0.001"
    assert p_value(0.0263) == "p = 0.026"
    assert p_value(0.32) == "p = 0.32"
