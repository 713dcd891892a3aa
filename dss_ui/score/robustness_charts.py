"""Figures of robustness: outline variation, Bland-Altman, readers against each other."""

import numpy as np
import plotly.graph_objects as go

from dss_core.case.robustness import TaskOutlineVariation
from dss_core.evaluation.reader_agreement import Agreement, BlandAltman
from dss_core.regions.outline_variation import Change
from dss_core.scoring.score_text import cutoff_text
from dss_ui.figures.score_charts import HIGH, LINE, LOW, MARK
from dss_ui.shell.words import signed

_COLOURS = {Change.GROW: HIGH, Change.SHRINK: LOW}
_MARGIN = {"l": 8, "r": 8, "t": 30, "b": 8}
_LAYOUT = {"margin": {**_MARGIN, "r": 84}, "dragmode": False}
"""Room on the right for the names of lines, where no point can lie."""


def outline_variation_lines(found: TaskOutlineVariation) -> go.Figure:
    """The score against the size of each change, from the original outline on."""
    figure = go.Figure()
    for change in Change:
        points = [s for s in found.scores if s.variation.change is change]
        is_shift = change not in _COLOURS
        figure.add_scatter(
            x=[0.0, *(s.variation.by_mm for s in points)],
            y=[found.dls, *(s.dls for s in points)],
            mode="lines+markers",
            name="shift, six directions" if is_shift else str(change),
            legendgroup="shift" if is_shift else str(change),
            showlegend=not is_shift or change is Change.LEFT,
            line={"color": _COLOURS.get(change, LINE), "width": 1.0 if is_shift else 2.5},
            marker={"size": 5},
            hovertemplate=f"{change} %{{x:.0f}} mm: %{{y:.2f}}<extra></extra>",
        )
    figure.add_hline(
        y=found.cutoff, line={"color": LINE, "dash": "dot"},
        annotation={"text": f"cut-off {cutoff_text(found.cutoff)}", "font_size": 12},
        annotation_position="right",
    )  # fmt: skip
    figure.add_scatter(
        x=[0.0], y=[found.dls], mode="markers", marker={"size": 12, "color": MARK},
        name="original outline", hovertemplate="original outline: %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text="outline variation (mm)", dtick=1, fixedrange=True)
    figure.update_yaxes(title_text="score", range=[-0.04, 1.04], fixedrange=True)
    figure.update_layout(height=290, legend={"orientation": "h", "y": -0.45}, **_LAYOUT)
    return figure


def bland_altman_plot(found: Agreement, pair: BlandAltman) -> go.Figure:
    """Difference against mean of two readers, with mean difference and limits of agreement."""
    a = found.ratings[:, found.readers.index(pair.first)]
    b = found.ratings[:, found.readers.index(pair.second)]
    figure = go.Figure()
    figure.add_scatter(
        x=(a + b) / 2.0, y=a - b, mode="markers", marker={"color": MARK, "size": 8},
        hovertemplate="mean %{x:.2f}, difference %{y:+.2f}<extra></extra>",
    )  # fmt: skip
    for value, what, dash in (
        (pair.bias, "mean", "solid"),
        (pair.lower_limit, "lower limit", "dot"),
        (pair.upper_limit, "upper limit", "dot"),
    ):
        if value.low is not None:
            figure.add_hrect(
                y0=value.low, y1=value.high, fillcolor=LINE, opacity=0.18, line_width=0
            )
        figure.add_hline(
            y=value.estimate, line={"color": LINE, "dash": dash},
            annotation={"text": f"{what}<br>{signed(value.estimate)}", "font_size": 12},
            annotation_position="right",
        )  # fmt: skip
    figure.update_xaxes(title_text="mean of both scores", fixedrange=True)
    figure.update_yaxes(title_text="difference", fixedrange=True)
    figure.update_layout(height=340, showlegend=False, **_LAYOUT)
    return figure


def readers_scatter(found: Agreement) -> go.Figure:
    """Every case at its scores by the first three readers (two: in a plane), and the diagonal."""
    ends = np.array([0.0, 1.0])
    columns = [found.ratings[:, k] for k in range(min(3, len(found.readers)))]
    marker = {"color": MARK, "size": 5 if len(columns) == 3 else 8}
    axis = {"range": [0, 1], "dtick": 0.5}
    figure = go.Figure()
    if len(columns) == 3:
        x, y, z = columns
        figure.add_scatter3d(x=x, y=y, z=z, mode="markers", marker=marker, hoverinfo="x+y+z")
        figure.add_scatter3d(x=ends, y=ends, z=ends, mode="lines", line={"color": LINE})
        titles = zip("xyz", found.readers, strict=False)
        figure.update_scenes({f"{k}axis": {**axis, "title": {"text": n}} for k, n in titles})
        figure.update_scenes(aspectmode="cube", camera_eye={"x": 1.7, "y": 1.7, "z": 0.9})
    else:
        x, y = columns
        figure.add_scatter(x=x, y=y, mode="markers", marker=marker)
        figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": LINE, "dash": "dot"})
        figure.update_xaxes(title_text=found.readers[0], fixedrange=True, **axis)
        figure.update_yaxes(title_text=found.readers[1], fixedrange=True, **axis)
    height = 420 if len(columns) == 3 else 340
    figure.update_layout(height=height, showlegend=False, margin=_MARGIN)
    return figure
