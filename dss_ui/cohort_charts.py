"""Figures of the cohort page, from core results to Plotly; no numbers are computed here.

Low and high have the colours they have on every page; the others are from the Okabe-Ito set, so
that colour-blind readers tell them apart, by dash as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dss_core.survival.compare import MIN_GROUP
from dss_core.survival.curves import Curve, Interval
from dss_core.survival.regression import ModelTable
from dss_ui.charts import HIGH, LINE, LOW

COLOURS = (LOW, HIGH, "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999", "#8C6D31")
DASHES = ("solid", "6px,2px", "2px,2px", "8px,2px,2px,2px") * 2
_STATUS_COLOURS = {"wild type": LOW, "mutant": HIGH, "unknown": LINE}
_BINS = 40
_MAX_POINTS = 600
_MAX_TICKS = 300
_ROW_PX = 17
_MARGINS_PX = 88
_PLOT_PX = 360


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
    lines = 4 * len(curves)
    height = _PLOT_PX + lines * _ROW_PX + _MARGINS_PX
    share = lines * _ROW_PX / (height - _MARGINS_PX)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[1 - share, share], vertical_spacing=0.13
    )
    for i, curve in enumerate(curves):
        if curve.n:
            width = {None: 2.4, curve.label: 4.0}.get(bold, 1.2)
            _add_curve(figure, curve, COLOURS[i], DASHES[i], width)
    for i, curve in enumerate(overlay):
        x, y, _, _ = _steps(curve)
        line = {"color": LINE, "width": 1.6, "shape": "hv", "dash": DASHES[i]}
        figure.add_trace(
            go.Scatter(x=x, y=y, line=line, mode="lines", name=curve.label, hoverinfo="name"),
            row=1,
            col=1,
        )
    _add_table(figure, curves, ticks)
    figure.update_xaxes(range=[-end * 0.015, end * 1.02], tickvals=ticks, showgrid=False)
    figure.update_xaxes(title_text=labels.time, showticklabels=True, row=1, col=1)
    figure.update_xaxes(showticklabels=False, zeroline=False, showline=False, row=2, col=1)
    figure.update_yaxes(
        title_text=labels.survival, range=[0, 1.02], tickformat=".0%", dtick=0.25, row=1, col=1
    )
    # fixed margins and a legend inside: Plotly measures and draws once instead of several times
    figure.update_xaxes(automargin=False)
    figure.update_yaxes(automargin=False)
    finish(figure, labels.footer, height, bottom=44)
    left = 34 + 7 * max([len("Censored") + 2, *(len(curve.label) for curve in curves)])
    figure.update_layout(
        margin={"l": left, "t": 30},
        legend={"orientation": "v", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
    )
    return figure


def _add_curve(figure: go.Figure, curve: Curve, colour: str, dash: str, width: float) -> None:
    """Limits, line (faded where few remain) and censoring ticks."""
    x, y, low, high = _steps(curve)
    bx, blow = _corners(x, low)
    _, bhigh = _corners(x, high)
    common = {"legendgroup": curve.label, "name": curve.label}
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([bx, bx[::-1]]),
            y=np.concatenate([bhigh, blow[::-1]]),
            fill="toself",
            fillcolor=translucent(colour, 0.14),
            line={"width": 0},
            mode="lines",
            showlegend=False,
            hoverinfo="skip",
            **common,
        ),
        row=1,
        col=1,
    )
    few = np.flatnonzero(curve.at_risk < MIN_GROUP)
    cut = float(curve.time[few[0]]) if few.size else float("inf")
    solid = x <= cut
    line = {"color": colour, "width": width, "shape": "hv", "dash": dash}
    figure.add_trace(
        go.Scatter(
            x=x[solid],
            y=y[solid],
            mode="lines",
            line=line,
            hovertemplate="%{x:.1f} months: %{y:.0%}<extra>" + curve.label + "</extra>",
            **common,
        ),
        row=1,
        col=1,
    )
    if few.size and (~solid).any():
        from_here = max(0, int(solid.sum()) - 1)
        figure.add_trace(
            go.Scatter(
                x=x[from_here:],
                y=y[from_here:],
                mode="lines",
                line=line,
                opacity=0.35,
                showlegend=False,
                hovertemplate="%{x:.1f} months: %{y:.0%}, fewer than 10 at risk<extra></extra>",
                **common,
            ),
            row=1,
            col=1,
        )
    left = np.flatnonzero(curve.censored > 0)
    if left.size > _MAX_TICKS:
        left = left[np.linspace(0, left.size - 1, _MAX_TICKS).astype(int)]
    figure.add_trace(
        go.Scatter(
            x=curve.time[left],
            y=curve.survival[left],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 8,
                "line": {"width": 1.3, "color": colour},
                "color": colour,
            },
            showlegend=False,
            hoverinfo="skip",
            **common,
        ),
        row=1,
        col=1,
    )


def _add_table(figure: go.Figure, curves: Sequence[Curve], ticks: list[float]) -> None:
    """Text rows under the plot, lined up with its ticks."""
    rows: list[str] = []
    x: list[float] = []
    y: list[int] = []
    text: list[str] = []
    for i, curve in enumerate(curves):
        counts = curve.counts_at(ticks)
        rows.append(f'<span style="color:{COLOURS[i]}"><b>{curve.label}</b></span>')
        for name, values in (
            ("At risk", [c.at_risk for c in counts]),
            ("Censored", [c.censored for c in counts]),
            ("Events", [c.events for c in counts]),
        ):
            x += ticks
            y += [len(rows)] * len(ticks)
            text += [str(value) for value in values]
            rows.append(name)
    cells = go.Scatter(
        x=x,
        y=y,
        text=text,
        mode="text",
        textfont={"size": 12},
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_trace(cells, row=2, col=1)
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6],
        tickvals=list(range(len(rows))),
        ticktext=rows,
        showgrid=False,
        zeroline=False,
        tickfont={"size": 12},
        ticklabelstandoff=18,
        row=2,
        col=1,
    )


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
) -> go.Figure:
    """The cohort's scores (`score_bins`), the cut-off and the patient with the interval."""
    figure = go.Figure()
    for name, colour in _STATUS_COLOURS.items():
        rows = bins[bins["egfr_status"] == name]
        if rows["patients"].any():
            figure.add_trace(
                go.Bar(
                    x=(rows["from"] + rows["to"]) / 2,
                    y=rows["patients"],
                    width=1 / _BINS,
                    name=f"EGFR {name}",
                    marker={"color": colour, "line": {"width": 0}},
                    opacity=0.75,
                    hovertemplate="%{y} patients near %{x:.2f}<extra></extra>",
                )
            )
    figure.add_vline(x=cutoff, line={"color": LINE, "dash": "dash", "width": 1.5})
    figure.add_annotation(
        x=cutoff,
        y=1,
        yref="paper",
        xanchor="left",
        yanchor="top",
        xshift=4,
        text=f"cut-off {cutoff:g}",
        showarrow=False,
    )
    if patient and patient.estimate is not None:
        low = patient.estimate if patient.low is None else patient.low
        high = patient.estimate if patient.high is None else patient.high
        figure.add_trace(
            go.Scatter(
                x=[patient.estimate],
                y=[0],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [high - patient.estimate],
                    "arrayminus": [patient.estimate - low],
                    "thickness": 3,
                    "width": 8,
                },
                mode="markers",
                marker={"symbol": "diamond", "size": 15, "color": "#B00020"},
                name="this patient",
                cliponaxis=False,
                hovertemplate="this patient: %{x:.2f}<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack", bargap=0)
    figure.update_xaxes(title_text="EGFR-DLS", range=[0, 1], showgrid=False)
    # room for the words of the cut-off above the highest bar
    highest = bins.groupby("from")["patients"].sum().max()
    figure.update_yaxes(title_text="patients", range=[0, max(1.0, 1.25 * float(highest))])
    return finish(figure, footer, 300)


