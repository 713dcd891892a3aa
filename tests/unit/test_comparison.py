"""Comparing groups: what is given, what is withheld and why."""

import numpy as np
import pandas as pd
import pytest

from dss_core.cohort.selection import parse
from dss_core.errors import CohortError
from dss_core.records import Group
from dss_core.survival.cohort_position import Match, PatientScore, place
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import PFS, Endpoint
from dss_core.survival.grouping import group_by
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
