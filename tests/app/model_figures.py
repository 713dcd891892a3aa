"""Figures of the Model page, compared with the numbers of `evaluate`."""

from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.cohort_figures import errors_of
from tests.app.shown_numbers import chart, drawn, numbers


def roc_is(page: AppTest, group: dict[str, Any]) -> None:
    """Every curve with its area, the band of the first and its prespecified cut-off."""
    band, *traces = chart(page, "roc-plot")[0]["data"]
    curves = [m for m in group["markers"] if m["roc"]]
    assert len(traces) == len(curves) + 1
    for trace, marker in zip(traces, curves, strict=False):
        roc = marker["roc"]
        assert drawn(trace["x"]) == roc["false_positive"]
        assert drawn(trace["y"]) == roc["sensitivity"]
        assert trace["name"] == f"{marker['name']} {marker['auc']['estimate']:.3f}"
    first = curves[0]["roc"]
    at = first["band_false_positive"]
    assert drawn(band["x"]) == at + at[::-1]
    assert drawn(band["y"]) == first["high"] + first["low"][::-1]
    calls, mark = curves[0]["calls"], traces[-1]
    assert drawn(mark["x"]) == [1 - calls["specificity"]["estimate"]]
    assert drawn(mark["y"]) == [calls["sensitivity"]["estimate"]]


def calibration_is(page: AppTest, group: dict[str, Any]) -> None:
    """Observed proportion with its interval over the mean predicted probability of each bin."""
    traces = chart(page, "-calibration-plot")[0]["data"]
    judged = [m for m in group["markers"] if m["calibration"]]
    assert [t["name"] for t in traces] == [m["name"] for m in judged]
    for trace, marker in zip(traces, judged, strict=True):
        bins = marker["calibration"]["bins"]
        assert drawn(trace["x"]) == [b["mean_probability"] for b in bins]
        assert drawn(trace["y"]) == [b["observed"]["estimate"] for b in bins]
        assert drawn(trace["customdata"]) == [b["n"] for b in bins]
        ends = [(b["observed"]["low"], b["observed"]["high"]) for b in bins]
        np.testing.assert_allclose(errors_of(trace, "y"), ends, atol=1e-12)


def decision_curves_are(page: AppTest, curves: list[dict[str, Any]]) -> None:
    traces = chart(page, "decision-plot")[0]["data"]
    assert [t["name"] for t in traces] == [c["name"] for c in curves]
    for trace, curve in zip(traces, curves, strict=True):
        assert drawn(trace["x"]) == curve["threshold"]
        assert drawn(trace["y"]) == curve["net_benefit"]


def best_thresholds(curves: list[dict[str, Any]]) -> list[str]:
    """Ends of the longest run of thresholds at which the first is above both references."""
    first = curves[0]
    treat_all = next(c for c in curves if c["name"] == "treat all")["net_benefit"]
    runs: list[list[float]] = [[]]
    for t, own, other in zip(first["threshold"], first["net_benefit"], treat_all, strict=True):
        if own > max(other, 0.0) + 1e-12:
            runs[-1].append(t)
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    return [f"{100 * t:.0f}" for t in (longest[0], longest[-1])]


def subgroups_are(page: AppTest, families: list[dict[str, Any]]) -> None:
    """A point with its interval for each, or the words that there are too few patients."""
    figure = chart(page, "fairness-plot")[0]
    groups = [g for f in families for g in f["subgroups"]]
    labels = figure["layout"]["yaxis"]["categoryarray"][::-1]
    assert [numbers(label.rpartition("(")[2]) for label in labels] == [
        [str(g["n"]), str(g["n_positive"])] for g in groups
    ]
    points = {t["y"][0]: t for t in figure["data"]}
    silent = {a["y"] for a in figure["layout"]["annotations"] if "too few" in a["text"]}
    for label, group in zip(labels, groups, strict=True):
        area = group["auc"]
        assert group["name"] in label
        if area is None or area["low"] is None:
            assert label in silent and label not in points
            continue
        assert drawn(points[label]["x"]) == [area["estimate"]]
        assert errors_of(points[label], "x")[0] == pytest.approx((area["low"], area["high"]))


