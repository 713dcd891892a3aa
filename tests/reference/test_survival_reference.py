"""Survival statistics against R `survival`, `survRM2` and `pROC`, and scikit-survival.

The numbers stand in `survival/*.json`, each beside the script that made it.
"""

import numpy as np
import pandas as pd
import pytest

from dss_core.statistics.concordance import auc_at, harrell_c, uno_c
from dss_core.statistics.contrasts import (
    logrank,
    restricted_mean,
    rmst_difference,
)
from dss_core.statistics.cox import fit_cox
from dss_core.statistics.kaplan_meier import kaplan_meier
from tests.reference.survival_assertions import (
    EXACT,
    HERE,
    PEERS,
    SURVRM2,
    R,
    assert_model,
    assert_rmst,
    assert_two_groups,
    sample_of,
)


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    return pd.read_csv(HERE / "lung.csv")


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(HERE / "veteran.csv")


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
