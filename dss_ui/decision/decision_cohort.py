"""What the chosen cohort says of the imaging pathway's two ends, as counts and effects."""

import streamlit as st

from dss_core.cohort.selection import parse
from dss_core.errors import DssError
from dss_core.survival.comparison import PFS, Comparison, compare
from dss_core.survival.result_text import hazard_ratio, months
from dss_core.survival.strata import Strata, divide
from dss_ui.past_patients.cohort_question import locked_cutoffs
from dss_ui.past_patients.cohort_source import Loaded, current
from dss_ui.shell.messages import plain

TREATMENTS = {"EGFR-TKI": "Consider EGFR-TKI", "ICI": "Consider immunotherapy"}


def cohort_evidence() -> None:
    """Progression-free survival of EGFR-DLS high against low under each treatment, in words."""
    loaded = current()
    named = "synthetic, no row is a patient" if loaded.cohort.synthetic else "real patients"
    st.markdown(f"**Past patients by EGFR-DLS** · cohort on the Cohort page ({named})")
    locked = locked_cutoffs(loaded.cohort)
    lines = []
    for arm, end in TREATMENTS.items():
        try:
            found = arm_by_score(loaded.digest, arm, locked.egfr, loaded)
        except DssError as refusal:
            lines.append(f"- **{end}**: {plain(str(refusal))}")
            continue
        low, high = found.curves
        effect = hazard_ratio(found.cox) if found.cox else "withheld, fewer than 10 in a group"
        lines.append(
            f"- **{end}**: on {arm}, high n {high.n}, median {months(high.median)} months; low n "
            f"{low.n}, {months(low.median)}; hazard ratio {effect}"
        )
    st.markdown("\n".join(lines))
    st.caption(
        "Treatments were not randomised; most of the effect on EGFR-TKI is the mutation itself."
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
