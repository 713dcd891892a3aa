"""What lifelines says of the shipped cohort, for tests of the pages that show it."""

from typing import Any

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from dss_core.cohort.synthetic_parameters import read_cutoffs
from dss_ui.past_patients.cohort_source import SHIPPED


def effect_on_ici() -> tuple[int, str]:
    """Patients with a high EGFR-DLS on ICI, and the hazard ratio of high against low."""
    rows: Any = pd.read_csv(SHIPPED).query("treatment == 'ICI'")
    cutoff = read_cutoffs(SHIPPED.with_name("card.json")).egfr
    rows = rows.assign(high=(rows["egfr_dls"] >= cutoff).astype(float))
    fit = CoxPHFitter().fit(rows[["pfs_months", "pfs_event", "high"]], "pfs_months", "pfs_event")
    low, high = np.exp(fit.confidence_intervals_.loc["high"])
    words = f"{fit.hazard_ratios_['high']:.2f} (95% CI {low:.2f} to {high:.2f})"
    return int(rows["high"].sum()), words