def violins_are(page: AppTest, table: pd.DataFrame, found: dict[str, Any], cutoff: float) -> None:
    """Every patient of each group, and the cut-off."""
    figure = chart(page, "association-plot")[0]
    for trace, group in zip(figure["data"], found["groups"], strict=True):
        assert trace["name"] == f"{group['name']}<br>n = {group['n']}"
        own = table.loc[table[found["variable"]] == group["name"], "egfr_dls"].dropna()
        assert sorted(drawn(trace["y"])) == sorted(own)
    (line,) = figure["layout"]["shapes"]
    assert (line["y0"], line["y1"]) == (cutoff, cutoff)


def nomogram_is(page: AppTest, signature: dict[str, Any]) -> None:
    """Points on every axis are log-odds on one scale; the patient's add up to the total."""
    figure = chart(page, "nomogram-plot")[0]
    axes = [t for t in figure["data"] if t.get("customdata")]
    marks = [t for t in figure["data"] if not t.get("customdata")]
    ruler, *variables, totals, read = axes
    assert drawn(ruler["x"]) == [float(text) for text in ruler["customdata"]]
    coded = [t for t in signature["terms"] if t["codes"]]
    plain = iter([t for t in signature["terms"] if not t["codes"]])
    spans, exact, rounded = [], [], []
    for trace in variables:
        names = trace["customdata"]
        term = next((t for t in coded if set(names) <= set(t["codes"])), None)
        values = [term["codes"][n] for n in names] if term else [float(n) for n in names]
        logits = np.array(values) * (term or next(plain))["coefficient"]
        x = np.array(drawn(trace["x"]))
        spans.append(x.max() - x.min())
        assert x.min() == pytest.approx(0.0, abs=1e-9)
        scale = (x[-1] - x[0]) / (logits[-1] - logits[0])
        (exact if term else rounded).append(scale)
    np.testing.assert_allclose(exact, exact[0])
    np.testing.assert_allclose(rounded, exact[0], rtol=0.02)  # the words of a tick are rounded
    assert len(exact) + len(rounded) == len(signature["terms"])
    assert max(spans) == pytest.approx(100.0)
    texts, places = np.array(totals["customdata"], dtype=float), np.array(drawn(totals["x"]))
    most = 100 * texts[-1] / places[-1]
    np.testing.assert_allclose(places, 100 * texts / most)
    odds = [log(v / (1 - v)) for v in (int(t.rstrip("%")) / 100 for t in read["customdata"])]
    for (a, b), (x, y) in zip(pairwise(odds), pairwise(drawn(read["x"])), strict=True):
        assert (y - x) == pytest.approx((b - a) * exact[0] * 100 / most)
    *own, total, probability = marks
    points = sum(drawn(mark["x"])[0] for mark in own)
    assert len(own) == len(variables)
    assert numbers(total["text"][0]) == [f"{points:.0f}"]
    assert drawn(total["x"]) == drawn(probability["x"]) == pytest.approx([100 * points / most])
    (metric,) = (m for m in page.metric if "probability of" in m.label)
    assert numbers(probability["text"][0]) == numbers(metric.value)


def contributions_are(page: AppTest, signature: dict[str, Any]) -> None:
    """Bars add up, from the mean training patient, to the probability shown."""
    (bars,) = chart(page, "breakdown")[0]["data"]
    x = np.array(drawn(bars["x"]))
    assert (np.diff(np.abs(x)) >= 0).all() and len(x) == len(signature["terms"])
    assert [numbers(text) for text in bars["text"]] == [[f"{v:+.2f}"] for v in x]
    mean = signature["intercept"] + sum(t["coefficient"] * t["mean"] for t in signature["terms"])
    (metric,) = (m for m in page.metric if "probability of" in m.label)
    shown = 1.0 / (1.0 + np.exp(-(mean + x.sum())))
    assert numbers(metric.value) == [f"{100 * shown:.0f}"]
    colours = dict(zip(np.sign(x), bars["marker"]["color"], strict=True))
    assert [colours[s] for s in np.sign(x)] == bars["marker"]["color"]
    assert len(set(colours.values())) == len(colours)
