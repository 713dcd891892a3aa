"""What the user asks of the cohort: treatment, outcome, groups and filters, as one value.

Filters become a selection in the same language as the command line, so that every answer on the
page can be repeated there.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.cohort.cohort_table import Cohort
from dss_core.cohort.schema import BY_NAME
from dss_core.cohort.selection import Where, parse
from dss_core.evaluation.prespecified_cutoff import prespecified_cutoff
from dss_core.scoring.score_text import cutoff_text
from dss_core.survival.endpoint import OS, PFS, Endpoint
from dss_core.survival.result_text import Outcome
from dss_core.survival.strata import Strata
from dss_ui.shell.messages import plain

_FILTERS = (
    "histology",
    "pdl1_status",
    "egfr_status",
    "stage",
    "sex",
    "smoking",
    "site",
    "cohort",
    "split",
)
MOST_LEVELS = 12
_STRATIFY = ("none", "sex", "histology", "stage", "smoking", "site")
_OUTCOMES = {"PFS": (PFS, Outcome.PFS), "OS": (OS, Outcome.OS)}


@dataclass(frozen=True)
class Question:
    """One state of the controls.

    Attributes
    ----------
    treatment : str or None
        Treatment followed; None for all.
    filters : tuple of str
        The other filters, each a selection.
    exploratory : bool
        The cut-off was moved from its published value: no tests.
    """

    endpoint: Endpoint
    outcome: Outcome
    strata: Strata
    treatment: str | None
    filters: tuple[str, ...]
    egfr_cutoff: float
    pdl1_cutoff: float
    exploratory: bool
    stratify_by: str | None
    landmark: float | None
    tau: float | None

    @property
    def where_text(self) -> str:
        """The whole selection as on the command line; empty for all patients."""
        own = (f"treatment=='{self.treatment}'",) if self.treatment else ()
        return " and ".join((*own, *self.filters))

    @property
    def where(self) -> Where | None:
        """The parsed selection."""
        return parse(self.where_text) if self.where_text else None


def ask(cohort: Cohort, *, both_treatments: bool = False) -> tuple[Question, DeltaGenerator]:
    """Draw the controls and read them; also the row where a view may add a control.

    A view of both treatments by EGFR-DLS leaves nothing to choose of treatment and groups.
    """
    outcomes = [n for n, (e, _) in _OUTCOMES.items() if cohort.has(e.time, e.event)]
    treatments = [
        t for t in BY_NAME["treatment"].choices if t in cohort.levels.get("treatment", ())
    ]
    strata = [s for s in Strata if cohort.has(*s.columns)]
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    treatment = row.segmented_control(
        "Treatment",
        [*treatments, "all"],
        default="ICI" if "ICI" in treatments else "all",
        key="filter_treatment",
        disabled=both_treatments,
    )
    outcome = None
    if outcomes:
        outcome = row.segmented_control(
            "Outcome", outcomes, default=outcomes[0], key="filter_outcome"
        )
    chosen = row.segmented_control(
        "Group by",
        strata,
        default=strata[0] if strata else None,
        key="filter_strata",
        disabled=both_treatments,
    )
    parts: list[str] = []
    popover = st.container(horizontal=True, gap="small")
    with popover.popover("Filters", icon=":material/filter_alt:", width="content"):
        for name in _FILTERS:
            options = cohort.levels.get(name, ())[:MOST_LEVELS]
            repeated = name == "cohort" and options == cohort.levels.get("site")
            if len(options) > 1 and not repeated:
                picked = st.pills(
                    BY_NAME[name].meaning,
                    options,
                    selection_mode="multi",
                    format_func=plain,
                    key=f"filter_{name}",
                )
                if picked:
                    parts.append(f"{name} in {sorted(picked)!r}")
    with popover.popover("Cut-off", icon=":material/vertical_split:", width="content"):
        cutoffs = prespecified_cutoffs(cohort)
        cutoff, exploratory = _cutoff(cutoffs)
    with popover.popover("Analysis", icon=":material/tune:", width="content"):
        stratify = st.selectbox("Stratify tests by", _STRATIFY, key="filter_stratify")
        landmark = st.number_input(
            "Landmark (months; 0 = none)",
            0.0,
            60.0,
            0.0,
            1.0,
            key="filter_landmark",
            help="Only patients event-free and in follow-up at the landmark.",
        )
        tau = st.number_input(
            "RMST horizon (months; 0 = longest common follow-up)",
            0.0,
            120.0,
            0.0,
            1.0,
            key="filter_tau",
            help="RMST: restricted mean survival time, up to the horizon.",
        )
    endpoint, words = _OUTCOMES[outcome or "PFS"]
    if cohort.has("entry_months"):
        endpoint = Endpoint(endpoint.time, endpoint.event, "entry_months")
    usable = stratify != "none" and cohort.has(stratify)
    question = Question(
        endpoint,
        words,
        Strata(chosen or strata[0]) if strata else Strata.EGFR_DLS,
        treatment if treatment in treatments else None,
        tuple(parts),
        cutoff,
        cutoffs.pdl1,
        exploratory,
        stratify if usable else None,
        landmark or None,
        tau or None,
    )
    return question, popover


@dataclass(frozen=True)
class Prespecified:
    """Cut-offs fixed before outcomes were known, and their origin."""

    egfr: float
    pdl1: float
    origin: str


def prespecified_cutoffs(cohort: Cohort) -> Prespecified:
    """Those of the cohort's weights if they are installed here, else the published ones."""
    egfr, pdl1 = (prespecified_cutoff(s, cohort.weights_ids) for s in ("egfr_dls", "pdl1_dls"))
    return Prespecified(egfr.value, pdl1.value, egfr.origin)


def _cutoff(cutoffs: Prespecified) -> tuple[float, bool]:
    st.markdown(
        f"Prespecified cut-offs, {plain(cutoffs.origin)}: EGFR-DLS {cutoff_text(cutoffs.egfr)}, "
        f"PDL1-DLS {cutoff_text(cutoffs.pdl1)}. Tests are hidden for a moved cut-off: data-driven "
        "cut-offs invalidate p-values."
    )
    if not st.toggle("Move the EGFR-DLS cut-off (exploratory)", key="filter_explore"):
        return cutoffs.egfr, False
    value = st.slider("EGFR-DLS cut-off", 0.05, 0.95, cutoffs.egfr, 0.01, key="filter_cut")
    return value, abs(value - cutoffs.egfr) > 1e-9
