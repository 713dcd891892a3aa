"""Durable clinical benefit and response by group (Fig. 4b), for cohorts that record them."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import streamlit as st
from scipy.stats import fisher_exact

from dss_core.errors import DssError
from dss_core.statistics.follow_up import Bools
from dss_core.statistics.performance import wilson
from dss_core.survival.comparison import MIN_GROUP
from dss_core.survival.result_text import p_value, percent
from dss_core.survival.strata import divide
from dss_ui.figures.figure_downloads import show_figure, show_table
from dss_ui.past_patients.cohort_charts import proportion_figure
from dss_ui.past_patients.cohort_question import Question
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


@dataclass(frozen=True)
class _Outcome:
    """A yes/no outcome and how it is spoken of."""

    column: str
    name: str
    file: str
    caption: str
    absent: str


_BENEFIT = _Outcome(
    "dcb",
    "durable clinical benefit",
    "durable-clinical-benefit",
    "Durable clinical benefit as recorded in the cohort; intervals after Wilson.",
    "None of the selected patients has durable clinical benefit recorded. In the published cohort "
    "it is recorded for the patients on ICI.",
)
_RESPONSE = _Outcome(
    "best_response",
    "objective response",
    "objective-response",
    "Complete or partial response (RECIST 1.1) as the best one recorded; intervals after Wilson.",
    "None of the selected patients has a best response recorded. The published release has codes "
    "of it, but does not say what they mean, so they are not read; a table of your own may have "
    "the column `best_response`.",
)


def benefit_view(loaded: Loaded, question: Question) -> None:
    """Both outcomes among the selected patients, by group."""
    table = loaded.cohort.table
    if question.where:
        table = table[question.where.select(table).to_numpy(dtype=bool, na_value=False)]
    for outcome in (_BENEFIT, _RESPONSE):
        st.markdown(f"#### {outcome.name[0].upper()}{outcome.name[1:]} by group")
        rows = table
        if outcome.column in table:
            rows = table[table[outcome.column].notna()].reset_index(drop=True)
        if outcome.column not in table or rows.empty:
            st.info(outcome.absent, icon=":material/info:")
            continue
        reached = rows[outcome.column].isin([1, "CR", "PR"]).to_numpy(dtype=bool)
        try:
            _shares(loaded, question, outcome, rows, reached)
        except DssError as refusal:
            st.info(plain(str(refusal)), icon=":material/info:")


def _shares(
    loaded: Loaded, question: Question, outcome: _Outcome, rows: pd.DataFrame, reached: Bools
) -> None:
    grouping = divide(rows, question.strata, question.egfr_cutoff, question.pdl1_cutoff)
    counts = [
        (int(reached[grouping.code == i].sum()), int((grouping.code == i).sum()))
        for i in range(len(grouping.labels))
    ]
    shares = [wilson(k, n) for k, n in counts]
    left, right = st.columns([5, 3])
    with left:
        show_figure(
            proportion_figure(grouping.labels, shares, outcome.name, footer(loaded)),
            outcome.column.replace("_", "-"),
            outcome.file,
            pd.DataFrame(counts, columns=["reached", "patients"]).assign(group=grouping.labels),
            {g: asdict(s) for g, s in zip(grouping.labels, shares, strict=True)},
        )
    with right:
        show_table(
            pd.DataFrame(
                {
                    "Reached": [f"{k} of {n}" for k, n in counts],
                    "Share (95% CI)": [percent(s) for s in shares],
                },
                index=grouping.labels,
            )
        )
        if min(n for _, n in counts) < MIN_GROUP:
            st.caption(f"A group has fewer than {MIN_GROUP} patients: no test.")
        elif len(counts) == 2 and not question.exploratory:
            p = fisher_exact(np.array([[k, n - k] for k, n in counts])).pvalue
            st.markdown(f"Fisher's exact test: **{p_value(float(p))}**")
        if outcome is _RESPONSE:
            known = grouping.code >= 0
            groups = np.array(grouping.labels)[grouping.code[known]]
            show_table(pd.crosstab(groups, rows["best_response"][known].to_numpy(dtype=str)))
        st.caption(outcome.caption)
