"""Codes of the structured report: what each number of a result is called in DICOM.

Sizes and uptake have codes of the standard. Scores have none and never borrow one: a score is not
an EGFR mutation and not a PD-L1 expression, so its codes are this project's own.

References
----------
DICOM PS3.16 CID 7464, 7466, 7469, 7470, 7472 (measurements and how they are derived), CID 7181
(units), Annex D (DCM); PS3.3 C.12.1.1.3 (private coding schemes).
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.coding import Code

from dss_core.records import Group, Task

SCHEME = "99NSCLCDSS"
"""Designator of this project's own codes."""
ORGANISATION = "NSCLC PET/CT decision support contributors"
SCHEME_NAME = "NSCLC PET/CT decision support codes"

MM = Code("mm", "UCUM", "millimeter")
ML = Code("ml", "UCUM", "milliliter")
GRAM = Code("g", "UCUM", "gram")
HOUNSFIELD = Code("[hnsf'U]", "UCUM", "Hounsfield unit")
SUVBW = Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight")
NO_UNITS = Code("1", "UCUM", "no units")

_SUV = Code("126401", "DCM", "SUVbw")
_MAXIMUM = Code("56851009", "SCT", "Maximum")
_MEAN = Code("373098007", "SCT", "Mean")
_PEAK = Code("126031", "DCM", "Peak Value Within ROI")

FINDING = Code("108369006", "SCT", "Neoplasm")
PROCEDURES = (
    Code("44136-0", "LN", "PET unspecified body region"),
    Code("25045-6", "LN", "CT unspecified body region"),
)
COMMENT = Code("121106", "DCM", "Comment")


def own(value: str, meaning: str) -> Code:
    """A code of this project's own scheme."""
    return Code(value, SCHEME, meaning)


WARNING = own("WARNING", "Warning of the case")
REASON = own("WITHHELD-REASON", "Why the scores are withheld")
BOARD_REPORT = own("BOARD-REPORT", "Tumour board report, research use only")


@dataclass(frozen=True)
class MeasureCode:
    """How a measure of the region is written.

    Attributes
    ----------
    key : str
        In `measures` of the result.
    derivation : Code or None
        How it follows from the voxels.
    """

    key: str
    name: Code
    unit: Code
    derivation: Code | None = None


MEASURES = (
    MeasureCode("volume_ml", Code("118565006", "SCT", "Volume"), ML),
    MeasureCode("diameter_3d_mm", Code("L0JK", "IBSI", "Maximum 3D Diameter of a Mesh"), MM),
    MeasureCode("diameter_axial_mm", Code("103339001", "SCT", "Long axis"), MM),
    MeasureCode("hu_mean", Code("112031", "DCM", "Attenuation Coefficient"), HOUNSFIELD, _MEAN),
    MeasureCode("suv_max", _SUV, SUVBW, _MAXIMUM),
    MeasureCode("suv_peak", _SUV, SUVBW, _PEAK),
    MeasureCode("suv_mean", _SUV, SUVBW, _MEAN),
    MeasureCode("mtv_ml", Code("126032", "DCM", "Metabolic Volume"), ML),
    MeasureCode(
        "mtv_threshold_suv", own("MTV-THRESHOLD", "SUV threshold of the metabolic volume"), SUVBW
    ),
    MeasureCode("tlg_g", Code("126033", "DCM", "Total Lesion Glycolysis"), GRAM),
)
"""Every measure that the report gives, in its order."""


@dataclass(frozen=True)
class ScoreCodes:
    """How a score is written: numbers without unit, and its group as a code."""

    score: Code
    low: Code
    high: Code
    level: Code
    cutoff: Code
    origin: Code
    group: Code


def _score_codes(name: str) -> ScoreCodes:
    return ScoreCodes(
        score=own(name, f"{name}, deep learning score of PET/CT, 0 to 1"),
        low=own(f"{name}-LOW", f"{name}, lower end of its interval"),
        high=own(f"{name}-HIGH", f"{name}, upper end of its interval"),
        level=own(f"{name}-LEVEL", f"{name}, level of its interval"),
        cutoff=own(f"{name}-CUTOFF", f"{name}, cut-off between low and high"),
        origin=own(f"{name}-ORIGIN", f"{name}, origin of its cut-off"),
        group=own(f"{name}-GROUP", f"{name}, group"),
    )


SCORES = {Task.EGFR: _score_codes("EGFR-DLS"), Task.PDL1: _score_codes("PDL1-DLS")}
GROUPS = {
    Group.HIGH: own("HIGH", "High"),
    Group.LOW: own("LOW", "Low"),
    Group.INDETERMINATE: own("INDETERMINATE", "Indeterminate: interval includes the cut-off"),
}
WITHHELD = own("WITHHELD", "Withheld: no score is given")


def scheme_identification() -> Sequence:
    """CodingSchemeIdentificationSequence (0008,0110) of this project's codes."""
    item = Dataset()
    item.CodingSchemeDesignator = SCHEME
    item.CodingSchemeName = SCHEME_NAME
    item.CodingSchemeResponsibleOrganization = ORGANISATION
    return Sequence([item])
