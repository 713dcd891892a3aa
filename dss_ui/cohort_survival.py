"""The Kaplan-Meier view: curves, the numbers beside them, and the patient's own place."""

from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from dss_core.errors import DssError
from dss_core.records import Group, Task
from dss_core.survival.compare import Comparison, compare
from dss_core.survival.curves import Curve, Interval
from dss_core.survival.place import Match, PatientScore, place
from dss_core.survival.strata import Strata, divide
from dss_core.survival.trials import TrialArms
from dss_core.survival.words import (
    hazard_ratio,
    hazards_cross,
    headline,
    mean_difference,
    months,
    p_value,
    past_patients,
    percent,
)
from dss_ui.cohort_charts import Labels, kaplan_meier_figure, score_strip
from dss_ui.cohort_question import Question
from dss_ui.cohort_source import Loaded
from dss_ui.figures import show_figure, show_table
from dss_ui.messages import plain
from dss_ui.state import current_result


def current_patient() -> PatientScore | None:
    """The session's scored case as a patient to place; None without an EGFR score."""
    result = current_result()
    score = next((s for s in result.scores if s.task is Task.EGFR), None) if result else None
    if result is None or score is None:
        return None
    facts: dict[str, str | float] = {
        "suvmax": result.suv.max,
        "n_slices": len(result.tensor.z_mm),
    }
    return PatientScore(
        score.dls, score.interval.low, score.interval.high, result.weights_id, facts
    )


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
    patient = current_patient()
    own = _own_group(result, question, patient)
    st.markdown(f"#### {headline(result, question.outcome)}")
    left, right = st.columns([5, 3])
    with left:
        figure = kaplan_meier_figure(
            [c for c in result.curves if c.n],
            Labels(_time_words(question), question.outcome.capitalize(), footer(loaded)),
            bold=own.label if own else None,
            overlay=_renamed(trial) if trial else (),
        )
        show_figure(figure, "km", "kaplan-meier", curve_table(result.curves), result.to_json())
        if trial:
            st.caption(
                f"Grey: {plain(trial.figure)}, digitised, for context only; other patients, other "
                "times. "
                f"{plain(trial.citation)}"
            )
    with right:
        _numbers(result)
        _reading(loaded, result, question)
    if question.strata is not Strata.EGFR_STATUS:
        _patients_place(loaded, question, patient, own)


def footer(loaded: Loaded) -> str:
    """The line that every exported figure carries."""
    cohort = loaded.cohort
    kind = "Synthetic cohort: no row is a patient. " if cohort.synthetic else ""
    weights = ", ".join(cohort.weights_ids) or "not named"
    origin = f"{kind}{escape(cohort.name)}; scores: {escape(weights)}."
    return f"{origin}<br>Research use only. Not a medical device."


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


def _numbers(result: Comparison) -> None:
    """Groups in columns, then what sets them apart."""
    rows = {
        "Patients (events)": [f"{c.n} ({c.n_events})" for c in result.curves],
        "Median, months": [months(c.median) for c in result.curves],
    }
    for at in (6, 12, 24):
        rows[f"At {at} months"] = [percent(c.at(at)) for c in result.curves]
    table = pd.DataFrame(rows, index=[c.label for c in result.curves])
    show_table(table if len(result.curves) > 2 else table.T)
    lines: list[str] = []
    if result.cox:
        lines.append(f"Hazard ratio **{hazard_ratio(result.cox)}**, {p_value(result.cox.p)} (Wald)")
    if result.logrank_p is not None:
        lines.append(f"Log-rank **{p_value(result.logrank_p)}**")
    if result.rmst:
        line = f"Mean survival difference **{mean_difference(result.rmst)}**"
        line += f", {p_value(result.rmst.p)}"
        lines.insert(0 if hazards_cross(result) else len(lines), line)
    if result.ph_p is not None:
        verdict = (
            "hazards are **not proportional**: read the mean difference, not the hazard ratio"
            if hazards_cross(result)
            else "no sign against proportional hazards"
        )
        lines.append(f"Schoenfeld test {p_value(result.ph_p)}: {verdict}")
    st.markdown("\n".join(f"- {line}" for line in lines))
    for reason in dict.fromkeys(item.reason for item in result.suppressed):
        what = ", ".join(_WORDS[i.what] for i in result.suppressed if i.reason == reason)
        st.caption(f"Not given: {what}. {reason}")


