"""Agreement of readers against published and independently computed numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.errors import CohortError
from dss_core.evaluation.reader_agreement import agreement, bland_altman, icc21

# Shrout and Fleiss, Psychol Bull 86:420 (1979), table 2: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def test_icc_of_shrout_and_fleiss_is_the_published_one() -> None:
    found = icc21(SHROUT_FLEISS)
    assert found.estimate == pytest.approx(0.29, abs=0.005)
    # pingouin 0.7.0 intraclass_corr, ICC(A,1): 0.289764, [0.02, 0.76].
    assert found.estimate == pytest.approx(0.289764, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.02, 0.76), abs=0.005)


@given(
    arrays(np.float64, (7, 3), elements=st.floats(0.05, 0.95)).filter(lambda a: a.std() > 0.02),
    st.permutations(range(3)),
)
def test_icc_does_not_depend_on_the_order_of_readers_or_a_common_shift(
    ratings: np.ndarray, order: list[int]
) -> None:
    found = icc21(ratings)
    other = icc21(ratings[:, order] * 2.0 + 5.0)
    assert other.estimate == pytest.approx(found.estimate, abs=1e-6)
    assert found.low <= found.estimate + 1e-9 and found.estimate <= found.high + 1e-9


def test_readers_who_agree_fully_have_an_icc_of_one_and_no_bias() -> None:
    one = np.array([0.1, 0.4, 0.8, 0.3])
    assert icc21(np.stack([one, one], axis=1)).estimate == 1.0
    pair = bland_altman(one, one, "A", "B")
    assert (pair.bias.estimate, pair.lower_limit.estimate) == (0.0, 0.0)


def test_a_constant_offset_lowers_the_icc_and_is_the_bias() -> None:
    one = np.linspace(0.2, 0.7, 11)
    found = icc21(np.stack([one, one + 0.2], axis=1))
    # Means of squares by hand: rows 2 var, columns n d^2 / 2, error 0.
    rows, columns = 2 * one.var(ddof=1), 11 * 0.2**2 / 2
    assert found.estimate == pytest.approx(rows / (rows + 2 * columns / 11))
    assert bland_altman(one + 0.2, one, "B", "A").bias.estimate == pytest.approx(0.2)


def test_limits_of_agreement_are_those_of_bland_and_altman() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.random(40), rng.random(40)
    found, d = bland_altman(a, b, "A", "B"), a - b
    assert found.upper_limit.estimate == pytest.approx(d.mean() + 1.96 * d.std(ddof=1))
    # Variance of a limit (section 2.1): (1/n + 1.96^2 / 2(n-1)) s^2; t(39) = 2.0227.
    half = 2.0227 * d.std(ddof=1) * np.sqrt(1 / 40 + 1.96**2 / 78)
    assert found.upper_limit.high == pytest.approx(found.upper_limit.estimate + half, rel=1e-4)
    assert found.bias.low == pytest.approx(
        d.mean() - 2.0227 * d.std(ddof=1) / np.sqrt(40), rel=1e-4
    )


def table(**columns: list) -> pd.DataFrame:
    base = {"case": list("aabbcc"), "reader": ["1", "2"] * 3, "egfr_dls": list("123456")}
    values = {**base, "egfr_dls": ["0.1", "0.2", "0.5", "0.5", "0.9", "0.7"], **columns}
    return pd.DataFrame(values)


def test_table_of_readings_gives_ratings_by_case_and_reader() -> None:
    (found,) = agreement(table())
    assert found.cases == ("a", "b", "c") and found.readers == ("1", "2")
    assert found.ratings.tolist() == [[0.1, 0.2], [0.5, 0.5], [0.9, 0.7]]
    assert found.icc == icc21(found.ratings)
    assert found.pairs[0].bias.estimate == pytest.approx(0.1 / 3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"egfr_dls": ["0.1", "x", "0.5", "1.5", "0.9", "0.7"]}, r"row 3: .*'x'; row 5: .*'1.5'"),
        ({"reader": ["1", "1", "1", "2", "1", "2"]}, r"'a' has two rows of reader '1'.*'a' has no"),
        ({"case": list("aabbbb")}, "case 'b' has two rows"),
        ({"case": list("abcdef")}, "case 'a' has no row of reader '2'"),
        ({"egfr_dls": ["0.5"] * 6}, "All scores are the same"),
    ],
)
def test_bad_readings_are_named(changes: dict, sentence: str) -> None:
    with pytest.raises(CohortError, match=sentence):
        agreement(table(**changes))


def test_too_few_cases_or_missing_columns_are_refused() -> None:
    with pytest.raises(CohortError, match="at least 3 cases and 2 readers, found 2 and 2"):
        agreement(table().iloc[:4])
    with pytest.raises(CohortError, match="needs the columns case, reader and egfr_dls or pdl1"):
        agreement(table().drop(columns="reader"))
