"""Figures of the Past patients page, compared with numbers that were found without it."""

from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from streamlit.testing.v1 import AppTest

from tests.app.shown_numbers import chart, drawn, numbers


def errors_of(trace: dict[str, Any], axis: str) -> list[tuple[float, float]]:
    """Lower and upper ends of the bars of a trace's points."""
    centre, bars = drawn(trace[axis]), trace[f"error_{axis}"]
    down, up = drawn(bars["arrayminus"]), drawn(bars["array"])
    return [(c - d, c + u) for c, d, u in zip(centre, down, up, strict=True)]


def curves_are_those_of_lifelines(
    page: AppTest, key: str, groups: list[pd.DataFrame], end: float | None = None
) -> None:
    """Lines, bands, censoring and the table below are those of patients counted anew."""
    figure = chart(page, key)[0]
    traces = [t for t in figure["data"] if t.get("yaxis") != "y2"]
    names = list(dict.fromkeys(t["legendgroup"] for t in traces))
    assert len(names) == len(groups)
    ticks = figure["layout"]["xaxis"]["tickvals"]
    for name, patients in zip(names, groups, strict=True):
        own = [t for t in traces if t["legendgroup"] == name]
        _one_curve(own, KaplanMeierFitter().fit(patients["pfs_months"], patients["pfs_event"]))
    _table(figure, names, groups, ticks)
    last = max(float(g["pfs_months"].max()) for g in groups) if end is None else end
    steps = set(np.diff(ticks))
    assert ticks[0] == 0 and len(steps) == 1 and 4 < len(ticks) <= 9
    assert ticks[-1] <= last < ticks[-1] + steps.pop()


def _one_curve(traces: list[dict[str, Any]], fit: KaplanMeierFitter) -> None:
    limits = fit.confidence_interval_survival_function_
    band, *lines, marks = traces
    bx, by = np.array(drawn(band["x"])), np.array(drawn(band["y"]))
    half = len(bx) // 2
    np.testing.assert_array_equal(bx, bx[::-1])
    starts, ends = slice(0, half, 2), slice(1, half, 2)  # corners of each step
    for values, column in ((by[:half], 1), (by[half:][::-1], 0)):
        at = np.searchsorted(limits.index, bx[:half][starts], side="right") - 1
        np.testing.assert_allclose(values[starts], limits.iloc[at, column], atol=1e-9)
        np.testing.assert_array_equal(values[ends], values[starts][: len(values[ends])])
    whole = np.array([p for t in lines for p in zip(drawn(t["x"]), drawn(t["y"]), strict=True)])
    np.testing.assert_allclose(whole[:, 1], fit.predict(whole[:, 0]).to_numpy(), atol=1e-9)
    steps = fit.event_table[fit.event_table["observed"] > 0].index
    assert np.isin(np.round(steps, 9), np.round(whole[:, 0], 9)).all()
    at_risk = fit.event_table["at_risk"].iloc[1:]  # without the entry at 0
    if (few := at_risk[at_risk < 10].index).size:  # it holds from the time before on
        before = at_risk.index[at_risk.index < few[0]].max()
        assert drawn(lines[0]["x"])[-1] == whole[whole[:, 0] <= before, 0].max()
    assert [t["opacity"] < 1 for t in lines[1:]] == [True] * (len(lines) - 1)
    censored = fit.event_table[fit.event_table["censored"] > 0].index
    np.testing.assert_allclose(drawn(marks["x"]), censored)
    np.testing.assert_allclose(drawn(marks["y"]), fit.predict(censored).to_numpy(), atol=1e-9)


def _table(
    figure: dict[str, Any], names: list[str], groups: list[pd.DataFrame], ticks: list[float]
) -> None:
    (table,) = (t for t in figure["data"] if t.get("yaxis") == "y2")
    written = {
        (x, y): int(text)
        for x, y, text in zip(drawn(table["x"]), drawn(table["y"]), table["text"], strict=True)
    }
    labels = figure["layout"]["yaxis2"]["ticktext"]
    rows = {"Number at risk": 1, "Censored": 2, "Events": 3}
    assert len(written) == len(ticks) * len(groups) * len(rows)
    for i, (name, patients) in enumerate(zip(names, groups, strict=True)):
        assert name in labels[4 * i]
        assert [labels[4 * i + k] for k in rows.values()] == list(rows)
        months, event = patients["pfs_months"], patients["pfs_event"].astype(bool)
        for t in ticks:
            assert written[t, 4 * i + 1] == (months >= t).sum()
            assert written[t, 4 * i + 2] == ((months <= t) & ~event).sum()
            assert written[t, 4 * i + 3] == ((months <= t) & event).sum()


def strip_is(page: AppTest, scores: pd.DataFrame, column: str, cutoff: float) -> dict[str, Any]:
    """The histogram of scores counts every patient once, by status; its figure."""
    figure, _ = chart(page, "strip-plot")
    bars = [t for t in figure["data"] if t.get("type") == "bar"]
    assert bars
    for bar in bars:
        of = scores[scores["egfr_status"].fillna("unknown") == bar["name"].removeprefix("EGFR ")]
        lower = np.round(np.array(drawn(bar["x"])) - bar["width"] / 2, 9)
        upper = np.append(lower[1:], 1.001)
        here = of[column].dropna().to_numpy()
        counted = [((here >= a) & (here < b)).sum() for a, b in zip(lower, upper, strict=True)]
        np.testing.assert_allclose(drawn(bar["y"]), counted)
    assert sum(sum(drawn(bar["y"])) for bar in bars) == scores[column].notna().sum()
    (line,) = figure["layout"]["shapes"]
    assert (line["x0"], line["x1"]) == (cutoff, cutoff)
    assert [numbers(a["text"]) for a in figure["layout"]["annotations"] if "cut-off" in a["text"]]
    return figure
