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

_HISTOLOGIES = {"adenocarcinoma": "adenocarcinoma", "squamous": "squamous"}
_SMOKING = {"never": "never", "light_former": "ever", "smoker": "ever"}
_EGFR = {"positive": "mutant", "negative": "wild type"}


def current_patient() -> PatientScore | None:
    """The session's scored case as a patient to place; None without an EGFR score."""
    result = current_result()
    score = next((s for s in result.scores if s.task is Task.EGFR), None) if result else None
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


def own_curves(
    result: Comparison, question: Question, patient: PatientScore | None
) -> tuple[Curve, ...]:
    """The curve of the patient's side of the cut-off; both when the score is indeterminate."""
    if patient is None or question.strata is not Strata.EGFR_DLS:
        return ()
    match patient.group(question.egfr_cutoff):
        case Group.INDETERMINATE:
            return result.curves
        case Group.HIGH:
            return result.curves[1:]
        case _:
            return result.curves[:1]


def patient_position(
    loaded: Loaded, question: Question, patient: PatientScore | None, own: tuple[Curve, ...]
) -> None:
    """The strip of scores and the patient's position on it."""
    st.markdown("#### This patient's score among past patients")
    cohort = loaded.cohort
    if not cohort.has("egfr_dls"):
        st.info("This cohort has no EGFR-DLS: comparison with past patients is not possible.")
        return
    interval = Interval(patient.dls, patient.low, patient.high) if patient else None
    bins = _bins(loaded.digest, loaded)
    left, right = st.columns([5, 3])
    with left:
        show_figure(
            score_strip(bins, question.egfr_cutoff, footer(loaded), interval),
            "strip",
            "score-strip",
            bins,
            {"cutoff": question.egfr_cutoff, "patient": patient.dls if patient else None},
        )
    with right:
        if patient is None:
            st.info(
                "No scored case. Score a case on the Images page to compare it with past patients.",
                icon=":material/person_search:",
            )
            return
        _words(loaded, question, patient, own)


def _words(
    loaded: Loaded, question: Question, patient: PatientScore, own: tuple[Curve, ...]
) -> None:
    cohort = loaded.cohort
    table = cohort.table
    if question.where:
        table = table[question.where.select(table).to_numpy(dtype=bool, na_value=False)]
    found = place(table, cohort.weights_ids, patient, question.egfr_cutoff)
    if found.match is Match.DEMONSTRATION:
        theirs = plain(", ".join(cohort.weights_ids) or "weights not stated")
        st.warning(
            f"Patient scored with weights **{plain(patient.weights_id)}**, cohort with "
            f"**{theirs}**. Scores are not comparable: for demonstration only.",
            icon=":material/warning:",
        )
    elif cohort.synthetic:
        st.caption("Demo weights and synthetic cohort: for demonstration only.")
    if found.group is Group.INDETERMINATE:
        st.markdown(
            f"**EGFR-DLS {patient.dls:.2f}: indeterminate.** The 90% interval ({patient.low:.2f} "
            f"to {patient.high:.2f}) includes the cut-off; both groups are shown."
        )
    else:
        st.markdown(f"**EGFR-DLS {patient.dls:.2f}: {found.group}.**")
    st.markdown(
        f"Higher than in {found.percentile:.0f}% of the {found.n_scored:,} selected past patients "
        "with a score (the figure shows the whole cohort)."
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
def _bins(digest: str, _loaded: Loaded) -> pd.DataFrame:
    """Counts a bar, by the cohort's digest: what is drawn does not grow with the cohort."""
    table = _loaded.cohort.table
    scores = table["egfr_dls"].to_numpy(dtype=float, na_value=np.nan)
    status = table["egfr_status"] if "egfr_status" in table else pd.Series(pd.NA, table.index)
    return score_bins(scores, status.fillna("unknown").to_numpy(dtype=str))
