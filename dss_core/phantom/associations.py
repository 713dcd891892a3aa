"""Imaging associations of EGFR mutation and PD-L1 expression that the sampler draws from.

Three kinds of number stand here and each says which it is: **measured** on the public release
of the 2020 cohort (SUVmax and size by label, how the labels go together), **published** odds
ratios with their source, and **assumed** ones, where we know the direction from the literature
but no published figure that could be verified.

The published effects alone would let no reader do better than an AUC of about 0.76. So that a
demonstration network has something to learn, the logarithm of every odds ratio is multiplied by
`STRENGTH`, chosen to put the Bayes-optimal AUC at 0.90 (EGFR) and 0.88 (PD-L1). A network
trained on this shows that the method works; it says nothing of how well it works on patients.

References
----------
[1] Herrera Ortiz AF, et al. Clinical and CT patterns to predict EGFR mutation in patients with
    non-small cell lung cancer: a systematic literature review and meta-analysis.
    Eur J Radiol Open 2022;9:100400. doi 10.1016/j.ejro.2022.100400
[2] Rizzo S, et al. CT radiogenomic characterization of EGFR, K-RAS, and ALK mutations in
    non-small cell lung cancer. Eur Radiol 2016;26:32-42.
[3] Liu Y, et al. CT features associated with epidermal growth factor receptor mutation status
    in patients with lung adenocarcinoma. Radiology 2016;280:271-280.
    doi 10.1148/radiol.2016151455
[4] Wu X, et al. PD-L1 expression correlation with metabolic parameters of FDG PET/CT and
    clinicopathological characteristics in non-small cell lung cancer. EJNMMI Res 2020;10.
[5] Toyokawa G, et al. Computed tomography features of lung adenocarcinomas with programmed
    death ligand 1 expression. Clin Lung Cancer 2017;18:e375-e383.
[6] Mu W, et al. Non-invasive decision support for NSCLC treatment using PET/CT radiomics.
    Nat Commun 2020;11:5228. doi 10.1038/s41467-020-19116-x, and its public data release.
[7] Mu W, et al. J Immunother Cancer 2021;9:e002118. doi 10.1136/jitc-2020-002118, and its
    public data release.
"""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """A yes-or-no imaging sign."""

    GROUND_GLASS = "ground glass"
    AIR_BRONCHOGRAM = "air bronchogram"
    PLEURAL_TAG = "pleural retraction"
    SPICULATION = "spiculation"
    LOBULATION = "lobulation"
    CAVITY = "cavitation"
    NECROSIS = "necrosis or rim uptake"
    EMPHYSEMA = "emphysema around"
    POST_OBSTRUCTIVE = "post-obstructive change"
    CENTRAL = "central location"


@dataclass(frozen=True)
class Association:
    """One sign: how common it is, and its odds ratio with each label.

    Attributes
    ----------
    prevalence : float
        Among EGFR wild type, PD-L1 negative tumours [assumed throughout].
    egfr, pdl1 : float
        Odds ratio of the sign for mutant against wild type, positive against negative.
    egfr_source, pdl1_source : str
        "published [n]", or "assumed" with the source of the direction.
    """

    sign: Sign
    prevalence: float
    egfr: float
    egfr_source: str
    pdl1: float
    pdl1_source: str


_ASSUMED = "assumed: no figure we would vouch for"

ASSOCIATIONS = (
    Association(Sign.GROUND_GLASS, 0.25, 1.86, "published [1]", 0.40, "assumed; direction [5]"),
    Association(Sign.AIR_BRONCHOGRAM, 0.30, 1.60, "published [1]", 0.60, "assumed; direction [5]"),
    Association(Sign.PLEURAL_TAG, 0.35, 1.99, "published [1]", 0.90, _ASSUMED),
    Association(Sign.SPICULATION, 0.45, 1.42, "published [1]", 1.30, _ASSUMED),
    Association(Sign.LOBULATION, 0.55, 1.00, _ASSUMED, 1.40, _ASSUMED),
    Association(Sign.CAVITY, 0.12, 0.70, "published [1]", 1.90, _ASSUMED),
    Association(Sign.NECROSIS, 0.30, 0.50, "assumed; direction [3]", 1.90, _ASSUMED),
    Association(Sign.EMPHYSEMA, 0.30, 0.45, "assumed; direction [2]", 1.60, _ASSUMED),
    Association(Sign.POST_OBSTRUCTIVE, 0.15, 0.55, _ASSUMED, 1.60, _ASSUMED),
    Association(Sign.CENTRAL, 0.30, 0.60, _ASSUMED, 1.70, "assumed; direction [4]"),
)


@dataclass(frozen=True)
class Spread:
    """A positive quantity as log-normal: median and standard deviation of the logarithm."""

    median: float
    log_sd: float


# Measured on the release of [6], three hospitals together.
SUV_MAX_MUTANT = Spread(6.50, 0.765)  # n 323, quartiles 3.43 and 10.83
SUV_MAX_WILD = Spread(9.10, 0.651)  # n 375, quartiles 5.66 and 13.78
SIZE_MUTANT = Spread(27.5, 0.459)  # n 312, region height in mm, quartiles 21 and 36.25
SIZE_WILD = Spread(32.0, 0.576)  # n 369, quartiles 22 and 48
SIZE_SUV_CORRELATION = 0.44  # of the logarithms, within label (0.47 mutant, 0.42 wild type)
# Measured on the release of [7].
SUV_MAX_PDL1_POSITIVE_MEDIAN = 12.02  # n 120
SUV_MAX_PDL1_NEGATIVE_MEDIAN = 7.80  # n 280
# Measured on patients found in both releases (n 382): EGFR, PD-L1 -> count.
COUNT_BOTH_LABELS = {(0, 0): 150, (0, 1): 79, (1, 0): 119, (1, 1): 34}
# The release holds no usable size by PD-L1 label (slices of positives occur repeatedly).

LOWEST_SUV_MAX, HIGHEST_SUV_MAX = 1.0, 32.0
SMALLEST_MM, LARGEST_MM = 8.0, 75.0

STRENGTH_EGFR = 2.5
STRENGTH_PDL1 = 2.35
EGFR_SHARE = 0.47
BAYES_AUC_EGFR, BAYES_AUC_PDL1 = 0.90, 0.88
