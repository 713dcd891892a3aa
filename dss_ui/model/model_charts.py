"""Figures of the model page, from core results to Plotly; no numbers are computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.signature_use import Breakdown
from dss_core.evaluation.subgroups import SubgroupPerformance
from dss_core.statistics.decision_curve import TREAT_ALL, TREAT_NONE
from dss_ui.figures.chart_style import COLOURS, DASHES, finish, room_for, translucent
from dss_ui.shell.words import signed

GREY = "#8A8F98"
STYLE = {"EGFR-DLS": 0, "PDL1-DLS": 0, "CS": 1, "CMS": 2, "SUVmax": 3}
VARIABLES = {
    "age_years": "age",
    "age_band": "age",
    "egfr_status": "EGFR status",
    "pdl1_status": "PD-L1 status",
    "suvmax": "SUVmax",
    "mpg_suvmax": "18F-MPG SUVmax",
    "egfr_dls": "EGFR-DLS",
    "pdl1_dls": "PDL1-DLS",
}


@dataclass(frozen=True)
class Distribution:
    """Scores of one group, as drawn in a violin."""

    name: str
    scores: np.ndarray


def named(variable: str) -> str:
    """A column in words."""
    return VARIABLES.get(variable, variable)


def roc_figure(group: GroupReport, footer: str) -> go.Figure:
    """ROC curves; band and cut-off mark belong to the first predictor."""
    figure = go.Figure()
    drawn = [(m, m.roc) for m in group.markers if m.roc is not None]
    for i, (marker, curve) in enumerate(drawn):
        colour = _colour(marker.name, i)
        if i == 0:
            x = curve.band_false_positive
            figure.add_scatter(
                x=np.concatenate([x, x[::-1]]), y=np.concatenate([curve.high, curve.low[::-1]]),
                fill="toself", fillcolor=translucent(colour, 0.16), line={"width": 0}, mode="lines",
                hoverinfo="skip", showlegend=False,
            )  # fmt: skip
        area = f"{marker.auc.estimate:.3f}" if marker.auc else "-"
        figure.add_scatter(
            x=curve.false_positive, y=curve.sensitivity, mode="lines",
            name=f"{marker.name} {area}",
            line={"color": colour, "width": 3 if i == 0 else 2, "dash": _dash(marker.name, i)},
            customdata=curve.threshold,
            hovertemplate="at ≥ %{customdata:.3f}: sensitivity %{y:.2f}, 1 - specificity %{x:.2f}"
            f"<extra>{marker.name}</extra>",
        )  # fmt: skip
    for marker, _ in drawn[:1]:
        if marker.calls and marker.calls.specificity.estimate is not None:
            figure.add_scatter(
                x=[1 - marker.calls.specificity.estimate], y=[marker.calls.sensitivity.estimate],
                mode="markers", showlegend=False, hoverinfo="skip",
                marker={"size": 12, "symbol": "diamond", "color": _colour(marker.name, 0),
                        "line": {"color": "white", "width": 2}},
            )  # fmt: skip
    _diagonal(figure)
    figure.update_xaxes(title_text="1 - specificity", range=[-0.02, 1.02], dtick=0.25)
    figure.update_yaxes(title_text="sensitivity", range=[-0.02, 1.02], dtick=0.25)
    return finish(figure, footer, 500)


def calibration_figure(group: GroupReport, footer: str) -> go.Figure:
    """Observed proportion over mean predicted probability in bins; the diagonal is ideal."""
    figure = go.Figure()
    _diagonal(figure)
    judged = [(m.name, m.calibration) for m in group.markers if m.calibration is not None]
    for i, (name, report) in enumerate(judged):
        bins = report.bins
        share = np.array([b.observed.estimate for b in bins], dtype=float)
        figure.add_scatter(
            x=[b.mean_probability for b in bins], y=share, mode="lines+markers", name=name,
            error_y={
                "type": "data", "symmetric": False, "thickness": 1.4, "width": 0,
                "array": np.array([b.observed.high for b in bins], dtype=float) - share,
                "arrayminus": share - np.array([b.observed.low for b in bins], dtype=float),
            },
            line={"color": _colour(name, i), "dash": _dash(name, i)},
            marker={"size": 8}, customdata=[b.n for b in bins],
            visible=True if i == 0 else "legendonly",
            hovertemplate="predicted %{x:.0%}, observed %{y:.0%} (n %{customdata})",
        )  # fmt: skip
    for axis, text in ((figure.update_xaxes, "mean predicted probability"),
                       (figure.update_yaxes, "observed proportion")):  # fmt: skip
        axis(title_text=text, range=[-0.02, 1.02], tickformat=".0%", dtick=0.25)
    return finish(figure, footer, 460)


def decision_figure(group: GroupReport, footer: str) -> go.Figure:
    """Net benefit over the threshold probability."""
    figure = go.Figure()
    shown = [x.net_benefit.max() for x in group.decision_curve if x.name != TREAT_NONE]
    for i, line in enumerate(group.decision_curve):
        reference = line.name in (TREAT_ALL, TREAT_NONE)
        dash = {TREAT_ALL: "2px,2px", TREAT_NONE: "solid"}.get(line.name, _dash(line.name, i))
        figure.add_scatter(
            x=line.threshold, y=line.net_benefit, mode="lines", name=line.name,
            line={"color": GREY if reference else _colour(line.name, i), "dash": dash,
                  "width": 1.6 if reference else 2.4},
            hovertemplate="threshold %{x:.0%}: net benefit %{y:.3f}",
        )  # fmt: skip
    top = max([*shown, 0.05])
    figure.update_xaxes(title_text="threshold probability", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title_text="net benefit", range=[-0.15 * top, 1.1 * top])
    return finish(figure, footer, 460)


def violin_figure(
    groups: Sequence[Distribution], axis: str, cutoff: float, footer: str
) -> go.Figure:
    """Score by group: every patient, with quartiles."""
    figure = go.Figure()
    for i, group in enumerate(groups):
        figure.add_violin(
            y=group.scores, name=f"{group.name}<br>n = {group.scores.size}", box_visible=True,
            points="all" if group.scores.size <= 150 else False, jitter=0.3, pointpos=0,
            marker={"size": 3, "opacity": 0.5}, spanmode="hard", line_color=COLOURS[i],
            fillcolor=translucent(COLOURS[i], 0.18), showlegend=False,
        )  # fmt: skip
    figure.add_hline(y=cutoff, line={"color": GREY, "dash": "dash", "width": 1.5})
    figure.update_yaxes(title_text=axis)
    return finish(figure, footer, 430)


def scatter_figure(x: np.ndarray, y: np.ndarray, titles: tuple[str, str], footer: str) -> go.Figure:
    """Score against a number, every patient a dot."""
    figure = go.Figure(
        go.Scattergl(
            x=x, y=y, mode="markers", marker={"size": 6, "opacity": 0.5, "color": COLOURS[0]}
        )
    )
    figure.update_xaxes(title_text=titles[0])
    figure.update_yaxes(title_text=titles[1])
    return finish(figure, footer, 430)


def subgroups_figure(found: Sequence[SubgroupPerformance], footer: str) -> go.Figure:
    """AUC with interval by subgroup; the dotted line is chance."""
    figure = go.Figure()
    rows: list[str] = []
    for i, variable in enumerate(found):
        for group in variable.subgroups:
            label = f"{named(variable.variable)}: {group.name}  (n {group.n}, {group.n_positive}+)"
            rows.append(label)
            area = group.auc
            if area is None or area.estimate is None or area.low is None or area.high is None:
                figure.add_annotation(
                    x=0.52,
                    y=label,
                    text="too few patients",
                    showarrow=False,
                    xanchor="left",
                    font={"color": GREY},
                )
                continue
            figure.add_scatter(
                x=[area.estimate], y=[label], mode="markers", showlegend=False,
                error_x={"type": "data", "symmetric": False, "thickness": 1.8,
                         "array": [area.high - area.estimate],
                         "arrayminus": [area.estimate - area.low]},
                marker={"symbol": "square", "size": 9, "color": COLOURS[i % len(COLOURS)]},
                hovertemplate=f"{area.estimate:.3f} ({area.low:.3f} to "
                f"{area.high:.3f})<extra>{group.name}</extra>",
            )  # fmt: skip
    figure.add_vline(x=0.5, line={"color": GREY, "dash": "dot", "width": 1.2})
    figure.update_xaxes(title_text="AUC (95% CI); dotted: chance", range=[0.3, 1.02])
    figure.update_yaxes(
        categoryorder="array", categoryarray=rows[::-1], range=[-0.6, len(rows) - 0.4]
    )
    return finish(figure, footer, 130 + 27 * len(rows), left=room_for(rows))


def breakdown_figure(found: Breakdown, footer: str) -> go.Figure:
    """Contribution of each variable to a patient's log-odds, from the mean training patient."""
    contributions = sorted(found.pushes, key=lambda p: abs(p.logit))
    names = [f"{named(p.variable)}: {p.value}{' *' if p.note else ''}" for p in contributions]
    figure = go.Figure(
        go.Bar(
            x=[p.logit for p in contributions],
            y=names,
            orientation="h",
            marker={"color": [COLOURS[1] if p.logit > 0 else COLOURS[0] for p in contributions]},
            text=[signed(p.logit) for p in contributions],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:+.2f} log-odds<extra></extra>",
        )
    )
    reach = 1.6 * max([abs(p.logit) for p in contributions] + [0.5])
    figure.update_xaxes(
        title_text="log-odds: ← lower · higher →",
        range=[-reach, reach],
        zeroline=True,
    )
    bottom = 88 if footer else 44
    return finish(figure, footer, 100 + 34 * len(contributions), bottom, left=room_for(names))


def _diagonal(figure: go.Figure) -> None:
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": GREY, "dash": "dot", "width": 1.2}
    )


def _colour(name: str, place: int) -> str:
    return COLOURS[STYLE.get(name, place)]


def _dash(name: str, place: int) -> str:
    return DASHES[STYLE.get(name, place)]
