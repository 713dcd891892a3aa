"""Signatures on the model page: one patient's probability with its nomogram, and the models."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from dss_core.cohort.schema import BY_NAME
from dss_core.errors import DssError
from dss_core.evaluation.evaluate import Evaluation
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.nomogram import nomogram
from dss_core.evaluation.signature_use import Breakdown, Push, explain, not_recorded
from dss_core.evaluation.signatures import Signature
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import breakdown_figure, named
from dss_ui.model.model_nomogram import nomogram_figure
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.session.current import current_result
from dss_ui.shell.messages import plain

_CHOICES = {
    "sex": ("female", "male"),
    "histology": ("adenocarcinoma", "squamous", "other"),
    "smoking": ("never", "ever"),
    "stage": ("I", "II", "III", "IV"),
}
POSITIVE_WORDS = {"egfr_status": "EGFR mutation", "pdl1_status": "PD-L1 positivity"}
_NOT_RECORDED = "Not recorded"


def signatures_view(loaded: Loaded, found: Evaluation) -> None:
    """The patient's probability with its contributions, and the signatures themselves."""
    for reason in found.withheld:
        st.info(plain(reason), icon=":material/info:")
    if not found.signatures:
        return
    names = [s.name for s in found.signatures]
    picked = st.segmented_control(
        "Signature",
        names,
        default=names[-1],
        format_func={"CS": "Clinical (CS)", "CMS": "Combined with score (CMS)"}.__getitem__,
        key=f"model_signature_{found.score}",
    )
    signature = next(s for s in found.signatures if s.name == (picked or names[-1]))
    st.markdown("**Probability for one patient**: enter the known values")
    patient = _form(signature, found.score)
    weights = found.weights_ids
    case = current_result()
    if case and signature.score_weights_id and case.weights_id not in weights:
        st.warning(
            f"Case scored with weights {plain(case.weights_id)}, signature with "
            f"{plain(', '.join(weights))}. The case's score is not entered: the scores are not "
            "comparable.",
            icon=":material/swap_horiz:",
        )
    missing = not_recorded(signature, patient)
    try:
        drawn = nomogram(signature, patient)
        result = None if missing else explain(signature, patient)
    except DssError as refusal:
        st.error(plain(str(refusal)), icon=":material/block:")
        return
    left, right = st.columns([5, 3])
    data = pd.DataFrame([jsonable(part) for part in (result.pushes if result else drawn.axes)])
    feature = POSITIVE_WORDS.get(found.label, f"{named(found.label)} positive")
    with left:
        show_figure(
            nomogram_figure(drawn, feature, footer(loaded)),
            "nomogram",
            f"{signature.name}-nomogram",
            data,
            jsonable(result or drawn),
        )
        st.caption("Add the points of each value; read the probability below the total.")
    with right:
        title = f"{signature.name}: probability of {feature}"
        st.metric(title, f"{result.probability:.0%}" if result else "–", border=True)
        if result:
            _contributions(result)
        else:
            lacking = ", ".join(named(name) for name in missing)
            st.info(f"No probability until these are recorded: {lacking}.", icon=":material/info:")
        if loaded.cohort.synthetic:
            st.caption("Fitted on simulated patients: do not interpret clinically.")
        st.caption("Not a test result.")
    _coefficients(signature)


def _contributions(result: Breakdown) -> None:
    """What each variable did to the patient's probability."""
    st.plotly_chart(breakdown_figure(result, ""), key="breakdown", config={"displayModeBar": False})
    st.caption(
        f"Contributions to the log-odds, relative to the training average ({result.base:.0%}). "
        + _notes(result.pushes)
    )


def _notes(pushes: tuple[Push, ...]) -> str:
    """What lies outside training, each note once."""
    notes: dict[str, list[str]] = {}
    for push in pushes:
        if push.note:
            notes.setdefault(plain(push.note), []).append(named(push.variable))
    return " ".join(f"\\* {', '.join(names)}: {note}." for note, names in notes.items())


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
            mine = (s.dls for s in case.scores if f"{s.task.value}_dls" == score)
            start = next((round(dls, 3) for dls in mine), None)
        label = {"age_years": "Age, years"}.get(name, named(name))
        patient[name] = column.number_input(
            label,
            min_value=BY_NAME[name].low,
            max_value=min(BY_NAME[name].high, 200.0),
            value=start,
            format="%g",
            placeholder=_NOT_RECORDED,
            key=f"model_patient_{name}_{case.input_digest[:8] if case else ''}",
        )
    return patient


def _coefficients(signature: Signature) -> None:
    with st.expander(f"{signature.name}: coefficients, missing values, download"):
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
                    "Missing in training data": fill.n_missing,
                    "Imputed value": fill.value
                    if isinstance(fill.value, str)
                    else f"{fill.value:.4g}",
                }
            )
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        st.caption(
            f"Unpenalised logistic regression, {signature.n} patients "
            f"({signature.n_positive} positive), {plain(signature.trained_on)}; intercept "
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
