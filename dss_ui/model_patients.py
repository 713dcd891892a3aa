"""Views of the model page about people: associations, fairness, signatures for one patient."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from dss_core.errors import DssError
from dss_core.evaluation.associations import Method
from dss_core.evaluation.evaluate import Evaluation
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.signatures import Signature, explain
from dss_core.survival.schema import BY_NAME
from dss_core.survival.words import p_value
from dss_ui.cohort_source import Loaded, footer
from dss_ui.figures import show_figure
from dss_ui.messages import plain
from dss_ui.model_charts import (
    Distribution,
    breakdown_figure,
    fairness_figure,
    named,
    scatter_figure,
    violin_figure,
)
from dss_ui.model_views import interval, share
from dss_ui.state import current_result

_CHOICES = {
    "sex": ("female", "male"),
    "histology": ("adenocarcinoma", "squamous", "other"),
    "smoking": ("never", "ever"),
    "stage": ("I", "II", "III", "IV"),
}
_NOT_RECORDED = "Not recorded"


def associations_view(loaded: Loaded, found: Evaluation) -> None:
    """Every variable against the score, one of them drawn."""
    rows = found.associations
    if not rows:
        st.info("The cohort has none of the clinical variables that could go with the score.")
        return
    score = found.groups[0].markers[0].name
    names = [a.variable for a in rows]
    chosen = st.pills(
        "Against", names, default=names[0], format_func=named, key=f"model_against_{found.score}"
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
            st.caption(f"Not tested: {one.withheld}.")
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
            st.caption(f"Above 0: higher in {tested[-1]} than in {tested[0]}.")
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
        "All patients of the cohort, training included. Corrected for the number of variables in "
        "this table, after Holm and after Benjamini-Hochberg. An association is not a cause."
    )


def fairness_view(loaded: Loaded, found: Evaluation) -> None:
    """Forest plot of the area by subgroup, and the calls."""
    if not found.fairness:
        st.info("No variable of this cohort divides its patients into subgroups.")
        return
    st.markdown(
        f"**{found.groups[0].markers[0].name} in {found.fairness_population}**, by who they are"
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
                "Differ? p": p_value(f.heterogeneity_p) if f.heterogeneity_p is not None else "-",
            }
            for f in found.fairness
            for g in f.subgroups
        ]
    )
    show_figure(
        fairness_figure(found.fairness, None, footer(loaded)),
        "fairness",
        f"subgroups-{found.score}",
        rows,
        jsonable({f.variable: f for f in found.fairness}),
    )
    st.dataframe(rows, hide_index=True, height=36 * (len(rows) + 1))
    st.caption(
        "Under five patients in a class: too few to judge. The last column tests that all areas "
        "of a variable are equal (Cochran's Q); with so few patients a difference is easily "
        "missed, so a large p is no proof of fairness. Not corrected for multiple testing."
    )
    unknown = [f"{named(f.variable)} {f.n_unknown}" for f in found.fairness if f.n_unknown]
    if unknown:
        st.caption("Left out because not recorded: " + ", ".join(unknown) + ".")


def signatures_view(loaded: Loaded, found: Evaluation) -> None:
    """The patient's probability with what pushed it, and the signatures themselves."""
    for reason in found.withheld:
        st.info(reason, icon=":material/info:")
    if not found.signatures:
        return
    names = [s.name for s in found.signatures]
    picked = st.segmented_control(
        "Signature",
        names,
        default=names[-1],
        format_func={"CS": "Clinical (CS)", "CMS": "Clinical + score (CMS)"}.__getitem__,
        key=f"model_signature_{found.score}",
    )
    signature = next(s for s in found.signatures if s.name == (picked or names[-1]))
    st.markdown("**For one patient**: fill in what is known")
    patient = _form(signature, found.score)
    weights = found.weights_ids
    case = current_result()
    if case and signature.score_weights_id and case.weights_id not in weights:
        st.warning(
            f"The loaded case was scored by {plain(case.weights_id)}, this signature takes scores "
            f"of {plain(', '.join(weights))}. The case's score is not filled in: scores of "
            "different models do not mix.",
            icon=":material/swap_horiz:",
        )
    try:
        result = explain(signature, patient)
    except DssError as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    left, right = st.columns([3, 2])
    data = pd.DataFrame([jsonable(p) for p in result.pushes])
    with left:
        show_figure(
            breakdown_figure(result, footer(loaded)),
            "breakdown",
            f"{signature.name}-breakdown",
            data,
            jsonable(result),
        )
    with right:
        st.metric(
            f"{signature.name}: probability of {named(found.label)} positive",
            f"{result.probability:.0%}",
            border=True,
        )
        st.markdown(
            f"A patient at the training average has {result.base:.0%}; each bar moves it on "
            "the log-odds scale, and the bars add up. "
        )
        for push in result.pushes:
            if push.note:
                st.caption(f"\\* {named(push.variable)}: {push.note}.")
        if loaded.cohort.synthetic:
            st.caption("Fitted on simulated patients: says nothing about a real one.")
        st.caption("A probability from clinical data is not a test result.")
    _coefficients(signature)


def _form(signature: Signature, score: str) -> Mapping[str, str | float | None]:
    """Widgets for the variables the signature takes; everything starts as not recorded."""
    case = current_result()
    fitting = case is not None and case.weights_id == signature.score_weights_id
    patient: dict[str, str | float | None] = {}
    columns = st.columns(4)
    for i, name in enumerate(signature.variables):
        column = columns[i % 4]
        if name in _CHOICES:
            value = column.selectbox(
                named(name).capitalize(),
                _CHOICES[name],
                index=None,
                placeholder=_NOT_RECORDED,
                key=f"model_patient_{name}",
            )
            patient[name] = value
            continue
        start = None
        if case is not None and name == "suvmax":
            start = round(float(case.suv.max), 2)
        if case is not None and name == score and fitting:
            start = next((s.dls for s in case.scores if f"{s.task.value}_dls" == score), None)
        label = {"age_years": "Age, years"}.get(name, named(name))
        patient[name] = column.number_input(
            label,
            min_value=BY_NAME[name].low,
            max_value=min(BY_NAME[name].high, 200.0),
            value=start,
            placeholder=_NOT_RECORDED,
            key=f"model_patient_{name}_{case.input_digest[:8] if case else ''}",
        )
    return patient


def _coefficients(signature: Signature) -> None:
    with st.expander(f"The {signature.name} itself: coefficients, missing values, download"):
        rows = []
        for term in signature.terms:
            z = 1.959963984540054 * term.standard_error
            fill = next(f for f in signature.filled if f.variable == term.variable)
            limits = np.exp([term.coefficient, term.coefficient - z, term.coefficient + z])
            codes = term.codes or {}
            rows.append(
                {
                    "Variable": named(term.variable),
                    "Coded": ", ".join(f"{k} {v:g}" for k, v in codes.items()) or "per unit",
                    "Coefficient": round(term.coefficient, 4),
                    "Odds ratio (95% CI)": f"{limits[0]:.2f} ({limits[1]:.2f} to {limits[2]:.2f})",
                    "Missing in training": fill.n_missing,
                    "A missing value takes": fill.value
                    if isinstance(fill.value, str)
                    else f"{fill.value:.4g}",
                }
            )
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        st.caption(
            f"Logistic regression without penalty on {signature.n} patients "
            f"({signature.n_positive} positive) of {signature.trained_on}; intercept "
            f"{signature.intercept:.4f}."
        )
        st.download_button(
            "Download as JSON",
            signature.to_text(),
            f"{signature.name}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
