"""Which treatment a decision is about: the outcomes of past patients are shown of that one alone.

The guideline's choice comes first. Where it has not chosen, what imaging suggests counts, unless
tissue or plasma speaks against it.
"""

from dataclasses import dataclass
from typing import Any

from dss_core.cohort.schema import Treatment
from dss_core.decision.rule_set import imaging_rules
from dss_core.decision.rule_words import Strategy
from dss_core.exports import board_words as words
from dss_core.exports.phrase import Phrase

_GIVEN = {
    Strategy.EGFR_TKI: (Treatment.TKI,),
    Strategy.IMMUNOTHERAPY: (Treatment.ICI, Treatment.ICI_CHEMOTHERAPY),
    Strategy.CHEMOTHERAPY: (Treatment.CHEMOTHERAPY,),
    Strategy.TARGETED: (),
    Strategy.SUPPORTIVE: (),
}
_NAMES = {
    Strategy.EGFR_TKI: "EGFR-TKI",
    Strategy.IMMUNOTHERAPY: "immunotherapy",
    Strategy.CHEMOTHERAPY: "chemotherapy",
    Strategy.TARGETED: "targeted therapy for another driver",
    Strategy.SUPPORTIVE: "supportive care",
}


@dataclass(frozen=True)
class TreatmentInQuestion:
    """A treatment, or that there is none.

    Attributes
    ----------
    treatments : tuple of str
        As a cohort names them, the first that it has counts.
    name : str
        In words; empty where no treatment is in question.
    said : Phrase
        Whose choice it is, or why there is none.
    against : bool
        True where tissue or plasma speaks against the only treatment that is named.
    """

    treatments: tuple[str, ...]
    name: str
    said: Phrase
    against: bool = False


def treatment_in_question(decision: dict[str, Any], known: bool) -> TreatmentInQuestion:
    """The treatment that a decision is about.

    Parameters
    ----------
    decision : dict
        As `decide` prints it.
    known : bool
        Whether anything is recorded of the patient: else the guideline has not been asked.
    """
    chosen = Strategy(decision["guideline"]["strategy"])
    if known and chosen in _GIVEN:
        return TreatmentInQuestion(_GIVEN[chosen], _NAMES[chosen], words.GUIDELINE_TREATMENT)
    ends = {node.id: node.strategy for node in imaging_rules().table().nodes}
    suggested = ends.get(decision["imaging"]["recommendation"], Strategy.NONE)
    if suggested not in _GIVEN:
        return TreatmentInQuestion((), "", words.NO_TREATMENT)
    tissue = decision["tissue"]
    if tissue is not None and tissue["against_imaging"]:
        return TreatmentInQuestion((), "", words.TISSUE_AGAINST, against=True)
    return TreatmentInQuestion(_GIVEN[suggested], _NAMES[suggested], words.IMAGING_TREATMENT)
