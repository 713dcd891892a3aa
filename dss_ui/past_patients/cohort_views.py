"""The other views of the page: treatment, Cox models, score performance and replication."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import streamlit as st

from dss_core.cohort.kept_rows import in_words
from dss_core.cohort.release_location import Release
from dss_core.cohort.schema import COVARIATES
from dss_core.cohort.selection import parse
from dss_core.errors import DssError
from dss_core.evaluation.score_performance import ScorePerformance, score_performance
from dss_core.replication.replicate import replicate
from dss_core.replication.replication import Replication, shown
from dss_core.scoring.score_text import cutoff_text
from dss_core.statistics.interval import Interval
from dss_core.survival.comparison import Comparison
from dss_core.survival.regression import model_table
from dss_core.survival.result_text import hazard_ratio, p_value, percent
from dss_core.survival.strata import divide
from dss_core.survival.treatment_contrast import TREATMENTS, treatment_contrast
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.past_patients.cohort_charts import forest_figure
from dss_ui.past_patients.cohort_curves import Labels, kaplan_meier_figure
from dss_ui.past_patients.cohort_question import Question
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.past_patients.cohort_survival import curve_table
from dss_ui.shell.messages import plain, show_error


def treatment_view(loaded: Loaded, question: Question) -> None:
    """EGFR-TKI against ICI within DLS-low and DLS-high, with the interaction test."""
    table = loaded.cohort.table
    st.warning(
        "Treatment was not randomised; groups differ in patients, hospital and country. "
        "Differences are not treatment effects.",
        icon=":material/warning:",
    )
    if not loaded.cohort.has("treatment", "egfr_dls", question.endpoint.time):
        st.info("This view needs treatment, EGFR-DLS and follow-up in the cohort.")
        return
    try:
        found = treatment_contrast(
            table,
            question.endpoint,
            question.egfr_cutoff,
            parse(" and ".join(question.filters)) if question.filters else None,
            exploratory=question.exploratory,
        )
    except DssError as refusal:
        st.info(plain(str(refusal)))
        return
    if found.interaction:
        st.markdown(
            f"#### Interaction of EGFR-DLS and treatment: {p_value(found.interaction.p)}\n"
            f"Likelihood-ratio test. Ratio of the hazard ratios of EGFR-DLS high, "
            f"{TREATMENTS[1]} to {TREATMENTS[0]}: {hazard_ratio(found.interaction.ratio)}."
        )
    elif found.interaction_not_reported:
        st.caption(plain(found.interaction_not_reported))
    results: list[tuple[str, Comparison]] = []
    for one in found.sides:
        if one.comparison:
            results.append((one.side, one.comparison))
        elif one.not_reported:
            st.info(f"EGFR-DLS {one.side}: {plain(one.not_reported)}")
    if not results:
        return
    end = max(float(c.time[-1]) for _, r in results for c in r.curves if c.n)
    for column, (side, result) in zip(st.columns(2), results, strict=False):
        with column:
            _treatment_side(loaded, question, side, result, end)


def _treatment_side(
    loaded: Loaded, question: Question, side: str, result: Comparison, end: float
) -> None:
    words = f"EGFR-DLS {side}: {TREATMENTS[1]} vs {TREATMENTS[0]}"
    if result.cox:
        words += f", HR {hazard_ratio(result.cox)}"
    st.markdown(f"**{words}**")
    note = f"Log-rank {p_value(result.logrank_p)}. Not randomised."
    st.caption(plain(result.suppressed[0].reason) if result.suppressed else note)
    figure = kaplan_meier_figure(
        [c for c in result.curves if c.n],
        Labels("months from treatment start", question.outcome.capitalize(), footer(loaded)),
        end=end,
    )
    show_figure(
        figure,
        f"therapy-{side}",
        f"therapy-dls-{side}",
        curve_table(result.curves),
        result.to_json(),
    )


def models_view(loaded: Loaded, question: Question) -> None:
    """Uni- and multivariable Cox models."""
    cohort = loaded.cohort
    possible = [name for name in COVARIATES if cohort.has(name)]
    usual = [n for n in possible if n not in ("pdl1_status",)]
    chosen = st.pills(
        "Covariates",
        possible,
        default=usual,
        selection_mode="multi",
        format_func=lambda name: name.replace("_years", "").replace("_", " "),
        key="filter_covariates",
    )
    if question.exploratory:
        st.info("Exploratory cut-off: no model is reported. Reset the cut-off to fit one.")
        return
    try:
        grouping = divide(cohort.table, question.strata, question.egfr_cutoff, question.pdl1_cutoff)
        model = model_table(cohort.table, question.endpoint, grouping, chosen, where=question.where)
    except DssError as refusal:
        st.info(plain(str(refusal)), icon=":material/info:")
        return
    rows = pd.DataFrame(
        {
            "Variable": [r.term for r in model.rows],
            "Univariable HR (95% CI)": [
                hazard_ratio(r.alone) if r.alone else "-" for r in model.rows
            ],
            "p": [p_value(r.alone.p) if r.alone else "-" for r in model.rows],
            "Multivariable HR (95% CI)": [
                hazard_ratio(r.together) if r.together else "-" for r in model.rows
            ],
            "p ": [p_value(r.together.p) if r.together else "-" for r in model.rows],
            "Schoenfeld p": [p_value(r.ph_p) if r.ph_p is not None else "-" for r in model.rows],
        }
    )
    st.dataframe(rows, hide_index=True)
    st.caption(
        f"Complete cases {model.n} ({model.n_events} events); {model.n_incomplete} excluded: "
        f"{plain(in_words(model.excluded))}. Efron ties. Global proportional-hazards test: "
        f"{p_value(model.ph_global_p)}. " + plain(" ".join(model.notes))
    )
    show_figure(forest_figure(model, footer(loaded)), "forest", "cox-model", rows, asdict(model))


def score_view(loaded: Loaded, question: Question) -> None:
    """Discrimination of EGFR status and concordance with outcome."""
    table = loaded.cohort.table
    if not loaded.cohort.has("egfr_dls"):
        st.info("This cohort has no EGFR-DLS.")
        return
    found = score_performance(table, question.endpoint, question.egfr_cutoff, question.where)
    if found.splits:
        st.markdown("**EGFR-DLS and EGFR status**")
        st.dataframe(_split_rows(found), hide_index=True)
        st.caption(
            f"Cut-off {cutoff_text(found.cutoff)}; 95% CI: DeLong (AUC), Wilson (proportions). "
            "Calibration slope above 1: predictions too moderate; below 1: too extreme."
        )
    for split in found.splits:
        if split.auc.reason:
            st.caption(f"{plain(split.name)}, AUC: {split.auc.reason}")
    if found.too_few:
        names = plain(", ".join(found.too_few))
        st.caption(f"Not reported, fewer than two mutant or two wild type: {names}.")
    if found.concordance is None:
        st.caption(plain(found.concordance_not_reported or ""))
        return
    agreement = found.concordance
    st.markdown(f"**EGFR-DLS and {question.outcome}** in {agreement.n} selected patients")
    if agreement.excluded:
        st.caption(f"Left out: {plain(in_words(agreement.excluded))}.")
    st.dataframe(
        pd.DataFrame(
            [("Harrell C", agreement.harrell_c), ("Uno C", agreement.uno_c)]
            + [(f"AUC at {a.time:g} months", a.auc) for a in agreement.auc_at],
            columns=["Measure", "Value"],
        ).assign(Value=lambda d: d["Value"].map("{:.3f}".format)),
        hide_index=True,
        width="content",
    )
    st.caption(
        "Above 0.5: higher scores are associated with earlier events; below 0.5: with later."
    )


def replication_view(loaded: Loaded) -> None:
    """The published analysis recomputed from a clone of the release."""
    st.markdown(
        "Recomputes every published value from the authors' release. Same on the command line: "
        "`python -m dss_core cohort replicate PATH --out replication.json`"
    )
    folder = st.text_input(
        f"Folder of the clone of {Release.LUNGEGFR.clone_from}",
        value=str(loaded.clone or ""),
        key="replication_folder",
    )
    if not st.button("Recompute", type="primary", disabled=not folder):
        report = st.session_state.get("replication")
    else:
        try:
            report = replicate(Path(folder).expanduser())
        except DssError as refusal:
            show_error(str(refusal))
            return
        st.session_state["replication"] = report
    if not isinstance(report, Replication):
        return
    agree = sum(row.agrees for row in report.rows)
    st.markdown(
        f"**{agree} of {len(report.rows)} published values reproduced to the last reported digit.**"
    )
    st.dataframe(
        pd.DataFrame(
            [(r.part, r.what, shown(r), r.reference, r.agrees) for r in report.rows],
            columns=["Part", "Value", "Recomputed", "Published", "Reproduced"],
        ),
        hide_index=True,
        height=420,
    )
    for note in (*report.notes, *report.not_computed):
        st.caption(f"- {plain(note)}")
    one, two, _ = st.columns([1, 1, 4])
    one.download_button("Markdown", report.to_markdown(), "replication.md", width="stretch")
    text = json.dumps(report.to_json(), indent=2, allow_nan=False)
    two.download_button("JSON", text, "replication.json", width="stretch")


def _limits(area: Interval) -> str:
    known = area.low is not None and area.high is not None
    return f"({area.low:.3f} to {area.high:.3f})" if known else "(no CI)"


def _split_rows(found: ScorePerformance) -> pd.DataFrame:
    """One row a split and a cohort with known status."""
    return pd.DataFrame(
        {
            "Patients": [s.name for s in found.splits],
            "n": [s.n for s in found.splits],
            "Mutant": [s.n_positive for s in found.splits],
            "AUC (95% CI)": [f"{s.auc.estimate:.3f} {_limits(s.auc)}" for s in found.splits],
            "Accuracy": [percent(s.matrix.accuracy) for s in found.splits],
            "Sensitivity": [percent(s.matrix.sensitivity) for s in found.splits],
            "Specificity": [percent(s.matrix.specificity) for s in found.splits],
            "Calibration slope": [
                f"{s.calibration_slope.estimate:.2f}" if s.calibration_slope else "-"
                for s in found.splits
            ],
        }
    )
