"""Survival statistics against R `survival`, `survRM2` and `pROC`, and scikit-survival.

The numbers stand in `survival/*.json`, each beside the script that made it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dss_core.cohort.release_location import Release
from dss_core.cohort.releases import read_release
from dss_core.cohort.selection import parse
from dss_core.statistics.concordance import auc_at, harrell_c, uno_c
from dss_core.statistics.contrasts import (
    RmstDifference,
    common_tau,
    logrank,
    restricted_mean,
    rmst_difference,
)
from dss_core.statistics.cox import CoxFit, fit_cox
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import Curve, kaplan_meier
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import PFS, follow_up
from dss_core.survival.grouping import group_by
from dss_core.survival.regression import interaction

HERE = Path(__file__).parent / "survival"
R = json.loads((HERE / "reference.json").read_text())
PEERS = json.loads((HERE / "peers.json").read_text())
SURVRM2 = json.loads((HERE / "survrm2.json").read_text())
EXACT = {"rel": 1e-7, "abs": 1e-9}


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    return pd.read_csv(HERE / "lung.csv")


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(HERE / "veteran.csv")


def sample_of(table: pd.DataFrame, *, delayed: bool = False) -> Sample:
    entry = table["entry"].to_numpy(float) if delayed else np.empty(0)
    return Sample(table["time"].to_numpy(float), table["status"].to_numpy(bool), entry)


def assert_curve(curve: Curve, expected: dict[str, Any], tau: float) -> None:
    assert (curve.n, curve.n_events) == (expected["n"], expected["events"])
    median = curve.median
    assert_time(curve, median.estimate, expected["median"], curve.survival)
    assert_time(curve, median.low, expected["median_low"], curve.low)
    assert_time(curve, median.high, expected["median_high"], curve.high)
    times = np.atleast_1d(expected["times"])
    for i, time in enumerate(times):
        value = curve.at(float(time))
        for ours, key in ((value.estimate, "survival"), (value.low, "low"), (value.high, "high")):
            assert ours == pytest.approx(np.atleast_1d(expected[key])[i], **EXACT)
    mean, variance = restricted_mean(curve, tau)
    assert mean == pytest.approx(expected["rmean"], **EXACT)
    assert np.sqrt(variance) == pytest.approx(expected["rmean_se"], **EXACT)


def assert_time(
    curve: Curve, ours: float | None, expected: float | None, level: np.ndarray
) -> None:
    """Equal to R, whose value is the middle of the stretch where a curve is flat at one half."""
    if ours is None or expected is None:
        assert ours == expected
        return
    at = level[np.searchsorted(curve.time, ours)]
    if at == pytest.approx(0.5, abs=1e-8):
        ours = (ours + curve.time[np.flatnonzero(level < at - 1e-8)[0]]) / 2
    assert ours == pytest.approx(expected, **EXACT)


def assert_model(fit: CoxFit, expected: dict[str, Any]) -> None:
    effects = fit.effects()
    for key in ("hr", "low", "high", "p"):
        ours = [getattr(effect, key) for effect in effects]
        assert ours == pytest.approx(np.atleast_1d(expected[key]), rel=1e-6)
    assert fit.loglik == pytest.approx(expected["loglik"][1], **EXACT)
    assert fit.loglik_null == pytest.approx(expected["loglik"][0], **EXACT)
    assert fit.ph_p is not None
    assert [*fit.ph_p, fit.ph_global_p] == pytest.approx(
        [*expected["ph_p"][: len(effects)], expected["ph_p"][-1]], rel=1e-6
    )


def assert_two_groups(sample: Sample, second: np.ndarray, expected: dict[str, Any]) -> None:
    curves = [kaplan_meier(sample.take(second == flag)) for flag in (False, True)]
    assert common_tau(curves) == pytest.approx(expected["tau"], **EXACT)
    for curve, values in zip(curves, expected["groups"], strict=True):
        assert_curve(curve, values, expected["tau"])
    test = logrank(sample, second.astype(int))
    assert test.chi2 == pytest.approx(expected["logrank_chi2"], **EXACT)
    assert test.p == pytest.approx(expected["logrank_p"], rel=1e-6)
    assert_model(fit_cox(sample, second[:, None].astype(float), ("group",)), expected["cox"])


def test_lung_by_sex_is_as_in_r(lung: pd.DataFrame) -> None:
    assert_two_groups(sample_of(lung), (lung["sex"] == 2).to_numpy(), R["lung"]["by_sex"])


def test_veteran_by_treatment_is_as_in_r(veteran: pd.DataFrame) -> None:
    expected = R["veteran"]["by_treatment"]
    assert_two_groups(sample_of(veteran), (veteran["trt"] == 2).to_numpy(), expected)


@pytest.mark.parametrize(
    ("key", "columns", "strata", "delayed"),
    [
        ("multivariable", ("age", "sex", "ph.karno"), None, False),
        ("stratified", ("age", "sex"), "ph.ecog", False),
        ("truncated", ("age", "sex"), None, True),
    ],
)
def test_cox_models_of_lung_are_as_in_r(
    lung: pd.DataFrame, key: str, columns: tuple[str, ...], strata: str | None, delayed: bool
) -> None:
    layers = lung[strata].to_numpy(int) if strata else None
    x = lung[list(columns)].to_numpy(float)
    assert_model(fit_cox(sample_of(lung, delayed=delayed), x, columns, layers), R["lung"][key])


def test_interaction_model_of_lung_is_as_in_r(lung: pd.DataFrame) -> None:
    x = np.column_stack([lung["age"], lung["sex"], lung["age"] * lung["sex"]]).astype(float)
    assert_model(fit_cox(sample_of(lung), x, ("age", "sex", "both")), R["lung"]["interaction"])


@pytest.mark.parametrize(
    ("key", "columns", "strata", "delayed"),
    [
        ("multivariable", ("trt", "karno", "age"), None, False),
        ("stratified", ("trt", "karno"), "squamous", False),
        ("truncated", ("trt", "karno"), None, True),
    ],
)
def test_cox_models_of_veteran_with_many_ties_are_as_in_r(
    veteran: pd.DataFrame, key: str, columns: tuple[str, ...], strata: str | None, delayed: bool
) -> None:
    layers = veteran[strata].to_numpy(int) if strata else None
    x = veteran[list(columns)].to_numpy(float)
    fit = fit_cox(sample_of(veteran, delayed=delayed), x, columns, layers)
    assert_model(fit, R["veteran"][key])


@pytest.mark.parametrize(("name", "column", "at"), [("lung", "sex", 180), ("veteran", "karno", 60)])
def test_landmark_analyses_are_as_in_r(
    name: str, column: str, at: float, request: pytest.FixtureRequest
) -> None:
    table = request.getfixturevalue(name)
    sample, rows = sample_of(table).landmark(at)
    x = table[[column]].to_numpy(float)[rows]
    assert_model(fit_cox(sample, x, (column,)), R[name][f"landmark_{at}"])


def test_logrank_of_four_groups_and_within_strata_is_as_in_r(
    lung: pd.DataFrame, veteran: pd.DataFrame
) -> None:
    ecog, sex = lung["ph.ecog"].to_numpy(int), lung["sex"].to_numpy(int)
    sample = sample_of(lung)
    assert logrank(sample, ecog).chi2 == pytest.approx(R["lung"]["ecog_chi2"], **EXACT)
    assert logrank(sample, sex, ecog).chi2 == pytest.approx(R["lung"]["stratified_chi2"], **EXACT)
    cells = logrank(
        sample_of(veteran), veteran["squamous"].to_numpy(int), veteran["trt"].to_numpy(int)
    )
    assert cells.chi2 == pytest.approx(R["veteran"]["cell_chi2"], **EXACT)


def test_left_truncated_curve_of_lung_is_as_in_r(lung: pd.DataFrame) -> None:
    expected = R["lung"]["truncated_curve"]
    curve = kaplan_meier(sample_of(lung, delayed=True))
    for i, time in enumerate(expected["times"]):
        value = curve.at(time)
        assert value.estimate == pytest.approx(expected["survival"][i], **EXACT)
        assert value.low == pytest.approx(expected["low"][i], **EXACT)
        assert value.high == pytest.approx(expected["high"][i], **EXACT)
    counts = [c.at_risk for c in curve.counts_at(expected["times"])]
    assert counts == expected["at_risk"]


def test_concordance_is_as_in_r(lung: pd.DataFrame, veteran: pd.DataFrame) -> None:
    sample, age = sample_of(lung), lung["age"].to_numpy(float)
    karno = lung["ph.karno"].to_numpy(float)
    assert harrell_c(sample, age) == pytest.approx(R["lung"]["harrell_age"], **EXACT)
    assert uno_c(sample, age) == pytest.approx(R["lung"]["uno_age"], **EXACT)
    assert uno_c(sample, karno) == pytest.approx(R["lung"]["uno_karno"], **EXACT)
    frailty = -veteran["karno"].to_numpy(float)
    assert harrell_c(sample_of(veteran), frailty) == pytest.approx(
        R["veteran"]["harrell_karno"], **EXACT
    )
    assert uno_c(sample_of(veteran), frailty) == pytest.approx(R["veteran"]["uno_karno"], **EXACT)


@pytest.mark.parametrize(("name", "column", "sign"), [("lung", "age", 1), ("veteran", "karno", -1)])
def test_time_dependent_auc_is_as_in_scikit_survival(
    name: str, column: str, sign: int, request: pytest.FixtureRequest
) -> None:
    # scikit-survival weights with G(t), we with G(t-) as Uno does: equal to the third decimal
    table = request.getfixturevalue(name)
    ours = auc_at(sample_of(table), sign * table[column].to_numpy(float), PEERS[name]["times"])
    assert [a.auc for a in ours] == pytest.approx(PEERS[name]["auc"], abs=3e-4)


def assert_rmst(found: RmstDifference, expected: dict[str, Any]) -> None:
    for name in ("tau", "estimate", "low", "high", "p"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "column", "value"), [("pbc", "arm", 1), ("lung", "sex", 2), ("veteran", "trt", 2)]
)
def test_restricted_means_are_as_in_survrm2(name: str, column: str, value: int) -> None:
    table, expected = pd.read_csv(HERE / f"{name}.csv"), SURVRM2[name][column]
    second = (table[column] == value).to_numpy()
    curves = [kaplan_meier(sample_of(table).take(rows)) for rows in (~second, second)]
    means = [restricted_mean(curve, expected["tau"]) for curve in curves]
    assert [mean for mean, _ in means] == pytest.approx(expected["mean"], rel=1e-9)
    assert np.sqrt([variance for _, variance in means]) == pytest.approx(expected["se"], rel=1e-9)
    assert_rmst(rmst_difference(curves[0], curves[1], expected["tau"]), expected)


def test_published_example_of_survrm2_is_reproduced_to_the_last_digit() -> None:
    # the package's vignette "Comparing two survival curves using the restricted mean survival
    # time" (21 February 2017), section 4: pbc, tau 10 years, arm 1 minus arm 0
    table = pd.read_csv(HERE / "pbc.csv")
    second = (table["arm"] == 1).to_numpy()
    first, treated = (kaplan_meier(sample_of(table).take(rows)) for rows in (~second, second))
    mean, variance = restricted_mean(treated, 10.0)
    assert (round(mean, 3), round(variance**0.5, 3)) == (7.146, 0.283)
    mean, variance = restricted_mean(first, 10.0)
    assert (round(mean, 3), round(variance**0.5, 3)) == (7.283, 0.295)
    found = rmst_difference(first, treated, 10.0)
    shown = [round(x, 3) for x in (found.estimate, found.low, found.high, found.p)]
    assert shown == [-0.137, -0.939, 0.665, 0.738]


RELEASE_ROWS = {
    "tki": "treatment=='EGFR-TKI'",
    "ici": "treatment=='ICI'",
    "ici_adenocarcinoma": "treatment=='ICI' and histology=='adenocarcinoma'",
    "ici_squamous": "treatment=='ICI' and histology=='squamous'",
    "ici_pdl1_negative": "treatment=='ICI' and pdl1_status=='negative'",
    "ici_pdl1_positive": "treatment=='ICI' and pdl1_status=='positive'",
}


@pytest.fixture(scope="module")
def release(shared_data: Path) -> pd.DataFrame:
    return read_release(shared_data / "lungegfr", Release.LUNGEGFR).cohort.table


@pytest.mark.parametrize("key", list(RELEASE_ROWS))
def test_released_cohort_is_as_in_r(key: str, release: pd.DataFrame) -> None:
    expected = R["release"][key]
    result = compare(
        release,
        PFS,
        group_by(release, parse("egfr_dls>=0.5")),
        where=parse(RELEASE_ROWS[key]),
    )
    for curve, values in zip(result.curves, expected["groups"], strict=True):
        assert_curve(curve, values, expected["tau"])
    assert result.cox is not None
    assert result.rmst is not None
    assert result.cox.hr == pytest.approx(expected["cox"]["hr"], rel=1e-6)
    assert result.cox.high == pytest.approx(expected["cox"]["high"], rel=1e-6)
    assert result.ph_p == pytest.approx(expected["cox"]["ph_p"][0], rel=1e-6)
    assert result.logrank_p == pytest.approx(expected["logrank_p"], rel=1e-6)
    first, second = expected["groups"]
    assert result.rmst.estimate == pytest.approx(second["rmean"] - first["rmean"], rel=1e-6)
    assert_rmst(result.rmst, SURVRM2["release"][key])


def test_stratified_and_landmark_analyses_of_the_release_are_as_in_r(
    release: pd.DataFrame,
) -> None:
    grouping, ici = group_by(release, parse("egfr_dls>=0.5")), parse("treatment=='ICI'")
    layered = compare(release, PFS, grouping, where=ici, strata="histology")
    later = compare(release, PFS, grouping, where=ici, landmark=3.0)
    assert layered.logrank is not None
    assert layered.logrank.chi2 == pytest.approx(R["release"]["ici_within_histology_chi2"], **EXACT)
    for result, key in ((layered, "ici_within_histology"), (later, "ici_landmark_3")):
        expected = R["release"][key]
        assert result.cox is not None
        assert [result.cox.hr, result.cox.low, result.cox.high] == pytest.approx(
            [expected[name] for name in ("hr", "low", "high")], rel=1e-6
        )
        assert result.ph_p == pytest.approx(expected["ph_p"][0], rel=1e-6)


def test_interaction_with_treatment_in_the_release_is_as_in_r(release: pd.DataFrame) -> None:
    grouping = group_by(release, parse("egfr_dls>=0.5"))
    found = interaction(release, PFS, grouping, ("ICI", "EGFR-TKI")).ratio
    expected = R["release"]["interaction"]
    assert [found.hr, found.low, found.high, found.p] == pytest.approx(
        [expected[name][2] for name in ("hr", "low", "high", "p")], rel=1e-6
    )


def test_multivariable_model_of_the_release_is_as_in_r(release: pd.DataFrame) -> None:
    chosen = (release["treatment"] == "ICI") & release["age_years"].notna()
    rows = release[chosen.to_numpy(bool, na_value=False)]
    flags = ("egfr_dls>=0.5", "sex=='male'", "histology=='squamous'", "smoking=='ever'")
    high, *rest = (parse(text).select(rows).to_numpy(float) for text in flags)
    age, suvmax = (rows[name].to_numpy(float) for name in ("age_years", "suvmax"))
    sample, followed = follow_up(rows, PFS)
    assert followed.all()
    x = np.column_stack([high, age, *rest, suvmax])
    names = ("high", "age", "male", "squamous", "ever", "suvmax")
    assert_model(fit_cox(sample, x, names), R["release"]["multivariable"])


def test_concordance_of_the_release_is_as_in_r(release: pd.DataFrame) -> None:
    rows = release[(release["treatment"] == "ICI").to_numpy(bool, na_value=False)]
    sample, _ = follow_up(rows, PFS)
    score = rows["egfr_dls"].to_numpy(float)
    assert harrell_c(sample, score) == pytest.approx(R["release"]["ici_harrell"], **EXACT)
    assert uno_c(sample, score) == pytest.approx(R["release"]["ici_uno"], **EXACT)


def test_auc_intervals_of_the_release_are_as_in_proc(release: pd.DataFrame) -> None:
    for key, expected in R["release"]["auc"].items():
        column = "split" if key in ("training", "validation") else "cohort"
        rows = release[(release[column] == key) & release["egfr_status"].notna()]
        auc = auc_delong(
            rows["egfr_dls"].to_numpy(float), rows["egfr_status"].eq("mutant").to_numpy(bool)
        )
        assert [auc.estimate, auc.low, auc.high] == pytest.approx(expected, rel=1e-9)
