"""Recalibration on the model page: fitted to the chosen group, kept with the weights, removable."""

from datetime import date

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dss_core.bundles.bundle_folders import bundle_folders
from dss_core.errors import CohortError, WeightsError
from dss_core.evaluation.evaluate import group_rows
from dss_core.evaluation.group_by import GroupBy
from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.recalibration import Method, Recalibration, Weights, recalibrate
from dss_core.evaluation.recalibration_fit import COLUMNS, fit
from dss_core.evaluation.recalibration_store import load, remove, save
from dss_core.records import Task
from dss_core.statistics.calibration import CalibrationReport
from dss_ui.figures.chart_style import COLOURS, finish, translucent
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.figures.score_charts import LINE
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.score.recalibrated_score import provenance
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain
from dss_ui.shell.words import signed

_METHODS = {
    Method.LOGISTIC: "intercept and slope",
    Method.SHIFT: "intercept only (small samples)",
}


def recalibration_view(loaded: Loaded, score: str, by: str, group: GroupReport) -> None:
    """What is stored for the cohort's weights, and a fit to the chosen group to store instead."""
    task = next(t for t, columns in COLUMNS.items() if columns[0] == score)
    st.markdown("##### Local recalibration")
    ids = loaded.cohort.weights_ids
    if len(ids) != 1 or ids[0] not in bundle_folders():
        st.info(
            "Recalibration needs the weights of this cohort's scores "
            f"({plain(', '.join(ids)) or 'not stated in score_weights_id'}), which are not "
            "installed. Import them on the Weights page.",
            icon=":material/tune:",
        )
        return
    found = bundle(ids[0])
    weights = Weights(found.id, found.sha256)
    _kept(weights, task)
    if group.apparent:
        st.caption(
            "This group includes training patients; choose an independent group to recalibrate."
        )
        return
    methods = list(Method)
    method = st.radio(
        "Fit", methods, format_func=_METHODS.__getitem__, horizontal=True, key="model_recal"
    )
    rows = dict(group_rows(loaded.cohort.table, GroupBy(by)))[group.name]
    try:
        new = fit(
            loaded.cohort.table[rows].reset_index(drop=True),
            task,
            weights,
            method=method,
            cohort=f"{loaded.cohort.name}, {group.name}",
            synthetic=loaded.cohort.synthetic,
            made_on=date.today().isoformat(),
        )
    except CohortError as refusal:
        st.info(plain(str(refusal)), icon=":material/info:")
        return
    _draw(loaded, group, new)
    if st.button(
        f"Store with the weights {plain(found.id)}",
        icon=":material/save:",
        help="The score is unchanged; the recalibrated probability is shown beside it.",
    ):
        save(new)
        st.rerun()


def _kept(weights: Weights, task: Task) -> None:
    """The stored one, with its removal."""
    try:
        kept = load(weights, task)
    except WeightsError as refusal:
        st.warning(plain(str(refusal)), icon=":material/warning:")
    else:
        if kept is None:
            return
        st.success(
            f"Stored with the weights {plain(weights.id)}: {provenance(kept)}. Shown beside the "
            "score on the Score page.",
            icon=":material/tune:",
        )
    if st.button("Remove the stored recalibration", icon=":material/delete:"):
        remove(weights.id, task)
        st.rerun()


def _draw(loaded: Loaded, group: GroupReport, new: Recalibration) -> None:
    """The fitted line over the observed proportions, and the change in Brier score."""
    report = group.markers[0].calibration
    scores = np.linspace(max(0.01, new.lowest_score), min(0.99, new.highest_score), 80)
    values = [recalibrate(new, float(s)).probability for s in scores]
    data = pd.DataFrame(
        {
            "score": scores,
            "probability": [v.estimate for v in values],
            "low": [v.low for v in values],
            "high": [v.high for v in values],
        }
    )
    left, right = st.columns([3, 2])
    with left:
        show_figure(
            recalibration_figure(data, group.markers[0].name, report, footer(loaded)),
            "recalibration",
            f"recalibration-{group.name}",
            data,
            jsonable(new),
        )
    with right:
        gain = new.brier_before - new.brier_after
        st.markdown(
            f"**Brier score {'improves' if gain > 0 else 'does not improve'}**: "
            f"{new.brier_before:.4f} before, {new.brier_after:.4f} after recalibration (10-fold "
            "cross-validation)."
        )
        st.markdown(
            f"logit P = {signed(new.line.intercept)} {signed(new.line.slope)} × logit(score); "
            f"{new.n} independent patients, {new.n_positive} positive. Ranking and AUC are "
            "unchanged. Band: uncertainty of the fitted line, not of a patient's status."
        )


def recalibration_figure(
    line: pd.DataFrame, score: str, report: CalibrationReport | None, footer: str
) -> go.Figure:
    """Recalibrated probability by score with its band, over the observed proportions."""
    figure = go.Figure()
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": LINE, "dash": "dot", "width": 1.2}
    )
    figure.add_scatter(
        x=pd.concat([line["score"], line["score"][::-1]]),
        y=pd.concat([line["high"], line["low"][::-1]]),
        fill="toself", fillcolor=translucent(COLOURS[2], 0.18), line={"width": 0}, mode="lines",
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=line["score"], y=line["probability"], mode="lines", name="recalibrated",
        line={"color": COLOURS[2], "width": 3},
        hovertemplate="score %{x:.2f}: probability %{y:.0%}<extra></extra>",
    )  # fmt: skip
    if report is not None:
        figure.add_scatter(
            x=[b.mean_probability for b in report.bins],
            y=[b.observed.estimate for b in report.bins],
            mode="markers", name="observed", marker={"size": 9, "color": COLOURS[0]},
            customdata=[b.n for b in report.bins],
            hovertemplate="%{y:.0%} of %{customdata} patients<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text=score, range=[-0.02, 1.02], dtick=0.25)
    figure.update_yaxes(
        title_text="observed proportion", range=[-0.02, 1.02], tickformat=".0%", dtick=0.25
    )
    return finish(figure, footer, 420)
