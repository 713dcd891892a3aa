"""Survival statistics of the authors' release against R `survival` and `pROC`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dss_core.cohort.release_location import Release
from dss_core.cohort.releases import read_release
from dss_core.cohort.selection import parse
from dss_core.statistics.concordance import harrell_c, uno_c
from dss_core.statistics.cox import fit_cox
from dss_core.statistics.discrimination import auc_delong
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import PFS, follow_up
from dss_core.survival.grouping import group_by
from dss_core.survival.regression import interaction
from tests.reference.survival_assertions import (
    EXACT,
    SURVRM2,
    R,
    assert_curve,
    assert_model,
    assert_rmst,
)

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
