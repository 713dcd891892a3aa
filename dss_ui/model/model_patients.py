"""Views of the model page by patient characteristics: associations and subgroups."""

import pandas as pd
import streamlit as st

from dss_core.evaluation.associations import Method
from dss_core.evaluation.evaluate import Evaluation
from dss_core.evaluation.jsonable import jsonable
from dss_core.survival.result_text import p_value
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import (
    Distribution,
    named,
    scatter_figure,
    subgroups_figure,
    violin_figure,
)
from dss_ui.model.model_views import interval, share
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


def associations_view(loaded: Loaded, found: Evaluation) -> None:
    """Every variable against the score, one of them drawn."""
    rows = found.associations
    if not rows:
        st.info("No clinical variable in this cohort to compare with the score.")
        return
    score = found.groups[0].markers[0].name
    names = [a.variable for a in rows]
    chosen = st.pills(
        "Variable", names, default=names[0], format_func=named, key=f"model_against_{found.score}"
    )
    one = next(a for a in rows if a.variable == (chosen or names[0]))
    table = loaded.cohort.table
    known = table[[found.score, one.variable]].dropna()
    y = known[found.score].to_numpy(float)
    left, right = st.columns([3, 2])
    with left:
        if one.groups:
            groups = [
                Distribution(g.name, y[(known[one.variable] == g.name).to_numpy(bool)])
                for g in one.groups
            ]
            figure = violin_figure(groups, score, found.cutoff, footer(loaded))
        else:
            x = known[one.variable].to_numpy(float)
            figure = scatter_figure(x, y, (named(one.variable), score), footer(loaded))
        show_figure(figure, "association", f"{found.score}-{one.variable}", known, jsonable(one))
    with right:
        st.markdown(f"**{score} and {named(one.variable)}**, {one.n} patients")
        if one.test is not None:
            st.markdown(
                f"{one.test}: **{p_value(one.p)}**, {one.test.effect_name} "
                f"**{interval(one.effect, 2)}**"
            )
        else:
            st.caption(f"Not tested: {plain(str(one.withheld))}.")
        if one.groups:
            st.dataframe(
                pd.DataFrame(
                    {
                        "Group": [g.name for g in one.groups],
                        "n": [g.n for g in one.groups],
                        "Median (quartiles)": [
                            f"{g.median:.2f} ({g.lower_quartile:.2f}, {g.upper_quartile:.2f})"
                            for g in one.groups
                        ],
                    }
                ),
                hide_index=True,
            )
        if one.test is Method.MANN_WHITNEY:
            tested = [g.name for g in one.groups if g.n >= 5]
            st.caption(f"Above 0: higher in {plain(tested[-1])} than in {plain(tested[0])}.")
    st.dataframe(
        pd.DataFrame(
            {
                "Variable": [named(a.variable) for a in rows],
                "n": [a.n for a in rows],
                "Test": [a.test or "-" for a in rows],
                "Effect size": [
                    f"{a.test.effect_name} {interval(a.effect, 2)}" if a.test else "-" for a in rows
                ],
                "p": [p_value(a.p) if a.p is not None else "-" for a in rows],
                "p, Holm": [p_value(a.p_holm) if a.p is not None else "-" for a in rows],
                "p, FDR": [p_value(a.p_fdr) if a.p is not None else "-" for a in rows],
            }
        ),
        hide_index=True,
    )
    st.caption(
        "All patients, training included; p adjusted for multiple testing (Holm; "
        "Benjamini-Hochberg, FDR). Association is not causation."
    )


def subgroups_view(loaded: Loaded, found: Evaluation) -> None:
    """Forest plot of the AUC by subgroup, with sensitivity and specificity."""
    if not found.fairness:
        st.info("No variable of this cohort divides its patients into subgroups.")
        return
    st.markdown(
        f"**{found.groups[0].markers[0].name} performance by subgroup**, "
        f"{found.fairness_population}"
    )
    rows = pd.DataFrame(
        [
            {
                "Variable": named(f.variable),
                "Subgroup": g.name,
                "n (+)": f"{g.n} ({g.n_positive})",
                "AUC": interval(g.auc, 2),
                "Sensitivity": share(g.calls.sensitivity),
                "Specificity": share(g.calls.specificity),
                "p (difference in AUC)": p_value(f.heterogeneity_p)
                if f.heterogeneity_p is not None
                else "-",
            }
            for f in found.fairness
            for g in f.subgroups
        ]
    )
    show_figure(
        subgroups_figure(found.fairness, footer(loaded)),
        "fairness",
        f"subgroups-{found.score}",
        rows,
        jsonable({f.variable: f for f in found.fairness}),
    )
    st.dataframe(rows, hide_index=True, height=35 * (len(rows) + 1) + 3)
    st.caption(
        "Fewer than 5 positive or negative patients: AUC not reported. p: Cochran's Q, not "
        "corrected for multiple testing; a large p is not evidence of equal performance."
    )
    unknown = [f"{named(f.variable)} {f.n_unknown}" for f in found.fairness if f.n_unknown]
    if unknown:
        st.caption("Excluded, not recorded: " + ", ".join(unknown) + ".")