def proportion_figure(
    labels: Sequence[str], shares: Sequence[Interval], axis: str, footer: str
) -> go.Figure:
    """Bars of proportions with their intervals, one a group."""
    values = [0.0 if s.estimate is None else s.estimate for s in shares]
    figure = go.Figure(
        go.Bar(
            x=list(labels),
            y=values,
            marker={"color": list(COLOURS[: len(labels)])},
            width=0.5,
            text=[f"{v:.0%}" for v in values],
            textposition="inside",
            insidetextanchor="start",
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [(s.high or 0.0) - v for s, v in zip(shares, values, strict=True)],
                "arrayminus": [v - (s.low or 0.0) for s, v in zip(shares, values, strict=True)],
            },
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    figure.update_yaxes(title_text=axis, range=[0, 1], tickformat=".0%")
    return finish(figure, footer, 340)


def forest_figure(model: ModelTable, footer: str) -> go.Figure:
    """Hazard ratios of the joint model on a log axis; left of 1 means longer survival."""
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
                hovertemplate=f"{effect.hr:.2f} ({effect.low:.2f}-{effect.high:.2f})"
                "<extra></extra>",
            )
        )
    figure.add_vline(x=1, line={"color": LINE, "dash": "dash", "width": 1.5})
    figure.update_xaxes(
        type="log",
        title_text="hazard ratio (log scale); above 1: event sooner",
        tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10],
    )
    figure.update_yaxes(automargin=True)
    return finish(figure, footer, 120 + 34 * max(3, len(rows)))


def finish(figure: go.Figure, footer: str, height: int, bottom: int = 88) -> go.Figure:
    """The look all figures share, and the line that goes with every export."""
    figure.add_annotation(
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=4 - bottom,
        align="left",
        text=footer,
        showarrow=False,
        font={"size": 10, "color": LINE},
    )
    figure.update_layout(
        height=height,
        # a font every computer has: an exported picture is measured and drawn alike
        font={"family": "Arial, Helvetica, sans-serif"},
        margin={"l": 8, "r": 12, "t": 44, "b": bottom},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        hovermode="closest",
    )
    return figure


def _steps(curve: Curve) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points of the curve from time zero, exactly: where it steps, and its end.

    A curve with more steps than a screen has columns is read at evenly spaced times instead; it is
    exact at each of them.
    """
    steps = curve.events > 0
    steps[-1:] = True
    keep = np.flatnonzero(steps)
    if keep.size > _MAX_POINTS:
        even = np.linspace(curve.time[0], curve.time[-1], _MAX_POINTS)
        keep = np.unique(np.searchsorted(curve.time, even, side="right") - 1)
    one = np.ones(1)
    x = np.concatenate([np.zeros(1), curve.time[keep]])
    return (
        x,
        np.concatenate([one, curve.survival[keep]]),
        np.concatenate([one, curve.low[keep]]),
        np.concatenate([one, curve.high[keep]]),
    )


def _corners(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corner points of a step line, for filled areas."""
    return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]


def _ticks(end: float) -> list[float]:
    """At most nine ticks of whole years, half years or months."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 36, 60, 120) if end / s <= 8), 240)
    return [float(t) for t in np.arange(0, end + 1e-9, step)]


def translucent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
