"""What the chosen cohort shows for the imaging pathway's two ends: counts and associations."""

import streamlit as st

from dss_core.cohort.selection import parse
from dss_core.errors import DssError
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import PFS
from dss_core.survival.result_text import hazard_ratio, months
from dss_core.survival.strata import Strata, divide
from dss_ui.past_patients.cohort_question import prespecified_cutoffs
from dss_ui.past_patients.cohort_source import Loaded, current
from dss_ui.shell.messages import plain

TREATMENTS = {"EGFR-TKI": "Consider EGFR-TKI", "ICI": "Consider immunotherapy"}


def cohort_evidence() -> None:
    """Progression-free survival of EGFR-DLS high against low under each treatment, in words."""
    loaded = current()
    named = "synthetic, no real patients" if loaded.cohort.synthetic else "real patients"
    st.markdown(f"Cohort of the Past patients page ({named})")
    cutoffs = prespecified_cutoffs(loaded.cohort)
    lines = []
    for arm, end in TREATMENTS.items():
        try:
            found = arm_by_score(loaded.digest, arm, cutoffs.egfr, loaded)
        except DssError as refusal:
            lines.append(f"- **{end}**: {plain(str(refusal))}")
            continue
        low, high = found.curves
        effect = (
            hazard_ratio(found.cox)
            if found.cox
            else "not reported: fewer than 10 patients in a group"
        )
        lines.append(
            f"- **{end}** ({arm}): median PFS {months(high.median)} months (high, n {high.n}) vs "
            f"{months(low.median)} months (low, n {low.n}); HR {effect}"
        )
    st.markdown("\n".join(lines))
    st.caption(
        "Treatment was not randomised. The association on EGFR-TKI may largely reflect EGFR "
        "mutation status. PFS: progression-free survival."
    )


@st.cache_data(max_entries=16, show_spinner=False)
def arm_by_score(digest: str, arm: str, cutoff: float, _loaded: Loaded) -> Comparison:
    """PFS of EGFR-DLS low, then high, on one treatment.

    Kept by the cohort's digest, so that a what-if does not fit the models again.

    Raises
    ------
    DssError
        The cohort has no such patients.
    """
    table = _loaded.cohort.table
    where = parse(f"treatment=='{arm}'")
    grouping = divide(table, Strata.EGFR_DLS, cutoff)
    return compare(table, PFS, grouping, where=where)
