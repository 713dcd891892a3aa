"""Survival statistics compared with what R and scikit-survival say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dss_core.statistics.contrasts import (
    RmstDifference,
    common_tau,
    logrank,
    restricted_mean,
)
from dss_core.statistics.cox import CoxFit, fit_cox
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import Curve, kaplan_meier

HERE = Path(__file__).parent / "survival"
R = json.loads((HERE / "reference.json").read_text())
PEERS = json.loads((HERE / "peers.json").read_text())
SURVRM2 = json.loads((HERE / "survrm2.json").read_text())
EXACT = {"rel": 1e-7, "abs": 1e-9}


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


def assert_rmst(found: RmstDifference, expected: dict[str, Any]) -> None:
    for name in ("tau", "estimate", "low", "high", "p"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-6)
