"""Views of the model page: the summary, and discrimination."""

import pandas as pd
import streamlit as st

from dss_core.evaluation.evaluate import Evaluation
from dss_core.evaluation.group_report import GroupReport
from dss_core.evaluation.jsonable import jsonable
from dss_core.scoring.score_text import cutoff_text
from dss_core.statistics.interval import Interval
from dss_core.survival.result_text import ALPHA, p_value, percent
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import named, roc_figure
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.messages import plain


def interval(value: Interval | None, digits: int = 3) -> str:
    """An estimate with its limits; a dash when there is none."""
    if value is None or value.estimate is None:
        return "-"
    if value.low is None or value.high is None:
        return f"{value.estimate:.{digits}f} (no CI)"
    return f"{value.estimate:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def share(value: Interval) -> str:
    """A proportion with its limits; a dash when there is no denominator."""
    return "-" if value.estimate is None else percent(value)


def summary(found: Evaluation) -> None:
    """The finding first: AUC in independent groups, and what the score adds, in one sentence."""
    independent = [g for g in found.groups if not g.apparent and g.markers[0].auc]
    name = found.groups[0].markers[0].name
    if not independent:
        st.markdown(f"##### No independent patients to evaluate {name} in this cohort")
        return
    st.markdown(f"##### {name} and {named(found.label)}: {_summary(independent)}")
    row = st.container(horizontal=True, gap="small")
    for group in independent[:4]:
        first = group.markers[0]
        area = first.auc or Interval(None, None, None)
        row.metric(
            f"AUC, {plain(group.name)}",
            "-" if area.estimate is None else f"{area.estimate:.2f}",
            delta=f"{_limits(area)}; n {first.n}, {first.n_positive}+",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Independent patients; 0.5 is chance, 1 is perfect. Below: 95% CI (DeLong), n, "
            "and number positive (+).",
        )


def _limits(area: Interval) -> str:
    known = area.low is not None and area.high is not None
    return f"{area.low:.2f} to {area.high:.2f}" if known else "no CI"


def _summary(independent: list[GroupReport]) -> str:
    """Whether the ranking is above chance, and better than clinical data or SUVmax."""
    areas = [g.markers[0].auc for g in independent]
    above = sum(a is not None and (a.low or 0) > 0.5 for a in areas)
    parts = [f"AUC above 0.5 (95% CI) in {above} of {len(independent)} independent groups"]
    judged = max(independent, key=lambda g: g.markers[0].n)
    name = judged.markers[0].name
    for other, words in (("CS", "the clinical signature"), ("SUVmax", "SUVmax")):
        pair = next((d for d in judged.differences if (d.first, d.second) == (name, other)), None)
        if pair is None or pair.p is None:
            continue
        better = "better" if (pair.difference.estimate or 0) > 0 else "worse"
        finding = better if pair.p < ALPHA else "not shown to be better"
        parts.append(f"{finding} than {words} ({plain(judged.name)}, {p_value(pair.p)})")
    return ", ".join(parts)


def group_warnings(group: GroupReport) -> None:
    """What weakens the evidence of a group."""
    for text in group.cautions:
        st.warning(text, icon=":material/warning:")
    if group.n_unlabelled:
        st.caption(
            f"{group.n_unlabelled} of {group.n} patients have no reference label and are excluded."
        )


