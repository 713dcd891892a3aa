"""What must hold for any follow-up, and the fast way against the slow plain one and lifelines."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from dss_core.statistics.concordance import harrell_c, uno_c
from dss_core.statistics.contrasts import logrank, rmst_difference
from dss_core.statistics.cox import two_group_cox
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier


@st.composite
def samples(draw: st.DrawFn, least: int = 20) -> tuple[Sample, np.ndarray]:
    """Follow-up with many ties, and a second group."""
    n = draw(st.integers(least, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time = rng.integers(1, draw(st.sampled_from([6, 30, 1000])), n).astype(float)
    event = rng.random(n) < draw(st.floats(0.3, 1.0))
    group = rng.random(n) < 0.5
    event[:2], group[:2] = True, [True, False]
    return Sample(time, event), group


@given(samples())
def test_curves_fall_from_one_and_stay_inside_their_limits(
    drawn: tuple[Sample, np.ndarray],
) -> None:
    curve = kaplan_meier(drawn[0])
    assert (np.diff(curve.survival) <= 1e-15).all()
    between = (curve.survival > 0) & (curve.survival < 1)
    low, survival, high = (v[between] for v in (curve.low, curve.survival, curve.high))
    assert ((0 <= low) & (low <= survival + 1e-12)).all()
    assert ((survival <= high + 1e-12) & (high <= 1)).all()
    assert np.isnan([curve.low[~between], curve.high[~between]]).all()


@given(samples())
def test_kaplan_meier_is_as_in_lifelines(drawn: tuple[Sample, np.ndarray]) -> None:
    sample, _ = drawn
    theirs = KaplanMeierFitter().fit(sample.time, sample.event)
    ours = kaplan_meier(sample)
    expected = theirs.survival_function_["KM_estimate"].to_numpy()[1:]
    assert ours.survival == pytest.approx(expected, abs=1e-12)


@given(samples())
def test_log_rank_is_symmetric_blind_to_scale_and_as_in_lifelines(
    drawn: tuple[Sample, np.ndarray],
) -> None:
    sample, group = drawn
    found = logrank(sample, group.astype(int))
    assert logrank(sample, (~group).astype(int)).chi2 == pytest.approx(found.chi2, abs=1e-9)
    longer = Sample(sample.time * 30, sample.event)
    assert logrank(longer, group.astype(int)).chi2 == pytest.approx(found.chi2, abs=1e-9)
    theirs = multivariate_logrank_test(sample.time, group.astype(int), sample.event)
    assert found.chi2 == pytest.approx(theirs.test_statistic, rel=1e-6, abs=1e-9)


@given(samples())
def test_mean_difference_changes_sign_when_groups_are_swapped(
    drawn: tuple[Sample, np.ndarray],
) -> None:
    sample, group = drawn
    first, second = (kaplan_meier(sample.take(group == flag)) for flag in (False, True))
    tau = min(first.time[-1], second.time[-1])
    if (first.events[first.time < tau].sum() + second.events[second.time < tau].sum()) == 0:
        return
    there, back = rmst_difference(first, second), rmst_difference(second, first)
    assert there.estimate == pytest.approx(-back.estimate)
    assert there.p == pytest.approx(back.p)


@given(samples(40))
@settings(max_examples=25, deadline=None)
def test_hazard_ratio_is_as_in_lifelines_and_inverts_when_groups_are_swapped(
    drawn: tuple[Sample, np.ndarray],
) -> None:
    sample, group = drawn
    per_group = [sample.take(group == flag).n_events for flag in (False, True)]
    if min(per_group) < 5:
        return
    found = two_group_cox(sample, group).effects()[0]
    assert two_group_cox(sample, ~group).effects()[0].hr == pytest.approx(1 / found.hr, rel=1e-6)
    frame = pd.DataFrame({"t": sample.time, "e": sample.event.astype(int), "g": group.astype(int)})
    theirs = CoxPHFitter().fit(frame, "t", "e", fit_options={"precision": 1e-12})
    assert np.log(found.hr) == pytest.approx(theirs.params_["g"], abs=1e-6)


@given(samples())
def test_concordance_is_as_counted_pair_by_pair(drawn: tuple[Sample, np.ndarray]) -> None:
    sample, _ = drawn
    risk = np.round(np.sin(np.arange(len(sample)) * 7.0), 1)
    won = total = 0.0
    for i in np.flatnonzero(sample.event):
        for j in range(len(sample)):
            later = sample.time[j] > sample.time[i]
            outlives = sample.time[j] == sample.time[i] and not sample.event[j]
            if later or outlives:
                total += 1
                won += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    if total:
        assert harrell_c(sample, risk) == pytest.approx(won / total)


@given(samples())
def test_uno_c_without_censoring_is_harrell_c(drawn: tuple[Sample, np.ndarray]) -> None:
    sample = Sample(drawn[0].time, np.ones(len(drawn[0]), bool))
    if np.unique(sample.time).size < 2:
        return
    risk = np.cos(np.arange(len(sample)) * 3.0)
    assert uno_c(sample, risk) == pytest.approx(harrell_c(sample, risk))
