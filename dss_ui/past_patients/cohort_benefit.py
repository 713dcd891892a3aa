"""Durable clinical benefit and response by group (Fig. 4b), for cohorts that record them."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dss_core.cohort.kept_rows import in_words
from dss_core.errors import DssError
from dss_core.evaluation.jsonable import jsonable
from dss_core.survival.outcome_shares import OutcomeShares, YesNoOutcome, outcome_shares
from dss_core.survival.result_text import p_value, percent
from dss_core.survival.strata import divide
from dss_ui.figures.figure_downloads import show_figure, show_table
from dss_ui.past_patients.cohort_charts import proportion_figure
from dss_ui.past_patients.cohort_question import Question
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


@dataclass(frozen=True)
class _Words:
    """Names of a yes/no outcome."""

    outcome: YesNoOutcome
    name: str
    file: str
    caption: str
    absent: str


_BENEFIT = _Words(
    YesNoOutcome.BENEFIT,
    "durable clinical benefit",
    "durable-clinical-benefit",
    "Durable clinical benefit as recorded in the cohort. Wilson 95% CI.",
    "Durable clinical benefit is not recorded for the selected patients. In the published cohort "
    "it is recorded for patients on ICI.",
)
_RESPONSE = _Words(
    YesNoOutcome.RESPONSE,
    "objective response",
    "objective-response",
    "Complete or partial response (RECIST 1.1) as best response. Wilson 95% CI.",
    "Best response is not recorded for the selected patients. The published release codes it "
    "without a key, so it was not used. Your table may include `best_response`.",
)


def response_view(loaded: Loaded, question: Question) -> None:
    """Both outcomes among the selected patients, by group."""
    table = loaded.cohort.table
    for words in (_BENEFIT, _RESPONSE):
        st.markdown(f"#### {words.name[0].upper()}{words.name[1:]} by group")
        try:
            grouping = divide(table, question.strata, question.egfr_cutoff, question.pdl1_cutoff)
            found = outcome_shares(
                table,
                words.outcome,
                grouping,
                question.where,
                exploratory=question.exploratory,
            )
        except DssError as refusal:
            st.info(plain(str(refusal)), icon=":material/info:")
            continue
        if found.n_known:
            _shares(loaded, words, found)
        else:
            st.info(words.absent, icon=":material/info:")


def _shares(loaded: Loaded, words: _Words, found: OutcomeShares) -> None:
    labels = [g.label for g in found.groups]
    left, right = st.columns([5, 3])
    with left:
        show_figure(
            proportion_figure(labels, [g.share for g in found.groups], words.name, footer(loaded)),
            words.outcome.replace("_", "-"),
            words.file,
            pd.DataFrame(
                [(g.reached, g.n) for g in found.groups], columns=["reached", "patients"]
            ).assign(group=labels),
            jsonable(found),
        )
    with right:
        show_table(
            pd.DataFrame(
                {
                    "With outcome": [f"{g.reached} of {g.n}" for g in found.groups],
                    "Proportion (95% CI)": [percent(g.share) if g.n else "-" for g in found.groups],
                },
                index=labels,
            )
        )
        if found.fisher_p is not None:
            st.markdown(f"Fisher's exact test: **{p_value(found.fisher_p)}**")
        elif found.not_reported:
            st.caption(plain(found.not_reported))
        if words is _RESPONSE:
            cells = sorted({cell for g in found.groups for cell in g.cells})
            show_table(
                pd.DataFrame(
                    {cell: [g.cells.get(cell, 0) for g in found.groups] for cell in cells},
                    index=labels,
                )
            )
        st.caption(words.caption)
        if found.excluded:
            st.caption(f"Left out: {plain(in_words(found.excluded))}.")