def discrimination_view(loaded: Loaded, found: Evaluation, group: GroupReport) -> None:
    """ROC, AUC, paired tests, classification at the prespecified cut-off, all groups."""
    left, right = st.columns([1, 1])
    with left:
        if any(m.roc for m in group.markers):
            show_figure(
                roc_figure(group, footer(loaded)),
                "roc",
                f"roc-{group.name}",
                _roc_table(group),
                jsonable(group),
            )
            st.caption(
                "Band: 95% of stratified bootstrap samples (1000; 200 from 5,000 patients on) of "
                f"the first score. Diamond: prespecified cut-off {cutoff_text(found.cutoff)} "
                f"({plain(found.cutoff_origin)})."
            )
    with right:
        st.markdown("**AUC and paired comparisons**")
        st.dataframe(
            pd.DataFrame(
                {
                    "": [m.name for m in group.markers],
                    "n (+)": [f"{m.n} ({m.n_positive})" for m in group.markers],
                    "AUC (95% CI)": [interval(m.auc) for m in group.markers],
                }
            ),
            hide_index=True,
        )
        if group.differences:
            st.dataframe(
                pd.DataFrame(
                    {
                        "Compared": [f"{d.first} − {d.second}" for d in group.differences],
                        "Difference (95% CI)": [interval(d.difference) for d in group.differences],
                        "p": [p_value(d.p) for d in group.differences],
                    }
                ),
                hide_index=True,
            )
        notes = [f"{m.name}: {m.note}." for m in group.markers if m.note]
        st.caption(
            "95% CI and paired tests: DeLong, not corrected for multiple testing. "
            + " ".join(notes)
        )
        if group.slices_auc is not None and group.slices_auc.estimate is None:
            st.caption(f"Single slices: no AUC. {plain(group.slices_auc.reason or '')}")
        elif group.slices_auc is not None:
            st.markdown(
                f"Single slices: AUC **{interval(group.slices_auc)}**, vs "
                f"**{interval(group.markers[0].auc)}** for the mean over a patient's slices. "
                "The CI accounts for clustering of slices within patients."
            )
    _classification(found)
    _reclassification(group)


def _classification(found: Evaluation) -> None:
    st.markdown(
        f"**Classification at the prespecified cut-off, {found.groups[0].markers[0].name} ≥ "
        f"{cutoff_text(found.cutoff)}**"
    )
    rows = []
    for group in found.groups:
        calls = group.markers[0].calls
        if calls is None:
            continue
        rows.append(
            {
                "Group": group.name + (" (apparent)" if group.apparent else ""),
                "n (+)": f"{group.markers[0].n} ({group.markers[0].n_positive})",
                "AUC": interval(group.markers[0].auc, 2),
                "Sensitivity": share(calls.sensitivity),
                "Specificity": share(calls.specificity),
                "PPV": share(calls.ppv),
                "NPV": share(calls.npv),
                "Accuracy": share(calls.accuracy),
                "F1": interval(calls.f1, 2),
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"Group": st.column_config.Column(pinned=True)},
    )
    st.caption(
        "Wilson 95% CI. Positive and negative predictive values (PPV, NPV) apply only at the "
        "prevalence of that group."
    )


def _reclassification(group: GroupReport) -> None:
    if not group.reclassifications:
        return
    with st.expander(f"Reclassification in {group.name}"):
        st.dataframe(
            pd.DataFrame(
                {
                    "New vs reference": [f"{r.new} / {r.old}" for r in group.reclassifications],
                    "Categorical NRI (0.5)": [
                        interval(r.nri_category.value) for r in group.reclassifications
                    ],
                    "p": [p_value(r.nri_category.p) for r in group.reclassifications],
                    "Continuous NRI": [interval(r.nri_free.value) for r in group.reclassifications],
                    "p ": [p_value(r.nri_free.p) for r in group.reclassifications],
                    "IDI": [interval(r.idi.value) for r in group.reclassifications],
                    "p  ": [p_value(r.idi.p) for r in group.reclassifications],
                }
            ),
            hide_index=True,
        )
        st.caption(
            "NRI: net reclassification improvement; IDI: integrated discrimination improvement; "
            "above 0 favours the new model. Both can favour miscalibrated models: read with AUC "
            "and calibration."
        )


def _roc_table(group: GroupReport) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "marker": m.name,
                    "threshold": m.roc.threshold,
                    "false_positive": m.roc.false_positive,
                    "sensitivity": m.roc.sensitivity,
                }
            )
            for m in group.markers
            if m.roc is not None
        ]
    )
