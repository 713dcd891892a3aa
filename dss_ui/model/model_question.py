"""What the user asks of a score: which one, against what, in which groups; and the answer."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from dss_core.cohort.release_location import Release
from dss_core.cohort.releases import read_release
from dss_core.evaluation.evaluate import Evaluation, evaluate
from dss_core.evaluation.group_by import GroupBy
from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.prespecified_cutoff import PrespecifiedCutoff, prespecified_cutoff
from dss_core.evaluation.signatures import Coding
from dss_ui.past_patients.cohort_source import Loaded
from dss_ui.shell.messages import plain

PAIRS = {"EGFR-DLS": ("egfr_dls", "egfr_status"), "PDL1-DLS": ("pdl1_dls", "pdl1_status")}
_BY = {
    GroupBy.PART: "training / validation / external",
    GroupBy.COHORT: "cohort",
    GroupBy.SITE: "site",
    GroupBy.HISTOLOGY: "histology",
}
_CODING = {
    Coding.RELEASED: "histology as a numeric code (as published)",
    Coding.CATEGORIES: "histology as categories",
}


@dataclass(frozen=True)
class ModelQuestion:
    """One state of the controls."""

    score: str
    label: str
    by: GroupBy
    coding: Coding
    cutoff: PrespecifiedCutoff


def ask_model(loaded: Loaded, grouped: bool) -> ModelQuestion | None:
    """Draw the controls; None when the cohort has no score with its label.

    `grouped` says whether what is shown goes by groups; else their control is at rest.
    """
    cohort = loaded.cohort
    scores = [name for name, columns in PAIRS.items() if _labelled(cohort.table, *columns)]
    if not scores:
        st.info(
            "No patient has both a score and a reference label (`egfr_status` or `pdl1_status`). "
            "Choose another cohort above, or upload your own scored table.",
            icon=":material/table:",
        )
        return None
    groups = [by for by in _BY if by is GroupBy.PART or cohort.has(by.value)]
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    score = row.segmented_control(
        "Score", scores, default=scores[0], required=True, key="model_score"
    )
    by = row.segmented_control(
        "Group by",
        groups,
        default=groups[0],
        required=True,
        format_func=_BY.__getitem__,
        key="model_by",
        disabled=not grouped,
        help="Applies to Discrimination, Calibration and Decision curve.",
    )
    codings = list(Coding)
    with row.popover("Signatures", icon=":material/tune:", width="content"):
        coding = st.radio(
            "Clinical (CS) and combined (CMS) signature",
            codings,
            format_func=_CODING.__getitem__,
            key="model_coding",
        )
    columns = PAIRS[score]
    cutoff = prespecified_cutoff(columns[0], cohort.weights_ids)
    return ModelQuestion(*columns, by, coding, cutoff)


def answer(loaded: Loaded, question: ModelQuestion) -> Evaluation:
    """The evaluation, computed once for each cohort and question."""
    return _evaluated(loaded.digest, question, loaded)


def choose_group(found: Evaluation) -> GroupReport:
    """Which group the figures show: first one that no model was trained on."""
    names = [g.name for g in found.groups]
    independent = [g.name for g in found.groups if not g.apparent and g.markers[0].auc]
    default = (independent or names)[0]
    picked = st.segmented_control(
        "Group",
        names,
        default=default,
        required=True,
        format_func=plain,
        key=f"model_group_{found.score}_{found.by}",
    )
    return next(g for g in found.groups if g.name == picked)


@st.cache_resource(max_entries=8, show_spinner="Computing the results")
def _evaluated(digest: str, question: ModelQuestion, _loaded: Loaded) -> Evaluation:
    slices = None
    if _loaded.clone is not None and question.score == "egfr_dls":
        slices = _slices(_loaded.clone)
    return evaluate(
        _loaded.cohort.table,
        score=question.score,
        label=question.label,
        by=question.by,
        coding=question.coding,
        cutoff=question.cutoff,
        slices=slices,
        name=_loaded.cohort.name,
    )


def _slices(clone: Path) -> pd.DataFrame:
    return read_release(clone, Release.LUNGEGFR).slices


def _labelled(table: pd.DataFrame, score: str, label: str) -> bool:
    return {score, label} <= set(table) and bool(
        (table[score].notna() & table[label].notna()).any()
    )
