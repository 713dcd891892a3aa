"""The Kaplan-Meier figure, from core results to Plotly; no numbers are computed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dss_core.statistics.kaplan_meier import Curve
from dss_core.survival.comparison import MIN_GROUP
from dss_ui.figures.chart_style import COLOURS, DASHES, layout, translucent
from dss_ui.figures.score_charts import LINE

_MAX_POINTS = 600
_MAX_TICKS = 300
_ROW_PX = 17
_MARGINS_PX = 88
_PLOT_PX = 360
_GAP = 0.13
Trace = dict[str, Any]


@dataclass(frozen=True)
class Labels:
    """Words on a figure; `footer` is printed on every export."""

    time: str
    survival: str
    footer: str


def kaplan_meier_figure(
    curves: Sequence[Curve],
    labels: Labels,
    *,
    bold: str | None = None,
    overlay: Sequence[Curve] = (),
    end: float | None = None,
) -> go.Figure:
    """Curves over the three-row table of KMunicate (at risk, censored, events).

    Parameters
    ----------
    bold : str, optional
        Label of the patient's own group: drawn bold, the others thin.
    overlay : sequence of Curve
        Arms of a published trial, drawn thin and grey, without limits and outside the table.
    end : float, optional
        End of the time axis, for figures to be read side by side.
    """
    end = end or max([float(c.time[-1]) for c in (*curves, *overlay) if c.time.size] or [1.0])
    ticks = _ticks(end)
    data: list[Trace] = []
    for i, curve in enumerate(curves):
        if curve.n:
            width = {None: 2.4, curve.label: 4.0}.get(bold, 1.2)
            data += _curve(curve, COLOURS[i], DASHES[i], width)
    for i, curve in enumerate(overlay):
        x, y, _, _ = _steps(curve)
        line = {"color": LINE, "width": 1.6, "shape": "hv", "dash": DASHES[i]}
        data.append(
            {"x": x, "y": y, "line": line, "mode": "lines", "name": curve.label,
             "hoverinfo": "name"}
        )  # fmt: skip
    data.append(_table(curves, ticks))
    table_px = 4 * len(curves) * _ROW_PX
    height = _PLOT_PX + table_px + _MARGINS_PX
    share = (1 - _GAP) * table_px / (height - _MARGINS_PX)
    left = 34 + 7 * max([len("Number at risk") + 2, *(len(curve.label) for curve in curves)])
    # fixed margins and a legend inside: Plotly measures and draws once instead of several times
    look = layout(labels.footer, height, bottom=44, left=left) | {
        "legend": {"x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "xaxis": {
            "title": {"text": labels.time}, "anchor": "y", "automargin": False,
            "range": [-end * 0.015, end * 1.02], "tickvals": ticks, "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": labels.survival}, "domain": [share + _GAP, 1], "automargin": False,
            "range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25,
        },
        "yaxis2": _names(curves) | {"domain": [0, share]},
    }  # fmt: skip
    look["margin"]["t"] = 30
    return go.Figure(data=data, layout=look)


def _curve(curve: Curve, colour: str, dash: str, width: float) -> list[Trace]:
    """Limits, line (faded where few remain) and censoring ticks."""
    x, y, low, high = _steps(curve)
    bx, blow = _corners(x, low)
    _, bhigh = _corners(x, high)
    common = {"legendgroup": curve.label, "name": curve.label}
    known = np.isfinite(blow)
    bx, blow, bhigh = bx[known], blow[known], bhigh[known]
    band = {
        "x": np.concatenate([bx, bx[::-1]]), "y": np.concatenate([bhigh, blow[::-1]]),
        "fill": "toself", "fillcolor": translucent(colour, 0.14), "line": {"width": 0},
        "mode": "lines", "showlegend": False, "hoverinfo": "skip",
    }  # fmt: skip
    few = np.flatnonzero(curve.at_risk < MIN_GROUP)
    # the count at an event holds from the event before it
    cut = float("inf")
    if few.size:
        cut = float(curve.time[few[0] - 1]) if few[0] else 0.0
    solid = x <= cut
    line = {"color": colour, "width": width, "shape": "hv", "dash": dash}
    many = {
        "x": x[solid], "y": y[solid], "mode": "lines", "line": line,
        "hovertemplate": "%{x:.1f} months: %{y:.0%}<extra>" + curve.label + "</extra>",
    }  # fmt: skip
    traces = [band, many]
    if few.size and (~solid).any():
        from_here = max(0, int(solid.sum()) - 1)
        traces.append(
            {"x": x[from_here:], "y": y[from_here:], "mode": "lines", "line": line,
             "opacity": 0.35, "showlegend": False,
             "hovertemplate": "%{x:.1f} months: %{y:.0%}, fewer than 10 at risk<extra></extra>"}
        )  # fmt: skip
    left = np.flatnonzero(curve.censored > 0)
    if left.size > _MAX_TICKS:
        left = left[np.linspace(0, left.size - 1, _MAX_TICKS).astype(int)]
    marker = {
        "symbol": "line-ns", "size": 8, "line": {"width": 1.3, "color": colour}, "color": colour,
    }  # fmt: skip
    traces.append(
        {"x": curve.time[left], "y": curve.survival[left], "mode": "markers", "marker": marker,
         "showlegend": False, "hoverinfo": "skip"}
    )  # fmt: skip
    return [common | trace for trace in traces]


def _table(curves: Sequence[Curve], ticks: list[float]) -> Trace:
    """Counts under the plot, lined up with its ticks; row 4i is the name of group i."""
    cells: list[tuple[float, int, str]] = []
    for i, curve in enumerate(curves):
        for at, c in zip(ticks, curve.counts_at(ticks), strict=True):
            counts = (c.at_risk, c.censored, c.events)
            cells += [(at, 4 * i + 1 + k, str(count)) for k, count in enumerate(counts)]
    x, y, text = zip(*cells, strict=True) if cells else ((), (), ())
    return {
        "x": x, "y": y, "text": text, "yaxis": "y2", "mode": "text", "textfont": {"size": 12},
        "cliponaxis": False, "showlegend": False, "hoverinfo": "skip",
    }  # fmt: skip


def _names(curves: Sequence[Curve]) -> dict[str, Any]:
    """The axis that holds the names of the table's rows."""
    rows: list[str] = []
    for i, curve in enumerate(curves):
        rows.append(f'<span style="color:{COLOURS[i]}"><b>{curve.label}</b></span>')
        rows += ["Number at risk", "Censored", "Events"]
    return {
        "range": [len(rows) - 0.4, -0.6], "tickvals": list(range(len(rows))), "ticktext": rows,
        "showgrid": False, "zeroline": False, "tickfont": {"size": 12}, "ticklabelstandoff": 18,
        "automargin": False,
    }  # fmt: skip


def _steps(curve: Curve) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points of the curve while somebody is at risk, exactly: where it steps, and its end.

    A curve with more steps than a screen has columns is read at evenly spaced times instead; it is
    exact at each of them.
    """
    observed = curve.time <= curve.end
    steps = (curve.events > 0) & observed
    steps[np.flatnonzero(observed)[-1:]] = True
    keep = np.flatnonzero(steps)
    if keep.size > _MAX_POINTS:
        even = np.linspace(curve.time[0], curve.time[keep[-1]], _MAX_POINTS)
        keep = np.unique(np.searchsorted(curve.time, even, side="right") - 1)
    no_limit = np.full(1, np.nan)
    return (
        np.concatenate([[max(0.0, curve.start)], curve.time[keep]]),
        np.concatenate([[1.0], curve.survival[keep]]),
        np.concatenate([no_limit, curve.low[keep]]),
        np.concatenate([no_limit, curve.high[keep]]),
    )


def _corners(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corner points of a step line, for filled areas."""
    return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]


def _ticks(end: float) -> list[float]:
    """At most nine ticks of whole years, half years or months."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 36, 60, 120) if end / s <= 8), 240)
    return [float(t) for t in np.arange(0, end + 1e-9, step)]
