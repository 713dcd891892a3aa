"""Figures from core results: where a score lies, and how it runs through the tumour.

Colours are middle tones that read on light and dark; text takes its colour from the theme.
"""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dss_core.records import TaskScore
from dss_ui.words import TASKS, cutoff_text, shown

HIGH, LOW, LINE = "#C77700", "#2B7FB8", "#8A97A0"


def strip(score: TaskScore) -> go.Figure:
    """A line from 0 to 1 with the cut-off, its two sides and the score on it."""
    figure = go.Figure()
    for start, end, colour, name in (
        (0.0, score.cutoff, LOW, "low"),
        (score.cutoff, 1.0, HIGH, "high"),
    ):
        figure.add_shape(
            type="rect", x0=start, x1=end, y0=-0.5, y1=0.5, line_width=0, fillcolor=colour,
            opacity=0.28,
        )  # fmt: skip
        figure.add_annotation(
            x=(start + end) / 2, y=0, text=name, showarrow=False, font_size=13, opacity=0.75
        )
    figure.add_shape(
        type="line", x0=score.cutoff, x1=score.cutoff, y0=-0.85, y1=0.85,
        line={"color": LINE, "width": 2, "dash": "dot"},
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[score.dls],
            y=[0],
            mode="markers",
            marker={
                "size": 20,
                "symbol": "diamond",
                "color": colour_of(score),
                "line": {"color": "white", "width": 2},
            },
            hovertemplate=f"score {shown(score.dls, score.cutoff)}<extra></extra>",
        )
    )
    figure.update_layout(
        height=84, margin={"l": 8, "r": 8, "t": 4, "b": 26}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(
        range=[-0.01, 1.01],
        tickvals=[0, score.cutoff, 1],
        ticktext=["0", f"cut-off {cutoff_text(score.cutoff)}", "1"],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[-1, 1], fixedrange=True)
    return figure


def along_z(scores: tuple[TaskScore, ...], z_mm: float) -> go.Figure:
    """Per-slice scores from inferior to superior, one row per task, one slice marked."""
    figure = make_subplots(
        rows=len(scores),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.1,
        subplot_titles=[TASKS[s.task].title for s in scores],
    )
    for row, score in enumerate(scores, start=1):
        colours = [HIGH if s.score >= score.cutoff else LOW for s in score.slices]
        figure.add_trace(
            go.Scatter(
                x=[s.z_mm for s in score.slices],
                y=[s.score for s in score.slices],
                mode="lines+markers",
                line={"color": LINE, "width": 1.5},
                marker={"color": colours, "size": 7},
                hovertemplate="z %{x:.0f} mm: %{y:.3f}<extra></extra>",
            ),
            row=row,
            col=1,
        )
        figure.add_hline(
            y=score.cutoff, row=row, col=1, line={"color": LINE, "dash": "dot"},
            annotation={"text": f"cut-off {cutoff_text(score.cutoff)}", "font_size": 12},
        )  # fmt: skip
        figure.add_vline(x=z_mm, row=row, col=1, line={"color": "#00A6D6", "width": 2})
        figure.update_yaxes(
            title_text="score", range=[-0.03, 1.03], tickvals=[0, 0.5, 1], row=row, col=1
        )
    figure.update_xaxes(title_text="z (mm), inferior to superior", row=len(scores), col=1)
    figure.update_layout(
        height=40 + 185 * len(scores), margin={"l": 8, "r": 8, "t": 28, "b": 8}, showlegend=False
    )
    return figure


def colour_of(score: TaskScore) -> str:
    """The colour of a score's side of the cut-off."""
    return HIGH if score.dls >= score.cutoff else LOW
