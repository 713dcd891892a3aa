"""Views of the model page: does the probability mean what it says, and does acting on it help."""

import numpy as np
import pandas as pd
import streamlit as st

from dss_core.evaluation.evaluate import GroupReport
from dss_core.evaluation.jsonable import jsonable
from dss_core.statistics.calibration import CalibrationReport
from dss_core.statistics.decision_curve import TREAT_ALL
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import calibration_figure, decision_figure
from dss_ui.model.model_views import interval
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


def calibration_view(loaded: Loaded, group: GroupReport) -> None:
    """Reliability and its numbers."""
    judged = {m.name: m.calibration for m in group.markers if m.calibration is not None}
    if not judged:
        st.info("Calibration needs patients with and without the feature in this group.")
        return
    st.markdown(f"##### {_calibration_message(judged, plain(group.name))}")
    left, right = st.columns([3, 4])
    rows = pd.DataFrame(
        {
            "": list(judged),
            "Slope": [interval(c.line.slope, 2) if c.line else "-" for c in judged.values()],
            "Intercept": [f"{c.line.intercept:+.2f}" if c.line else "-" for c in judged.values()],
            "Shift": [f"{c.in_the_large:+.2f}" for c in judged.values()],
            "Brier": [interval(c.brier) for c in judged.values()],
            "Scaled": [f"{c.brier_scaled:.2f}" for c in judged.values()],
            "ECE": [f"{c.ece:.3f}" for c in judged.values()],
        }
    )
    with left:
        show_figure(
            calibration_figure(group, footer(loaded)),
            "calibration",
            f"calibration-{group.name}",
            rows,
            jsonable(judged),
        )
        st.caption("Click a name in the legend to add it. Bars: Wilson's 95% intervals.")
    with right:
        st.dataframe(rows, hide_index=True)
        st.markdown(
            "- **Slope** 1 is right; above 1 the score is too timid, below 1 too bold.\n"
            "- **Shift** on the log-odds scale: above 0 the probabilities are too low on the "
            "whole.\n"
            "- **Brier** is the mean squared error, 0 best; **scaled** 1 is perfect and 0 no "
            "better than the share of positive patients.\n"
            "- **ECE** is the mean gap between said and found."
        )
        for name, report in judged.items():
            if report.line_withheld:
                st.caption(f"{name}: {report.line_withheld}")


def _calibration_message(judged: dict[str, CalibrationReport], group: str) -> str:
    """Whether the first score can be read as a probability here."""
    name, report = next(iter(judged.items()))
    gap = f"{100 * report.ece:.0f} percentage points off on average"
    slope = report.line.slope if report.line else None
    if slope is None or slope.low is None or slope.high is None:
        return f"{name} in {group}: {gap}"
    if slope.low > 1:
        return f"{name} in {group} is too timid: the truth is more extreme; {gap}"
    if slope.high < 1:
        return f"{name} in {group} is too bold: the truth is less extreme; {gap}"
    if abs(report.in_the_large) > 0.5:
        side = "low" if report.in_the_large > 0 else "high"
        return f"{name} in {group} is too {side} on the whole; {gap}"
    return f"{name} in {group} shows no clear miscalibration; {gap}"


def usefulness_view(loaded: Loaded, group: GroupReport) -> None:
    """Decision curves."""
    if not group.decision_curve:
        st.info("A decision curve needs patients with a probability in this group.")
        return
    st.markdown(f"##### {_usefulness_message(group)}")
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
            "**Net benefit**: right interventions gained per patient, less those in vain, "
            "weighted by the odds of the threshold. A model helps where its line lies above "
            "both grey ones. The threshold is the probability from which you would act: a "
            "clinical choice, not the model's."
        )


def _usefulness_message(group: GroupReport) -> str:
    """From which to which threshold the score does better than treating all or none."""
    lines = {line.name: line for line in group.decision_curve}
    first = group.decision_curve[0]
    useful = first.net_benefit > np.maximum(lines[TREAT_ALL].net_benefit, 0.0) + 1e-12
    if not useful.any():
        return f"Acting on {first.name} is nowhere better than treating all or none"
    # the longest unbroken run of thresholds
    edges = np.flatnonzero(np.diff(np.concatenate([[0], useful, [0]])))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    low, high = first.threshold[starts[best]], first.threshold[ends[best] - 1]
    return (
        f"Acting on {first.name} does better than treating all or none from a threshold of "
        f"{low:.0%} to {high:.0%}"
    )
