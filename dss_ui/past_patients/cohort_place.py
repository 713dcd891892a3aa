"""The patient of this session among the past patients: a strip of scores, counts, differences."""

import numpy as np
import pandas as pd
import streamlit as st

from dss_core.records import Group, Task
from dss_core.statistics.interval import Interval
from dss_core.statistics.kaplan_meier import Curve
from dss_core.survival.cohort_position import Match, PatientScore, place
from dss_core.survival.comparison import Comparison
from dss_core.survival.result_text import past_patients
from dss_core.survival.strata import Strata
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.past_patients.cohort_charts import score_bins, score_strip
from dss_ui.past_patients.cohort_question import Question
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.session.current import current_result
from dss_ui.shell.messages import plain
from dss_ui.shell.patient_facts import stored
from dss_ui.shell.words import TASKS

_HISTOLOGIES = {"adenocarcinoma": "adenocarcinoma", "squamous": "squamous"}
_SMOKING = {"never": "never", "light_former": "ever", "smoker": "ever"}
_COLUMNS = {Task.EGFR: "egfr_dls", Task.PDL1: "pdl1_dls"}
_EGFR = {"positive": "mutant", "negative": "wild type"}


def current_patient(task: Task = Task.EGFR) -> PatientScore | None:
    """The session's scored case as a patient to place; None without this score."""
    result = current_result()
    score = next((s for s in result.scores if s.task is task), None) if result else None
    if result is None or score is None:
        return None
    facts: dict[str, str | float] = {
        "suvmax": result.suv.max,
        "n_slices": len(result.z_mm),
    }
    interval = score.interval
    return PatientScore(
        score.dls, interval.low, interval.high, result.weights_id, facts | _recorded()
    )


def own_curves(result: Comparison, question: Question) -> tuple[Curve, ...]:
    """The curves of every group that the intervals of the patient's scores allow."""
    egfr = _sides(current_patient(Task.EGFR), question.egfr_cutoff)
    pdl1 = _sides(current_patient(Task.PDL1), question.pdl1_cutoff)
    match question.strata:
        case Strata.EGFR_DLS:
            own = [int(high) for high in egfr]
        case Strata.PDL1_DLS:
            own = [int(high) for high in pdl1]
        case Strata.BOTH_SCORES:  # in the order of `divide`
            own = [2 * int(mutant) + int(not positive) for mutant in egfr for positive in pdl1]
        case _:
            own = []
    return tuple(result.curves[number] for number in own)


def _sides(patient: PatientScore | None, cutoff: float) -> tuple[bool, ...]:
    """Whether the score may be high: one answer, two where it is indeterminate, none without."""
    if patient is None:
        return ()
    group = patient.group(cutoff)
    return (False, True) if group is Group.INDETERMINATE else (group is Group.HIGH,)


def patient_position(loaded: Loaded, question: Question, own: tuple[Curve, ...]) -> None:
    """The strip of scores and the patient's position on it; nothing where no score divides."""
    if question.strata is Strata.EGFR_STATUS:
        return
    st.markdown("#### Your patient among past patients")
    task = Task.PDL1 if question.strata is Strata.PDL1_DLS else Task.EGFR
    cohort, name, column = loaded.cohort, TASKS[task].title, _COLUMNS[task]
    if not cohort.has(column):
        st.info(f"This cohort has no {name}: comparison with past patients is not possible.")
        return
    patient, cutoff = current_patient(task), _cutoff(task, question)
    interval = Interval(patient.dls, patient.low, patient.high) if patient else None
    bins = _bins(loaded.digest, column, loaded)
    left, right = st.columns([5, 3])
    with left:
        show_figure(
            score_strip(bins, cutoff, footer(loaded), interval, name),
            "strip",
            "score-strip",
            bins,
            {"cutoff": cutoff, "patient": patient.dls if patient else None},
        )
    with right:
        if patient is None:
            st.info(
                "No scored case. Score a case on the Images page to compare it with past patients.",
                icon=":material/person_search:",
            )
            return
        _words(loaded, question, task, patient, own)


def _cutoff(task: Task, question: Question) -> float:
    return question.egfr_cutoff if task is Task.EGFR else question.pdl1_cutoff


def _words(
    loaded: Loaded,
    question: Question,
    task: Task,
    patient: PatientScore,
    own: tuple[Curve, ...],
) -> None:
    cohort = loaded.cohort
    table = cohort.table
    if question.where:
        table = table[question.where.select(table).to_numpy(dtype=bool, na_value=False)]
    column = _COLUMNS[task]
    found = place(table, cohort.weights_ids, patient, _cutoff(task, question), column)
    if found.match is Match.DEMONSTRATION:
        theirs = plain(", ".join(cohort.weights_ids) or "weights not stated")
        st.warning(
            f"Patient scored with weights **{plain(patient.weights_id)}**, cohort with "
            f"**{theirs}**. Scores are not comparable: for demonstration only.",
            icon=":material/warning:",
        )
    elif cohort.synthetic:
        st.caption("Demo weights and synthetic cohort: for demonstration only.")
    tasks = (Task.EGFR, Task.PDL1) if question.strata is Strata.BOTH_SCORES else (task,)
    for one in tasks:
        if (scored := current_patient(one)) is not None:
            st.markdown(_group(one, scored, _cutoff(one, question)))
    st.markdown(
        f"{TASKS[task].title} higher than in {found.percentile:.0f}% of the {found.n_scored:,} "
        "selected past patients with a score (the figure shows the whole cohort)."
    )
    for curve in own:
        if curve.n:
            group = f"{plain(curve.label)}: " if len(own) > 1 else ""
            st.markdown(group + past_patients(curve, question.outcome, 12))
    st.caption("Past outcomes, not a prediction for this patient.")
    if found.differences:
        st.markdown("Unusual for this cohort:")
        st.markdown("\n".join(f"- {plain(line)}" for line in found.differences))
    else:
        st.caption("No recorded characteristic is unusual for this cohort.")


def _group(task: Task, patient: PatientScore, cutoff: float) -> str:
    """The patient's group, or that the score belongs to neither."""
    score, group = f"{TASKS[task].title} {patient.dls:.2f}", patient.group(cutoff)
    if group is not Group.INDETERMINATE:
        return f"**{score}: {group}.**"
    return (
        f"**{score}: indeterminate.** The 90% interval ({patient.low:.2f} to {patient.high:.2f}) "
        "includes the cut-off; both groups are shown."
    )


def _recorded() -> dict[str, str | float]:
    """What the Decision page's record says, in the words of a cohort table."""
    record = stored()
    facts: dict[str, str | float] = {}
    if record.get("age") is not None:
        facts["age_years"] = float(record["age"])
    if histology := record.get("histology"):
        facts["histology"] = _HISTOLOGIES.get(histology, "other")
    for name, value, words in (
        ("smoking", record.get("smoking"), _SMOKING),
        ("egfr_status", record.get("biomarkers", {}).get("egfr"), _EGFR),
    ):
        if value in words:
            facts[name] = words[value]
    return facts


@st.cache_data(max_entries=8, show_spinner=False)
def _bins(digest: str, column: str, _loaded: Loaded) -> pd.DataFrame:
    """Counts a bar, by the cohort's digest and score: small whatever the cohort's size."""
    table = _loaded.cohort.table
    scores = table[column].to_numpy(dtype=float, na_value=np.nan)
    status = table["egfr_status"] if "egfr_status" in table else pd.Series(pd.NA, table.index)
    return score_bins(scores, status.fillna("unknown").to_numpy(dtype=str))
