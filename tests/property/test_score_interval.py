"""The interval of a score: it holds the score, grows with its parts, and decides the group."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

from dss_core.bundles.model_card import Z
from dss_core.records import Group, Interval
from dss_core.scoring.score_interval import (
    LEVEL,
    SourcesOfVariation,
    group_of,
    interval,
    interval_multiple,
    sources_of_variation,
)

PROBABILITY = st.floats(0, 1)
SD = st.floats(0, 5)
PARTS = st.builds(SourcesOfVariation, SD, SD, SD)


@given(PROBABILITY, PARTS)
def test_the_interval_holds_the_score_and_stays_a_probability(
    dls: float, parts: SourcesOfVariation
) -> None:
    found = interval(dls, parts)
    assert 0 <= found.low <= dls <= found.high <= 1


@given(PROBABILITY, PARTS, st.sampled_from(["outline", "slices", "ensemble"]), SD)
def test_more_uncertainty_of_any_kind_never_makes_it_narrower(
    dls: float, parts: SourcesOfVariation, name: str, more: float
) -> None:
    narrow = interval(dls, parts)
    wide = interval(dls, SourcesOfVariation(**(vars(parts) | {name: getattr(parts, name) + more})))
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


@given(PROBABILITY, PROBABILITY, PARTS, st.floats(0.01, 0.99))
def test_a_higher_score_never_falls_into_a_lower_group(
    one: float, other: float, parts: SourcesOfVariation, cutoff: float
) -> None:
    order = [Group.LOW, Group.INDETERMINATE, Group.HIGH]
    low, high = (
        order.index(group_of(dls, interval(dls, parts), cutoff)) for dls in sorted((one, other))
    )
    assert low <= high


@given(PROBABILITY, PARTS, st.floats(0.01, 0.99))
def test_the_group_is_between_just_when_the_interval_reaches_both_sides(
    dls: float, parts: SourcesOfVariation, cutoff: float
) -> None:
    found = interval(dls, parts)
    sides = {dls >= cutoff, found.low >= cutoff, found.high >= cutoff}
    expected = {(True,): Group.HIGH, (False,): Group.LOW}.get(tuple(sides), Group.INDETERMINATE)
    assert group_of(dls, found, cutoff) is expected


def test_the_quantile_is_that_of_the_stated_level() -> None:
    assert pytest.approx(norm.ppf(0.5 + LEVEL / 2)) == Z


def test_it_holds_nine_in_ten_second_readings_when_the_parts_are_true() -> None:
    """Two scores around the same truth, their log-odds normal with the stated spread."""
    rng = np.random.default_rng(0)
    first, second = expit(0.4 + 0.3 * rng.standard_normal((2, 4000)))
    spans = [interval(float(dls), SourcesOfVariation(0.3, 0.0, 0.0)) for dls in first]
    held = [s.low <= dls <= s.high for s, dls in zip(spans, second, strict=True)]
    assert np.mean(held) == pytest.approx(LEVEL, abs=0.015)


def test_a_measured_multiple_holds_nine_in_ten_where_the_parts_are_too_small() -> None:
    """Errors half as large again as stated; the exact multiple is then 1.5 times the normal one."""
    rng = np.random.default_rng(1)
    scores = expit(0.4 + 0.45 * rng.standard_normal((2, 44_000)))
    (first, second), parts = scores[:, 4000:], SourcesOfVariation(0.3, 0.0, 0.0)
    multiple = interval_multiple(first, second, np.full(40_000, parts.total))
    assert multiple == pytest.approx(1.5 * Z, rel=0.02)
    spans = [interval(float(dls), parts, multiple) for dls in scores[0, :4000]]
    held = [s.low <= dls <= s.high for s, dls in zip(spans, scores[1, :4000], strict=True)]
    assert np.mean(held) == pytest.approx(LEVEL, abs=0.015)


@given(st.integers(9, 200), st.integers(0, 10))
def test_the_multiple_is_the_conformal_quantile(n: int, seed: int) -> None:
    """It holds the 90th percentile of the patients it was taken from, and one more, no fewer."""
    first, second = expit(np.random.default_rng(seed).standard_normal((2, n)))
    parts = SourcesOfVariation(0.2, 0.0, 0.0)
    spans = [
        interval(float(dls), parts, interval_multiple(first, second, np.full(n, 0.2)))
        for dls in first
    ]
    held = sum(s.low - 1e-9 <= b <= s.high + 1e-9 for s, b in zip(spans, second, strict=True))
    assert held == int(np.ceil(LEVEL * (n + 1)))


def test_too_few_repeat_scans_give_no_multiple() -> None:
    with pytest.raises(ValueError, match="8 patients scanned twice are too few"):
        interval_multiple(np.full(8, 0.4), np.full(8, 0.5), np.full(8, 0.3))


@pytest.mark.parametrize("scores", [(0.3, 0.6), (0.3, 0.5, 0.6)])
def test_the_ensemble_part_is_the_standard_error_of_the_networks_log_odds(
    scores: tuple[float, ...],
) -> None:
    log_odds = [math.log(score / (1 - score)) for score in scores]
    found = sources_of_variation(np.array(scores)[:, None], np.array([]))
    assert found.ensemble == pytest.approx(statistics.stdev(log_odds) / math.sqrt(len(scores)))
    assert found.slices == found.outline == 0


def test_a_single_network_has_no_ensemble_part() -> None:
    assert sources_of_variation(np.array([[0.2, 0.4]]), np.array([0.3, 0.3])).ensemble == 0


def test_the_slices_part_is_the_standard_error_of_a_mean_of_independent_slices() -> None:
    """White noise: successive differences estimate its variance (von Neumann 1941)."""
    noise, n = 0.05, 40_000
    slices = 0.5 + noise * np.random.default_rng(0).standard_normal(n)
    found = sources_of_variation(slices[None], np.array([]))
    assert found.slices * 0.25 == pytest.approx(noise / np.sqrt(n), rel=0.02)


def test_a_slow_trend_through_the_tumour_is_not_taken_for_noise() -> None:
    trend = np.linspace(0.3, 0.7, 41)
    assert sources_of_variation(trend[None], np.array([])).slices < 0.01


@pytest.mark.parametrize(
    ("dls", "low", "high", "expected"),
    [
        (0.5, 0.5, 0.5, Group.HIGH),  # at the cut-off is high, as published
        (0.6, 0.5, 0.7, Group.HIGH),  # every value of the interval is high
        (0.4, 0.3, 0.5, Group.INDETERMINATE),  # its upper end is high, the rest low
        (0.4, 0.3, 0.4999, Group.LOW),
    ],
)
def test_a_value_at_the_cutoff_is_high(
    dls: float, low: float, high: float, expected: Group
) -> None:
    assert group_of(dls, Interval(low, high, LEVEL, 0.0, 0.0, 0.0), 0.5) is expected
