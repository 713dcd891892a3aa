"""What cannot be computed is withheld for its true reason."""

import numpy as np
import pandas as pd
import pytest

from dss_core.errors import CohortError
from dss_core.evaluation.associations import associations
from dss_core.survival.endpoint import Endpoint
from dss_core.survival.regression import model_table
from dss_core.survival.strata import Strata, divide

N = 60


def patients() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "t": rng.exponential(9.0, N) + 0.1,
            "e": 1,
            "egfr_dls": rng.random(N),
            "sex": ["male", "female"] * (N // 2),
            "histology": ["adenocarcinoma", "squamous", "other"] * (N // 3),
            "suvmax": rng.uniform(2.0, 20.0, N),
        }
    )


def test_a_score_that_is_the_same_in_all_patients_is_not_tested() -> None:
    found = associations(patients().assign(egfr_dls=0.5), "egfr_dls")
    assert {one.variable for one in found} == {"sex", "histology", "suvmax"}
    assert all(one.p is one.p_holm is one.p_fdr is None for one in found)
    assert all("differ" in (one.withheld or "") for one in found)


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ({"egfr_dls": np.nan}, "60 (the value that forms groups is missing)"),
        ({"entry": 900.0}, "60 (entry is not before t)"),
        ({"sex": None}, "60 (sex is missing)"),
    ],
)
def test_a_model_of_nobody_says_why_each_was_left_out(
    without: dict[str, object], reason: str
) -> None:
    table = patients().assign(entry=0.0).assign(**without)
    grouping = divide(table, Strata.EGFR_DLS)
    with pytest.raises(CohortError) as refused:
        model_table(table, Endpoint("t", "e", "entry"), grouping, ("sex",))
    assert f"left out: {reason}" in str(refused.value)