_WORDS = {
    "logrank_p": "log-rank test",
    "cox": "hazard ratio",
    "ph_p": "proportional-hazards test",
    "rmst_difference": "mean survival difference",
}


def _reading(loaded: Loaded, result: Comparison, question: Question) -> None:
    """What a careful reader must know, short."""
    lines = [
        f"{result.n_selected} selected, {result.n_missing} without follow-up or group.",
        "Time zero: start of treatment. Groups were not randomised; they may differ in more than "
        "the score.",
        "In brackets: 95% confidence intervals. Bands: pointwise 95% log-log limits. Lines fade "
        "where fewer than 10 remain.",
    ]
    if loaded.cohort.synthetic:
        lines.insert(0, "**Synthetic cohort: no row is a patient.**")
    if question.stratify_by:
        lines.append(f"Tests are stratified by {question.stratify_by}.")
    st.caption("  \n".join(lines))


def _own_group(
    result: Comparison, question: Question, patient: PatientScore | None
) -> Curve | None:
    """The curve of the patient's side of the cut-off."""
    if patient is None or question.strata is not Strata.EGFR_DLS:
        return None
    return result.curves[int(patient.dls >= question.egfr_cutoff)]


def _patients_place(
    loaded: Loaded, question: Question, patient: PatientScore | None, own: Curve | None
) -> None:
    st.markdown("#### Your patient among past patients")
    cohort = loaded.cohort
    table = cohort.table
    if question.where:
        table = table[question.where.select(table).to_numpy(dtype=bool, na_value=False)]
    left, right = st.columns([5, 3])
    if not cohort.has("egfr_dls"):
        st.info("This cohort has no EGFR-DLS, so a patient cannot be placed in it.")
        return
    found = place(table, cohort.weights_ids, patient, question.egfr_cutoff) if patient else None
    interval = Interval(patient.dls, patient.low, patient.high) if patient else None
    with left:
        show_figure(
            score_strip(cohort.table, question.egfr_cutoff, footer(loaded), interval),
            "strip",
            "score-strip",
            cohort.table[[c for c in ("egfr_dls", "egfr_status") if c in cohort.table]],
            {"cutoff": question.egfr_cutoff, "patient": patient.dls if patient else None},
        )
    with right:
        if patient is None or found is None:
            st.info(
                "No scored case yet. Score a case on the Case page and it appears here among the "
                "scores of past patients.",
                icon=":material/person_search:",
            )
            return
        if found.match is Match.DEMONSTRATION:
            theirs = plain(", ".join(cohort.weights_ids) or "unnamed weights")
            st.warning(
                f"The patient's score comes from weights **{plain(patient.weights_id)}**, the "
                f"cohort's from **{theirs}**. Scores of different models do not mix: the place is "
                "shown for demonstration only.",
                icon=":material/warning:",
            )
        elif cohort.synthetic:
            st.caption("Demo weights and synthetic cohort: for demonstration only.")
        if found.between_groups:
            st.markdown(
                f"**Between groups.** EGFR-DLS {patient.dls:.2f}, interval "
                f"{patient.low:.2f} to {patient.high:.2f}, holds the cut-off."
            )
        else:
            side = "high" if found.group is Group.HIGH else "low"
            st.markdown(f"**EGFR-DLS {patient.dls:.2f}: {side}.**")
        st.markdown(
            f"Above {found.percentile:.0f}% of the {len(table)} selected past patients (the figure "
            "shows the whole cohort)."
        )
        if own and own.n:
            st.markdown(past_patients(own, question.outcome, 12))
        st.caption("These are counts of past patients, not a forecast for this one.")
        if found.differences:
            st.markdown("How this patient differs from them:")
            st.markdown("\n".join(f"- {line}" for line in found.differences))


def _renamed(trial: TrialArms) -> tuple[Curve, ...]:
    return tuple(replace(c, label=escape(f"{trial.figure}: {c.label}")) for c in trial.curves)


def _time_words(question: Question) -> str:
    if question.landmark:
        return f"months from treatment start (landmark at {question.landmark:g})"
    return "months from treatment start"
