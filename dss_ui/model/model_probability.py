"""Views of the model page: calibration and decision curve analysis."""

import numpy as np
import pandas as pd
import streamlit as st

from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.jsonable import jsonable
from dss_core.statistics.calibration import CalibrationReport
from dss_core.statistics.decision_curve import TREAT_ALL
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import calibration_figure, decision_figure
from dss_ui.model.model_views import interval
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain
from dss_ui.shell.words import signed


def calibration_view(loaded: Loaded, group: GroupReport) -> None:
    """Calibration plot and its measures."""
    calibrated = {m.name: m.calibration for m in group.markers if m.calibration is not None}
    if not calibrated:
        st.info("Calibration needs both positive and negative patients in this group.")
        return
    st.markdown(f"##### {_calibration_message(calibrated, plain(group.name))}")
    left, right = st.columns([3, 4])
    rows = pd.DataFrame(
        {
            "": list(calibrated),
            "Slope": [interval(c.line.slope, 2) if c.line else "-" for c in calibrated.values()],
            "Intercept": [signed(c.line.intercept) if c.line else "-" for c in calibrated.values()],
            "Calibration-in-the-large": [signed(c.in_the_large) for c in calibrated.values()],
            "Brier": [interval(c.brier) for c in calibrated.values()],
            "Scaled Brier": [f"{c.brier_scaled:.2f}" for c in calibrated.values()],
            "ECE": [f"{c.ece:.3f}" for c in calibrated.values()],
        }
    )
    with left:
        show_figure(
            calibration_figure(group, footer(loaded)),
            "calibration",
            f"calibration-{group.name}",
            rows,
            jsonable(calibrated),
        )
        st.caption("Click a name in the legend to add it. Bars: Wilson 95% CI.")
    with right:
        st.dataframe(rows, hide_index=True)
        st.markdown(
            "- **Slope**: 1 is ideal; above 1 predictions are too moderate, below 1 too "
            "extreme.\n- **Calibration-in-the-large** (log-odds): 0 is ideal; above 0 predictions "
            "are too low.\n- **Brier**: mean squared error, 0 is best. **Scaled**: 1 is perfect, 0 "
            "equals predicting the prevalence.\n- **ECE** (expected calibration error): mean "
            "absolute difference between predicted and observed."
        )
        for name, report in calibrated.items():
            if report.line_withheld:
                st.caption(plain(f"{name}: {report.line_withheld}"))


def _calibration_message(calibrated: dict[str, CalibrationReport], group: str) -> str:
    """Whether the first score can be read as a probability here."""
    name, report = next(iter(calibrated.items()))
    gap = f"{100 * report.ece:.0f} percentage points mean difference"
    slope = report.line.slope if report.line else None
    if slope is None or slope.low is None or slope.high is None:
        return f"{name} in {group}: {gap}"
    if slope.low > 1:
        return f"{name} in {group}: predictions too moderate (slope > 1); {gap}"
    if slope.high < 1:
        return f"{name} in {group}: predictions too extreme (slope < 1); {gap}"
    if abs(report.in_the_large) > 0.5:
        side = "low" if report.in_the_large > 0 else "high"
        return f"{name} in {group}: predictions too {side} overall; {gap}"
    return f"{name} in {group}: no clear miscalibration; {gap}"


def decision_curve_view(loaded: Loaded, group: GroupReport) -> None:
    """Decision curves."""
    if not group.decision_curve:
        st.info("A decision curve needs patients with a probability in this group.")
        return
    st.markdown(f"##### {_net_benefit_message(group)}")
    data = pd.DataFrame({"threshold": group.decision_curve[0].threshold}).assign(
        **{line.name: line.net_benefit for line in group.decision_curve}
    )
    left, right = st.columns([3, 2])
    with left:
        show_figure(
            decision_figure(group, footer(loaded)),
            "decision",
            f"decision-curve-{group.name}",
            data,
            jsonable({x.name: x for x in group.decision_curve}),
        )
    with right:
        at = data[data["threshold"].isin([0.2, 0.3, 0.4, 0.5, 0.6, 0.7])]
        st.dataframe(at.set_index("threshold").round(3))
        st.markdown(
            "**Net benefit**: true positives minus false positives weighted by the threshold odds, "
            "per patient. Useful where above both grey reference lines. The threshold probability "
            "is a clinical choice."
        )


def _net_benefit_message(group: GroupReport) -> str:
    """The thresholds at which the score has net benefit over treating all or none."""
    lines = {line.name: line for line in group.decision_curve}
    first = group.decision_curve[0]
    useful = first.net_benefit > np.maximum(lines[TREAT_ALL].net_benefit, 0.0) + 1e-12
    if not useful.any():
        return f"{first.name} has no net benefit over treat-all or treat-none"
    # the longest unbroken run of thresholds
    edges = np.flatnonzero(np.diff(np.concatenate([[0], useful, [0]])))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    low, high = first.threshold[starts[best]], first.threshold[ends[best] - 1]
    return (
        f"{first.name} has net benefit over treat-all and treat-none at thresholds of {low:.0%} to "
        f"{high:.0%}"
    )
