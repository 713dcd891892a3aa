"""What tissue or plasma has answered already of the question that the scores only estimate.

A test result always takes precedence over a score: where there is one it comes first, and what
imaging suggests stands beneath it.
"""

from dataclasses import dataclass

from dss_core.decision.patient import GeneStatus, Patient, Pdl1Assay, Pdl1Status
from dss_core.decision.rule_table import Gene
from dss_core.decision.rule_words import Strategy

TISSUE = "Tissue or plasma"
TISSUE_AGAINST = "Here it speaks against what imaging suggests."
_POSITIVE, _NEGATIVE = GeneStatus.POSITIVE, GeneStatus.NEGATIVE


@dataclass(frozen=True)
class TissueAnswer:
    """Results on tissue or plasma that come before a suggestion of the scores.

    Attributes
    ----------
    positive, negative : tuple of Gene
        Drivers that were found; EGFR where it was not found and no other driver was.
    pdl1 : float or None
        Percentage of stained tumour cells, where the scores suggest immunotherapy.
    pdl1_measure : str
        What that percentage is: TPS, or TC of SP142.
    against : bool
        Whether they speak against the suggestion.
    """

    positive: tuple[Gene, ...]
    negative: tuple[Gene, ...]
    pdl1: float | None
    pdl1_measure: str
    against: bool

    @property
    def title(self) -> str:
        """The results in a few words."""
        found = [f"{gene.name} positive" for gene in self.positive]
        found += [f"{gene.name} negative" for gene in self.negative]
        if self.pdl1 is not None:
            found.append(f"PD-L1 {self.pdl1_measure} {self.pdl1:g}%")
        return ", ".join(found)


def tissue_answer(
    suggested: Strategy, patient: Patient, genes: tuple[Gene, ...]
) -> TissueAnswer | None:
    """What is known from tissue or plasma of what the scores suggest; None where nothing is.

    Parameters
    ----------
    suggested : Strategy
        Of the imaging pathway's end; only an EGFR-TKI or immunotherapy is a suggestion.
    genes : tuple of Gene
        Those that the guideline counts.
    """
    if suggested not in (Strategy.EGFR_TKI, Strategy.IMMUNOTHERAPY):
        return None
    positive = tuple(gene for gene in genes if patient.gene(gene.id) is _POSITIVE)
    egfr = tuple(gene for gene in genes if gene.id == "egfr")
    negative = tuple(gene for gene in egfr if patient.gene(gene.id) is _NEGATIVE)
    pdl1 = patient.pdl1_tps if patient.pdl1_status is Pdl1Status.RESULTED else None
    if suggested is Strategy.EGFR_TKI:
        pdl1 = None
        against = bool(positive or negative) and not set(egfr) & set(positive)
    else:
        against = bool(positive)
    if not (positive or negative) and pdl1 is None:
        return None
    measure = "TC" if patient.pdl1_assay is Pdl1Assay.SP142 else "TPS"
    return TissueAnswer(positive, () if positive else negative, pdl1, measure, against)
