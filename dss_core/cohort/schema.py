"""Columns of a cohort table: name, meaning, allowed values; used by all readers.

An empty cell is a missing value and stays missing. Only `patient_id` and `cohort` are needed;
an analysis asks for the further columns it uses. Columns not listed here are kept as they are.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    COUNT = "count"
    YES_NO = "yes_no"


COVARIATES = ("age_years", "sex", "smoking", "histology", "stage", "suvmax", "pdl1_status")
"""Columns that a survival model may hold beside the groups."""


class Treatment(StrEnum):
    """Treatment whose outcome the row's follow-up describes; time zero is its start."""

    TKI = "EGFR-TKI"
    ICI = "ICI"
    ICI_CHEMOTHERAPY = "ICI+chemotherapy"
    CHEMOTHERAPY = "chemotherapy"
    OTHER = "other"


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Attributes
    ----------
    choices : tuple of str
        Allowed values of a CHOICE column.
    low, high : float
        Allowed range of a NUMBER or COUNT column, both ends included.
    """

    name: str
    kind: Kind
    meaning: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = float("inf")
    required: bool = False

    @property
    def is_time(self) -> bool:
        """Whether it is a time in months, which a table may give in another unit."""
        return self.name.endswith("_months")

    @property
    def expected(self) -> str:
        """What a cell may hold, in words."""
        match self.kind:
            case Kind.CHOICE:
                return "one of " + ", ".join(self.choices)
            case Kind.YES_NO:
                return "0 or 1"
            case Kind.NUMBER | Kind.COUNT:
                noun = "a whole number" if self.kind is Kind.COUNT else "a number"
                if self.high == float("inf"):
                    return f"{noun} of at least {self.low:g}"
                return f"{noun} from {self.low:g} to {self.high:g}"
            case Kind.TEXT:
                return "a text"


TEXT, CHOICE, NUMBER, COUNT, YES_NO = Kind

COLUMNS: tuple[Column, ...] = (
    Column(
        "patient_id", TEXT, "Pseudonym, unique in the table; never a record number", required=True
    ),
    Column("cohort", TEXT, "Name of the cohort the patient belongs to", required=True),
    Column("split", CHOICE, "Part of the score's history", ("training", "validation", "external")),
    Column("site", TEXT, "Hospital"),
    Column("sex", CHOICE, "Sex", ("female", "male")),
    Column("age_years", NUMBER, "Age at imaging, years", low=18.0, high=120.0),
    Column("histology", CHOICE, "Histology", ("adenocarcinoma", "squamous", "other")),
    Column("smoking", CHOICE, "Smoking history", ("never", "ever", "former", "current")),
    Column("stage", CHOICE, "Clinical stage", ("I", "II", "III", "IV")),
    Column("suvmax", NUMBER, "SUVmax of the primary tumour (SUVbw, g/mL)", high=200.0),
    Column("egfr_status", CHOICE, "EGFR by tissue or plasma assay", ("wild type", "mutant")),
    Column("egfr_variant", TEXT, "EGFR variant as reported, e.g. exon 19 deletion"),
    Column("pdl1_status", CHOICE, "PD-L1 by immunohistochemistry", ("negative", "positive")),
    Column("egfr_dls", NUMBER, "EGFR deep learning score, higher: more likely mutant", high=1.0),
    Column("pdl1_dls", NUMBER, "PD-L1 deep learning score, higher: more likely positive", high=1.0),
    Column("n_slices", COUNT, "Number of slices averaged in the score", low=1.0),
    Column("treatment", CHOICE, "Treatment followed up from its start", tuple(Treatment)),
    Column("pfs_months", NUMBER, "Progression-free survival or its censoring", high=600.0),
    Column("pfs_event", YES_NO, "1 progression or death, 0 censored"),
    Column("os_months", NUMBER, "Overall survival or its censoring", high=600.0),
    Column("os_event", YES_NO, "1 death, 0 censored"),
    Column("dcb", YES_NO, "Durable clinical benefit: 1 yes, 0 no"),
    Column("best_response", CHOICE, "Best response (RECIST 1.1)", ("CR", "PR", "SD", "PD")),
    Column("mpg_suvmax", NUMBER, "SUVmax of 18F-MPG, a PET tracer of mutant EGFR", high=200.0),
    Column(
        "entry_months",
        NUMBER,
        "Delayed entry (left truncation): months before observation began, 0 if there were none",
    ),
    Column("score_weights_id", TEXT, "Weights bundle that made the scores"),
)
BY_NAME = {column.name: column for column in COLUMNS}
