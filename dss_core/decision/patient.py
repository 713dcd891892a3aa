"""What is known about the patient: every field may be unknown, and unknown is never negative.

No imaging score is a field of `Patient`: a score cannot fill a biomarker because there is no way
for it to get here. Its types are also those of the patient file: each says what it accepts.
"""

from dataclasses import fields
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool
from pydantic.dataclasses import dataclass


class StageScope(StrEnum):
    """Whether the disease is advanced in the sense of the pathway.

    IVA and IVB take the same way; STAGE_IV is for records that do not say which.
    """

    STAGE_IVA = "stage_IVA"
    STAGE_IVB = "stage_IVB"
    STAGE_IV = "stage_IV"
    RECURRENT = "recurrent"
    IIIB_IIIC_NO_DEFINITIVE_CRT = "IIIB_IIIC_no_definitive_CRT"
    OTHER = "other"


class Histology(StrEnum):
    """Histological type; OTHER includes small-cell and large-cell neuroendocrine carcinoma."""

    ADENOCARCINOMA = "adenocarcinoma"
    LARGE_CELL = "large_cell"
    NSCLC_NOS = "nsclc_nos"
    ADENOSQUAMOUS = "adenosquamous"
    SQUAMOUS = "squamous"
    OTHER = "other"


class Smoking(StrEnum):
    """Smoking history; LIGHT_FORMER is under 15 pack-years."""

    NEVER = "never"
    LIGHT_FORMER = "light_former"
    SMOKER = "smoker"


class GeneStatus(StrEnum):
    """Result of a tissue or plasma test of one gene; not recorded is neither tested nor not."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    PENDING = "pending"
    NOT_TESTED = "not_tested"
    INSUFFICIENT = "insufficient"
    FAILED = "failed"
    NOT_RECORDED = "unknown"


class EgfrVariant(StrEnum):
    """EGFR variants the pathway tells apart."""

    EX19DEL = "ex19del"
    L858R = "L858R"
    T790M = "T790M"
    S768I = "S768I"
    L861Q = "L861Q"
    G719X = "G719X"
    EX20INS = "ex20ins"
    OTHER = "other"


class Pdl1Status(StrEnum):
    """State of the PD-L1 immunohistochemistry."""

    RESULTED = "resulted"
    PENDING = "pending"
    NOT_TESTED = "not_tested"


class Pdl1Assay(StrEnum):
    """PD-L1 antibody; SP142 gives no tumour proportion score, but one for its own drug."""

    A22C3 = "22C3"
    A28_8 = "28-8"
    SP263 = "SP263"
    SP142 = "SP142"


class IciContraindication(StrEnum):
    """Contraindication to immune checkpoint inhibition."""

    NONE = "none"
    AUTOIMMUNE_ACTIVE = "autoimmune_active"
    AUTOIMMUNE_HISTORY = "autoimmune_history"
    IMMUNOSUPPRESSION = "immunosuppression"
    TRANSPLANT = "transplant"
    ILD = "ild"
    OTHER = "other"


def _whole(value: Any) -> Any:
    """A whole number that JSON wrote as 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Stands last, after the limits: a schema of JSON shows only limits that stand on the number."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
AGE_YEARS = (18, 110)
"""Ages an adult has; the pathways are for adults."""
PERCENT = (0, 100)
FieldValue = str | bool | int | float | frozenset[EgfrVariant] | None


@dataclass(frozen=True)
class GeneResult:
    """Status of one gene, by the id a rule set gives it."""

    gene: str
    status: GeneStatus


@dataclass(frozen=True)
class Patient:
    """The record a guideline is asked about; None means not recorded.

    Attributes
    ----------
    ecog_ps : int or None
        ECOG performance status, 0 to 4.
    biomarkers : tuple of GeneResult
        Tissue or plasma results; a gene that is not listed is not recorded.
    egfr_variants : frozenset of EgfrVariant
        Only with EGFR positive.
    pdl1_tps : float or None
        Tumour proportion score, 0 to 100 percent; of SP142 the percentage of tumour cells (TC).
    pdl1_ic : float or None
        Of SP142 only: percentage of the tumour area covered by stained immune cells (IC).
    ici_contraindication : IciContraindication or None
        None means not recorded.
    platinum_ok, bevacizumab_ok, pemetrexed_ok : bool or None
        Filter the options; never change where the route ends.
    """

    stage_scope: StageScope | None = None
    prior_systemic_for_advanced: StrictBool | None = None
    histology: Histology | None = None
    ecog_ps: Annotated[int, Field(strict=True, ge=0, le=4), WHOLE] | None = None
    smoking: Smoking | None = None
    age: Annotated[int, Field(strict=True, ge=AGE_YEARS[0], le=AGE_YEARS[1]), WHOLE] | None = None
    small_or_mixed_specimen: StrictBool | None = None
    biomarkers: tuple[GeneResult, ...] = ()
    egfr_variants: frozenset[EgfrVariant] = frozenset()
    pdl1_status: Pdl1Status | None = None
    pdl1_tps: Annotated[Number, Field(ge=PERCENT[0], le=PERCENT[1])] | None = None
    pdl1_assay: Pdl1Assay | None = None
    pdl1_ic: Annotated[Number, Field(ge=PERCENT[0], le=PERCENT[1])] | None = None
    ici_contraindication: IciContraindication | None = None
    can_wait_for_results: StrictBool | None = None
    rebiopsy_or_plasma_feasible: StrictBool | None = None
    platinum_ok: StrictBool | None = None
    bevacizumab_ok: StrictBool | None = None
    pemetrexed_ok: StrictBool | None = None

    @cached_property
    def _status(self) -> dict[str, GeneStatus]:
        return {result.gene: result.status for result in self.biomarkers}

    def gene(self, gene: str) -> GeneStatus:
        """Status of a gene; not listed is not recorded: neither negative nor not tested."""
        return self._status.get(gene, GeneStatus.NOT_RECORDED)

    def value(self, field: str) -> FieldValue:
        """Value of a field by name; `biomarkers.<gene>` is that gene's status."""
        if field.startswith("biomarkers."):
            return self.gene(field.removeprefix("biomarkers."))
        found: FieldValue = getattr(self, field)
        return found


CHOICES: dict[str, type[StrEnum]] = {
    "stage_scope": StageScope,
    "histology": Histology,
    "smoking": Smoking,
    "pdl1_status": Pdl1Status,
    "pdl1_assay": Pdl1Assay,
    "ici_contraindication": IciContraindication,
}
FLAGS = tuple(field.name for field in fields(Patient) if field.type == StrictBool | None)
"""Names of the yes/no fields."""
