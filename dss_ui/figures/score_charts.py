"""Figures from core results: where a score lies, and how it runs through the tumour.

Colours are middle tones that read on light and dark; text takes its colour from the theme.
"""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dss_core.records import Group, TaskScore
from dss_core.scoring.score_text import cutoff_text, shown
from dss_ui.shell.words import TASKS

HIGH, LOW, LINE, MARK = "#C77700", "#2B7FB8", "#7D8A93", "#00A6D6"


def strip(score: TaskScore) -> go.Figure:
    """A line from 0 to 1 with the cut-off, its two sides, the score and its interval on it."""
    figure = go.Figure()
    for start, end, colour in ((0.0, score.cutoff, LOW), (score.cutoff, 1.0, HIGH)):
        figure.add_shape(
            type="rect", x0=start, x1=end, y0=-0.5, y1=0.5, line_width=0, fillcolor=colour,
            opacity=0.3,
        )  # fmt: skip
    for x, side, anchor in ((0.01, "low", "left"), (0.99, "high", "right")):
        figure.add_annotation(x=x, y=0, text=side, xanchor=anchor, showarrow=False, font_size=13)
    figure.add_shape(
        type="line", x0=score.cutoff, x1=score.cutoff, y0=-0.9, y1=0.9,
        line={"color": LINE, "width": 2},
    )  # fmt: skip
    figure.add_shape(
        type="rect", x0=score.interval.low, x1=score.interval.high, y0=-0.28, y1=0.28,
        line={"color": colour_of(score), "width": 1.5}, fillcolor=colour_of(score), opacity=0.6,
    )  # fmt: skip
    marker = {
        "size": 20,
        "symbol": "diamond",
        "color": colour_of(score),
        "line": {"color": "white", "width": 2},
    }
    number = shown(score.dls, score.cutoff)
    figure.add_scatter(
        x=[score.dls], y=[0], mode="markers", marker=marker,
        hovertemplate=f"score {number}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        height=72, margin={"l": 8, "r": 8, "t": 2, "b": 26}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(
        range=[-0.03, 1.03],
        tickvals=[0, score.cutoff, 1],
        ticktext=["0", f"cut-off {cutoff_text(score.cutoff)}", "1"],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[-1, 1], fixedrange=True)
    return figure


def along_z(scores: tuple[TaskScore, ...], z_mm: float) -> go.Figure:
    """Network output by slice from inferior to superior, one plot per task, one slice marked."""
    figure = make_subplots(
        rows=1,
        cols=len(scores),
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=[f"{TASKS[s.task].title}, cut-off {cutoff_text(s.cutoff)}" for s in scores],
    )
    for column, score in enumerate(scores, start=1):
        figure.add_scatter(
            x=[s.z_mm for s in score.slices],
            y=[s.score for s in score.slices],
            mode="lines+markers",
            line={"color": LINE, "width": 1.5},
            marker={
                "color": [HIGH if s.score >= score.cutoff else LOW for s in score.slices],
                "size": [13 if s.z_mm == z_mm else 7 for s in score.slices],
            },
            hovertemplate="z %{x:.0f} mm: %{y:.2f}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_hline(y=score.cutoff, row=1, col=column, line={"color": LINE, "dash": "dot"})
        figure.add_vline(x=z_mm, row=1, col=column, line={"color": MARK, "width": 2})
    figure.update_xaxes(title_text="z (mm), inferior to superior", fixedrange=True)
    figure.update_yaxes(range=[-0.04, 1.04], tickvals=[0, 0.5, 1], fixedrange=True)
    figure.update_yaxes(title_text="network output", col=1)
    figure.update_layout(
        height=270, margin={"l": 8, "r": 8, "t": 30, "b": 8}, showlegend=False, dragmode=False
    )
    figure.update_annotations(font_size=14)
    return figure


def colour_of(score: TaskScore) -> str:
    """The colour of a score's group."""
    return {Group.HIGH: HIGH, Group.LOW: LOW, Group.INDETERMINATE: LINE}[score.group]
