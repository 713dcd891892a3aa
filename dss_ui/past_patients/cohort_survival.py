"""The Kaplan-Meier view: curves and the numbers beside them."""

from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from dss_core.cohort.kept_rows import in_words
from dss_core.errors import DssError
from dss_core.statistics.kaplan_meier import Curve
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.result_text import (
    Outcome,
    hazard_ratio,
    hazards_cross,
    headline,
    months,
    p_value,
    percent,
    rmst_text,
)
from dss_core.survival.strata import divide
from dss_core.survival.trials import TrialArms
from dss_ui.figures.figure_downloads import show_figure, show_table
from dss_ui.past_patients.cohort_curves import Labels, kaplan_meier_figure
from dss_ui.past_patients.cohort_place import own_curves, patient_position
from dss_ui.past_patients.cohort_question import Question
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


def survival_view(loaded: Loaded, question: Question, trial: TrialArms | None) -> None:
    """Draw the answer to the question."""
    cohort = loaded.cohort
    try:
        grouping = divide(cohort.table, question.strata, question.egfr_cutoff, question.pdl1_cutoff)
        result = compare(
            cohort.table,
            question.endpoint,
            grouping,
            where=question.where,
            strata=question.stratify_by,
            landmark=question.landmark,
            tau=question.tau,
            exploratory=question.exploratory,
        )
    except DssError as refusal:
        st.info(plain(str(refusal)), icon=":material/info:")
        return
    own = own_curves(result, question)
    patient_position(loaded, question, own)
    st.markdown(f"#### {headline(result, question.outcome)}")
    left, right = st.columns([5, 3])
    with left:
        figure = kaplan_meier_figure(
            [c for c in result.curves if c.n],
            Labels(_time_words(question), question.outcome.capitalize(), footer(loaded)),
            bold=own[0].label if len(own) == 1 else None,
            overlay=_renamed(trial) if trial else (),
        )
        show_figure(figure, "km", "kaplan-meier", curve_table(result.curves), result.to_json())
        if trial:
            st.caption(
                f"Grey: {plain(trial.figure)}, digitised; different patients and period, context "
                f"only. {plain(trial.citation)}"
            )
    with right:
        if len(result.curves) <= 2:
            show_table(_numbers(result, question.outcome).T)
        _contrast(result)
        _reading(loaded, result, question)
    if len(result.curves) > 2:  # too wide to stand beside the figure
        show_table(_numbers(result, question.outcome))


def curve_table(curves: tuple[Curve, ...]) -> pd.DataFrame:
    """Every step of every curve."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "group": c.label,
                    "months": c.time,
                    "at_risk": c.at_risk,
                    "events": c.events,
                    "censored": c.censored,
                    "survival": c.survival,
                    "low": c.low,
                    "high": c.high,
                }
            )
            for c in curves
        ],
        ignore_index=True,
    )


def _numbers(result: Comparison, outcome: Outcome) -> pd.DataFrame:
    """Counts, medians and survival, one row a group."""
    rows = {
        "Patients (events)": [f"{c.n} ({c.n_events})" for c in result.curves],
        f"Median {outcome.name}, months (95% CI)": [months(c.median) for c in result.curves],
    }
    for at in (6, 12, 24):
        rows[f"{at}-month {outcome.name} (95% CI)"] = [percent(c.at(at)) for c in result.curves]
    return pd.DataFrame(rows, index=[c.label for c in result.curves])


def _contrast(result: Comparison) -> None:
    """Tests and effect sizes of the contrast, or why they are not reported."""
    lines: list[str] = []
    if result.cox:
        lines.append(f"Hazard ratio **{hazard_ratio(result.cox)}**, {p_value(result.cox.p)} (Wald)")
    if result.logrank_p is not None:
        lines.append(f"Log-rank **{p_value(result.logrank_p)}**")
    if result.rmst:
        line = f"RMST difference **{rmst_text(result.rmst)}**"
        line += f", {p_value(result.rmst.p)}"
        lines.insert(0 if hazards_cross(result) else len(lines), line)
    if result.ph_p is not None:
        finding = (
            "proportional hazards **rejected**: use the RMST difference, not the hazard ratio"
            if hazards_cross(result)
            else "no evidence against proportional hazards"
        )
        lines.append(f"Schoenfeld test {p_value(result.ph_p)}: {finding}")
    st.markdown("\n".join(f"- {line}" for line in lines))
    for reason in dict.fromkeys(item.reason for item in result.suppressed):
        what = ", ".join(_WORDS[i.what] for i in result.suppressed if i.reason == reason)
        st.caption(f"Not reported: {what}. {plain(reason)}")


_WORDS = {
    "logrank_p": "log-rank test",
    "cox": "hazard ratio",
    "ph_p": "proportional-hazards test",
    "rmst_difference": "RMST difference",
}


def _reading(loaded: Loaded, result: Comparison, question: Question) -> None:
    """Notes on the analysis, short."""
    lines = [
        f"{result.n_selected} patients selected. Left out: {plain(in_words(result.excluded))}.",
        "Score groups are not randomised; other prognostic factors may differ (confounding).",
        "Brackets: 95% CI. Bands: pointwise 95% CI (log-log). Lines fade below 10 at risk.",
    ]
    if loaded.cohort.synthetic:
        lines.insert(0, "**Synthetic cohort: no real patients.**")
    if question.stratify_by:
        lines.append(f"Tests are stratified by {question.stratify_by}.")
    st.caption("  \n".join(lines))


def _renamed(trial: TrialArms) -> tuple[Curve, ...]:
    return tuple(replace(c, label=escape(f"{trial.figure}: {c.label}")) for c in trial.curves)


def _time_words(question: Question) -> str:
    if question.landmark:
        return f"months from treatment start (landmark at {question.landmark:g})"
    return "months from treatment start"
