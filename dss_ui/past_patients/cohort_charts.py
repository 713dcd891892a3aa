"""Figures of the cohort page beside the curves, from core results to Plotly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dss_core.scoring.score_text import cutoff_text
from dss_core.statistics.interval import Interval
from dss_core.survival.regression import ModelTable
from dss_ui.figures.chart_style import COLOURS, finish, layout, room_for
from dss_ui.figures.score_charts import HIGH, LINE, LOW

_STATUS_COLOURS = {"wild type": LOW, "mutant": HIGH, "unknown": LINE}
_BINS = 40


def score_bins(scores: np.ndarray, status: np.ndarray) -> pd.DataFrame:
    """Patients by score and EGFR status: columns `from`, `to`, `egfr_status`, `patients`.

    Parameters
    ----------
    scores : float array (n,)
        NaN where there is none.
    status : str array (n,)
        "wild type", "mutant" or "unknown".
    """
    edges = np.linspace(0, 1, _BINS + 1)
    known = np.isfinite(scores)
    parts = [
        pd.DataFrame(
            {
                "from": edges[:-1],
                "to": edges[1:],
                "egfr_status": name,
                "patients": np.histogram(scores[known & (status == name)], edges)[0],
            }
        )
        for name in _STATUS_COLOURS
    ]
    return pd.concat(parts, ignore_index=True)


def score_strip(
    bins: pd.DataFrame,
    cutoff: float,
    footer: str,
    patient: Interval | None = None,
    name: str = "EGFR-DLS",
) -> go.Figure:
    """The cohort's scores (`score_bins`), the cut-off and the patient with the interval."""
    data: list[dict[str, Any]] = []
    for status, colour in _STATUS_COLOURS.items():
        rows = bins[bins["egfr_status"] == status]
        if rows["patients"].any():
            data.append(
                {
                    "type": "bar", "x": (rows["from"] + rows["to"]) / 2, "y": rows["patients"],
                    "width": 1 / _BINS, "name": f"EGFR {status}", "opacity": 0.75,
                    "marker": {"color": colour, "line": {"width": 0}},
                    "hovertemplate": "%{y} patients, score %{x:.2f}<extra></extra>",
                }
            )  # fmt: skip
    if patient and patient.estimate is not None:
        low = patient.estimate if patient.low is None else patient.low
        high = patient.estimate if patient.high is None else patient.high
        data.append(
            {
                "x": [patient.estimate], "y": [0], "mode": "markers", "name": "this patient",
                "error_x": {
                    "type": "data", "symmetric": False, "array": [high - patient.estimate],
                    "arrayminus": [patient.estimate - low], "thickness": 3, "width": 8,
                },
                "marker": {"symbol": "diamond", "size": 15, "color": "#B00020"},
                "cliponaxis": False, "hovertemplate": "this patient: %{x:.2f}<extra></extra>",
            }
        )  # fmt: skip
    highest = bins.groupby("from")["patients"].sum().max()
    look = layout(footer, 300) | {
        "barmode": "stack",
        "bargap": 0,
        "xaxis": {"title": {"text": name}, "range": [0, 1], "showgrid": False},
        # room for the words of the cut-off above the highest bar
        "yaxis": {"title": {"text": "patients"}, "range": [0, max(1.0, 1.25 * float(highest))]},
        "shapes": [
            {
                "type": "line", "x0": cutoff, "x1": cutoff, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": LINE, "dash": "dash", "width": 1.5},
            }
        ],
    }  # fmt: skip
    look["annotations"].append(
        {
            "x": cutoff, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 4,
            "yshift": -4, "text": f"cut-off {cutoff_text(cutoff)}", "showarrow": False,
        }
    )  # fmt: skip
    return go.Figure(data=data, layout=look)


def proportion_figure(
    labels: Sequence[str], shares: Sequence[Interval], axis: str, footer: str
) -> go.Figure:
    """Bars of proportions with their intervals, one a group."""
    values = [s.estimate for s in shares]
    figure = go.Figure(
        go.Bar(
            x=list(labels),
            y=values,
            marker={"color": list(COLOURS[: len(labels)])},
            width=0.5,
            text=["" if v is None else f"{v:.0%}" for v in values],
            textposition="inside",
            insidetextanchor="start",
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [_between(s.estimate, s.high) for s in shares],
                "arrayminus": [_between(s.low, s.estimate) for s in shares],
            },
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    figure.update_yaxes(title_text=axis, range=[0, 1], tickformat=".0%")
    return finish(figure, footer, 340)


def _between(low: float | None, high: float | None) -> float | None:
    return None if low is None or high is None else high - low


def forest_figure(model: ModelTable, footer: str) -> go.Figure:
    """Hazard ratios of the multivariable model on a log axis."""
    rows = [(row.term, row.together) for row in model.rows if row.together is not None]
    figure = go.Figure()
    for name, effect in reversed(rows):
        figure.add_trace(
            go.Scatter(
                x=[effect.hr],
                y=[name],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [effect.high - effect.hr],
                    "arrayminus": [effect.hr - effect.low],
                    "thickness": 1.8,
                },
                mode="markers",
                marker={"symbol": "square", "size": 10, "color": COLOURS[0]},
                showlegend=False,
                hovertemplate=f"{effect.hr:.2f} ({effect.low:.2f} to {effect.high:.2f})"
                "<extra></extra>",
            )
        )
    figure.add_vline(x=1, line={"color": LINE, "dash": "dash", "width": 1.5})
    figure.update_xaxes(
        type="log",
        title_text="hazard ratio (log scale); above 1: higher hazard",
        tickvals=[0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10],
    )
    left = room_for(name for name, _ in rows)
    return finish(figure, footer, 120 + 34 * max(3, len(rows)), left=left)
