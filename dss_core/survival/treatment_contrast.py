"""EGFR-TKI against ICI among patients with a low and with a high EGFR-DLS (Fig. 5).

Treatments were not randomised: what differs between treatment groups is an association.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from dss_core.cohort.selection import Where
from dss_core.errors import CohortError
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import Endpoint
from dss_core.survival.grouping import Grouping
from dss_core.survival.regression import Interaction, interaction
from dss_core.survival.strata import Strata, divide

TREATMENTS = ("ICI", "EGFR-TKI")


class ScoreSide(StrEnum):
    """Side of the EGFR-DLS cut-off."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class SideContrast:
    """Both treatment groups on one side of the cut-off; no comparison when nobody is left."""

    side: ScoreSide
    comparison: Comparison | None
    not_reported: str | None


@dataclass(frozen=True)
class TreatmentContrast:
    """Second of `TREATMENTS` against the first on each side, and whether the sides differ.

    Attributes
    ----------
    interaction : Interaction or None
        Of EGFR-DLS and treatment.
    interaction_not_reported : str or None
        Why it is None.
    sides : tuple of SideContrast
        High, then low.
    """

    interaction: Interaction | None
    interaction_not_reported: str | None
    sides: tuple[SideContrast, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as the command line prints them."""
        found = self.interaction
        return {
            "treatments": list(TREATMENTS),
            "interaction": {
                "ratio": found.ratio.hr if found else None,
                "ci": [found.ratio.low, found.ratio.high] if found else None,
                "p": found.p if found else None,
                "n": found.n if found else None,
                "events": found.n_events if found else None,
                "excluded": [{"reason": one.reason, "n": one.n} for one in found.excluded]
                if found
                else None,
                "not_reported": self.interaction_not_reported,
            },
            "sides": [
                {
                    "egfr_dls": one.side.value,
                    "comparison": one.comparison.to_json() if one.comparison else None,
                    "not_reported": one.not_reported,
                }
                for one in self.sides
            ],
        }


def treatment_contrast(
    table: pd.DataFrame,
    endpoint: Endpoint,
    egfr_cutoff: float,
    where: Where | None = None,
    *,
    exploratory: bool = False,
) -> TreatmentContrast:
    """Compare the treatment groups on each side of the cut-off.

    Parameters
    ----------
    where : Where, optional
        Patients to keep, beside those on one of the two treatments.
    exploratory : bool
        True for a cut-off that was not fixed beforehand: no tests, no hazard ratio.

    Raises
    ------
    CohortError
        If the table has no treatment, EGFR-DLS or follow-up.
    """
    if "treatment" not in table:
        raise CohortError("The column treatment was expected, and the table has none.")
    grouping = divide(table, Strata.EGFR_DLS, egfr_cutoff)
    test, reason = None, None
    if exploratory:
        reason = "The cut-off is not the prespecified one: exploratory, so no test."
    else:
        try:
            test = interaction(table, endpoint, grouping, TREATMENTS, where)
        except CohortError as refusal:
            reason = str(refusal)
    treated = table["treatment"].isin(TREATMENTS).to_numpy(dtype=bool)
    sides = tuple(
        _side(table[treated & (grouping.code == code)], side, endpoint, where, exploratory)
        for side, code in ((ScoreSide.HIGH, 1), (ScoreSide.LOW, 0))
    )
    return TreatmentContrast(test, reason, sides)


def _side(
    rows: pd.DataFrame, side: ScoreSide, endpoint: Endpoint, where: Where | None, exploratory: bool
) -> SideContrast:
    rows = rows.reset_index(drop=True)
    second = rows["treatment"].eq(TREATMENTS[1]).to_numpy(dtype=np.int64)
    try:
        found = compare(
            rows, endpoint, Grouping(TREATMENTS, second), where=where, exploratory=exploratory
        )
    except CohortError as refusal:
        return SideContrast(side, None, str(refusal))
    return SideContrast(side, found, None)
