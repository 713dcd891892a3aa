"""Reference values of the published analysis, as numbers with their last given digit.

The values were recomputed from the authors' release when this project was designed (cut-off
0.5, months = days / 30, high = EGFR-DLS >= 0.5); `CLAIMS` says in our words what the paper's
abstract states about each part (Mu et al., Nat Commun 2020;11:5228). A decimal's number of
digits is the precision a recomputation must reach.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class DiscriminationReference:
    """Score against EGFR or PD-L1 status; texts keep the digits, None is not given."""

    key: str
    n: int
    positive: int
    auc: str
    ci: tuple[str, str] | None = None
    accuracy: str | None = None
    sensitivity: str | None = None
    specificity: str | None = None


@dataclass(frozen=True)
class SurvivalReference:
    """PFS of DLS-high and DLS-low patients in one selection; median None: not reached."""

    key: str
    where: str
    n_high: int
    median_high: str | None
    n_low: int
    median_low: str
    hr: tuple[str, str, str]
    logrank_p: str


EGFR = (
    DiscriminationReference("training", 429, 201, "0.868", ("0.835", "0.901"),
                            "0.811", "0.846", "0.781"),
    DiscriminationReference("validation", 187, 75, "0.836", ("0.778", "0.894"),
                            "0.818", "0.907", "0.759"),
    DiscriminationReference("HMU", 65, 36, "0.819", ("0.717", "0.921"), "0.785", "0.694", "0.897"),
    DiscriminationReference("HLM", 113, 5, "0.746"),
)  # fmt: skip
PDL1 = (
    DiscriminationReference("training", 284, 85, "0.896"),
    DiscriminationReference("validation", 116, 35, "0.842"),
    DiscriminationReference("HLM-PDL1", 85, 46, "0.818"),
)
_ICI = "treatment=='ICI'"
PFS_ROWS = (
    SurvivalReference("EGFR-TKI (HMU)", "treatment=='EGFR-TKI'",
                      29, None, 38, "6.1", ("0.22", "0.10", "0.52"), "0.0002"),
    SurvivalReference("ICI (HLM)", _ICI,
                      39, "4.2", 110, "12.0", ("2.39", "1.55", "3.66"), "0.00004"),
    SurvivalReference("ICI, adenocarcinoma", f"{_ICI} and histology=='adenocarcinoma'",
                      20, "8.4", 79, "16.0", ("1.81", "0.97", "3.35"), "0.057"),
    SurvivalReference("ICI, squamous", f"{_ICI} and histology=='squamous'",
                      19, "2.3", 31, "8.4", ("2.87", "1.50", "5.47"), "0.0009"),
    SurvivalReference("ICI, PD-L1 negative", f"{_ICI} and pdl1_status=='negative'",
                      15, "1.8", 19, "7.7", ("2.30", "1.08", "4.88"), "0.026"),
    SurvivalReference("ICI, PD-L1 positive", f"{_ICI} and pdl1_status=='positive'",
                      11, "7.0", 30, "12.0", ("1.57", "0.64", "3.86"), "0.32"),
)  # fmt: skip
# hazard of EGFR-TKI against ICI within DLS-high and DLS-low; arms were not randomised
THERAPY_HR = (
    ("egfr_dls>=0.5", ("0.22", "0.10", "0.51")),
    ("egfr_dls<0.5", ("2.28", "1.42", "3.66")),
)
# n and median PFS on ICI by EGFR-DLS at 0.5 and PDL1-DLS at 0.54
PDL1_CUTOFF = 0.54
FOUR_GROUPS = (
    ("EGFR-DLS low, PDL1-DLS high", 61, "17.0"),
    ("EGFR-DLS low, PDL1-DLS low", 49, "5.7"),
    ("EGFR-DLS high, PDL1-DLS high", 10, "6.0"),
    ("EGFR-DLS high, PDL1-DLS low", 29, "3.7"),
)
DCB_PERCENT = (("EGFR-DLS low", "66.4"), ("EGFR-DLS high", "38.5"))
MPG_SUVMAX = (("EGFR-DLS high", "2.88"), ("EGFR-DLS low", "1.96"))
MPG_P = "0.0002"
TRAINING_MEDIAN_DLS = "0.512"
TKI_WITHIN_MUTANT_HR = ("0.47", "0.14", "1.64")
CALIBRATION_SLOPE = (("training", "1.9"), ("HMU", "1.0"))

CLAIMS = {
    "EGFR status": "The score predicts EGFR mutation with high accuracy in patients of several "
    "institutions.",
    "PFS on EGFR-TKI": "A higher score goes with longer progression-free survival on EGFR-TKI.",
    "PFS on ICI": "A higher score goes with shorter progression-free survival on ICI.",
    "Durable clinical benefit": "A higher score goes with less durable clinical benefit on ICI.",
}


def agrees(value: float, reference: str) -> bool:
    """Whether a value rounds to the reference's last given digit."""
    digit = Decimal(reference).as_tuple().exponent
    assert isinstance(digit, int)
    return abs(value - float(reference)) <= 0.5 * 10.0**digit * (1 + 1e-9)
