"""Views of the model page: how well a score tells patients apart, and what acting on it brings."""

import pandas as pd
import streamlit as st

from dss_core.evaluation.evaluate import Evaluation, GroupReport
from dss_core.evaluation.jsonable import jsonable
from dss_core.survival.curves import Interval
from dss_core.survival.words import p_value, percent
from dss_ui.cohort_source import Loaded, footer
from dss_ui.figures import show_figure
from dss_ui.model_charts import calibration_figure, decision_figure, named, roc_figure


def interval(value: Interval | None, digits: int = 3) -> str:
    """An estimate with its limits; a dash when there is none."""
    if value is None or value.estimate is None:
        return "-"
    if value.low is None or value.high is None:
        return f"{value.estimate:.{digits}f}"
    return f"{value.estimate:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def share(value: Interval) -> str:
    """A share with its limits; a dash when there is nothing to be a share of."""
    return "-" if value.estimate is None else percent(value)


def verdict(found: Evaluation) -> None:
    """The answer in one sentence, from groups the model never saw."""
    fresh = [g for g in found.groups if not g.apparent and g.markers[0].auc]
    name = found.groups[0].markers[0].name
    if not fresh:
        st.markdown(f"##### No patients outside training can judge {name} here")
        return
    parts = [f"{g.name} {interval(g.markers[0].auc, 2)}" for g in fresh]
    st.markdown(
        f"##### {name} against {named(found.label)}: AUC {'; '.join(parts)}\n"
        "Patients the score was not trained on; 0.5 is chance, 1 is perfect, in brackets the "
        "95% confidence interval."
    )


def cautions(group: GroupReport) -> None:
    """What weakens the evidence of a group."""
    for text in group.cautions:
        st.warning(text, icon=":material/warning:")
    if group.n_unlabelled:
        st.caption(f"{group.n_unlabelled} of {group.n} patients have no label and are left out.")


def discrimination_view(loaded: Loaded, found: Evaluation, group: GroupReport) -> None:
    """ROC, areas, paired tests, calls at the locked cut-off, all groups."""
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
                "Band: 95% of 1000 stratified bootstrap samples, for the first score. Diamond: "
                f"the locked cut-off {found.cutoff:g} ({found.cutoff_origin})."
            )
    with right:
        st.markdown("**Areas and paired tests**")
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
                        "Compared": [f"{d.first} - {d.second}" for d in group.differences],
                        "Difference (95% CI)": [interval(d.difference) for d in group.differences],
                        "p": [p_value(d.p) for d in group.differences],
                    }
                ),
                hide_index=True,
            )
        notes = [f"{m.name}: {m.note}." for m in group.markers if m.note]
        st.caption(
            "Intervals and paired tests after DeLong; comparisons are not corrected for their "
            "number. " + " ".join(notes)
        )
        if group.slices_auc is not None:
            st.markdown(
                f"Single slices: AUC **{interval(group.slices_auc)}**, against "
                f"**{interval(group.markers[0].auc)}** for the mean over a patient's slices. "
                "Slices of one patient are alike; the interval allows for it."
            )
    _calls(found)
    _reclassification(group)


def _calls(found: Evaluation) -> None:
    st.markdown(
        f"**Calls at the locked cut-off, {found.groups[0].markers[0].name} ≥ {found.cutoff:g}**"
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
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Wilson's 95% intervals. PPV and NPV hold for the share of positive patients in that "
        "group, not elsewhere. Choose other groups above: cohort, site, histology."
    )


def _reclassification(group: GroupReport) -> None:
    if not group.reclassifications:
        return
    with st.expander(f"Reclassification in {group.name}: NRI and IDI"):
        st.dataframe(
            pd.DataFrame(
                {
                    "New against old": [f"{r.new} / {r.old}" for r in group.reclassifications],
                    "NRI at 0.5": [interval(r.nri_category.value) for r in group.reclassifications],
                    "p": [p_value(r.nri_category.p) for r in group.reclassifications],
                    "NRI, any move": [interval(r.nri_free.value) for r in group.reclassifications],
                    "p ": [p_value(r.nri_free.p) for r in group.reclassifications],
                    "IDI": [interval(r.idi.value) for r in group.reclassifications],
                    "p  ": [p_value(r.idi.p) for r in group.reclassifications],
                }
            ),
            hide_index=True,
        )
        st.caption(
            "Above zero the new model is better. These indices reward badly calibrated models; "
            "read them beside the paired areas and the calibration."
        )


def calibration_view(loaded: Loaded, group: GroupReport) -> None:
    """Reliability and its numbers."""
    judged = [m for m in group.markers if m.calibration is not None]
    if not judged:
        st.info("Calibration needs patients with and without the feature in this group.")
        return
    left, right = st.columns([3, 4])
    rows = pd.DataFrame(
        {
            "": [m.name for m in judged],
            "Slope": [interval(m.calibration.line.slope, 2) if m.calibration.line else "-"
                      for m in judged],
            "Intercept": [f"{m.calibration.line.intercept:+.2f}" if m.calibration.line else "-"
                          for m in judged],
            "Shift": [f"{m.calibration.in_the_large:+.2f}" for m in judged],
            "Brier": [interval(m.calibration.brier) for m in judged],
            "Scaled": [f"{m.calibration.brier_scaled:.2f}" for m in judged],
            "ECE": [f"{m.calibration.ece:.3f}" for m in judged],
        }
    )  # fmt: skip
    with left:
        show_figure(
            calibration_figure(group, footer(loaded)),
            "calibration",
            f"calibration-{group.name}",
            rows,
            {m.name: jsonable(m.calibration) for m in judged},
        )
        st.caption("Click a name in the legend to add it. Bars: Wilson's 95% intervals.")
    with right:
        st.dataframe(rows, hide_index=True)
        st.markdown(
            "- **Slope** 1 is right; above 1 the score is too timid, below 1 too bold.\n"
            "- **Shift** on the log-odds scale: above 0 the probabilities are too low on the "
            "whole.\n"
            "- **Brier** is the mean squared error, 0 best; **scaled** 1 is perfect and 0 no "
            "better than the share of positive patients.\n"
            "- **ECE** is the mean gap between said and found."
        )
        for marker in judged:
            if marker.calibration.line_withheld:
                st.caption(f"{marker.name}: {marker.calibration.line_withheld}")


def usefulness_view(loaded: Loaded, group: GroupReport) -> None:
    """Decision curves."""
    if not group.decision_curve:
        st.info("A decision curve needs patients with a probability in this group.")
        return
    data = pd.DataFrame({"threshold": group.decision_curve[0].threshold}).assign(
        **{line.name: line.net_benefit for line in group.decision_curve}
    )
    left, right = st.columns([3, 2])
    with left:
        show_figure(
            decision_figure(group, footer(loaded)),
            "decision",
            f"decision-curve-{group.name}",
            data,
            jsonable({x.name: x for x in group.decision_curve}),
        )
    with right:
        at = data[data["threshold"].isin([0.2, 0.3, 0.4, 0.5, 0.6, 0.7])]
        st.dataframe(at.set_index("threshold").round(3))
        st.markdown(
            "**Net benefit**: right interventions gained per patient, less those in vain, "
            "weighted by the odds of the threshold. A model helps where its line lies above "
            "both grey ones. The threshold is the probability from which you would act: a "
            "clinical choice, not the model's."
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
