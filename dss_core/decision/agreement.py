"""Do the two pathways agree? Only in words that follow from the results; tissue outranks a score.

The guideline is always the one to follow. The comparison says whether the imaging scores point the
same way, and if not, which result settles it.
"""

from dataclasses import dataclass
from enum import StrEnum

from dss_core.decision.pathway import ImagingResult
from dss_core.decision.pathway_engine import Route
from dss_core.decision.patient import GeneStatus, Patient
from dss_core.decision.rule_words import Strategy


class Agreement(StrEnum):
    """How the imaging pathway stands to the guideline."""

    AGREE = "agree"
    DIVERGE = "diverge"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparison:
    """The agreement and its reasons in plain words, the most important first."""

    agreement: Agreement
    reasons: tuple[str, ...]


TISSUE_FIRST = "A tissue or plasma result always takes precedence over the score."
_UNDECIDED = (
    Strategy.WAIT,
    Strategy.ASK,
    Strategy.REFER_TO_BOARD,
    Strategy.INDIVIDUAL,
    Strategy.NONE,
)
_SUGGESTS = {Strategy.EGFR_TKI: "an EGFR-TKI", Strategy.IMMUNOTHERAPY: "immunotherapy"}
_CHOOSES = {
    **_SUGGESTS,
    Strategy.TARGETED: "targeted therapy for another driver",
    Strategy.CHEMOTHERAPY: "chemotherapy",
    Strategy.SUPPORTIVE: "supportive care",
    Strategy.BRIDGE: "bridging treatment until results are available",
}
_NO_CHOICE_YET = {
    Strategy.ASK: "The guideline asks about contraindications to immunotherapy before any choice.",
    Strategy.REFER_TO_BOARD: (
        "The guideline has no rule for this finding: the tumour board decides."
    ),
    Strategy.INDIVIDUAL: "The guideline leaves this choice to the individual case.",
    Strategy.NONE: (
        "The patient is outside the scope of the guideline pathway, or required data are missing."
    ),
}


def compare(imaging: ImagingResult, guideline: Route, patient: Patient) -> Comparison:
    """Set the imaging recommendation against the guideline's answer.

    Parameters
    ----------
    imaging, guideline
        Both routes, found apart from each other.
    patient : Patient
        For what tissue says about EGFR.
    """
    suggested = imaging.route.node.strategy
    chosen = guideline.node.strategy
    egfr = patient.gene("egfr")
    if suggested not in _SUGGESTS:
        return Comparison(
            Agreement.NOT_COMPARABLE,
            (
                f"{imaging.route.node.says} The guideline's answer: {guideline.node.title}.",
                *_egfr_by_tissue(egfr),
            ),
        )
    if chosen in _UNDECIDED:
        return Comparison(
            Agreement.NOT_COMPARABLE, (_undecided(suggested, guideline, egfr), TISSUE_FIRST)
        )
    if suggested is chosen:
        agreed = f"Both pathways lead to {_SUGGESTS[suggested]}."
        return Comparison(Agreement.AGREE, (agreed, *_egfr_by_tissue(egfr)))
    diverged = (
        f"The scores suggest {_SUGGESTS[suggested]}; "
        f"the guideline chooses {_CHOOSES[chosen]} ({guideline.node.title})."
    )
    return Comparison(
        Agreement.DIVERGE, (diverged, *_why_diverging(suggested, guideline, egfr), TISSUE_FIRST)
    )


def _egfr_by_tissue(egfr: GeneStatus) -> tuple[str, ...]:
    if egfr in (GeneStatus.POSITIVE, GeneStatus.NEGATIVE):
        return (f"EGFR is {egfr} on tissue or plasma testing; the score adds nothing.",)
    return ()


def _undecided(suggested: Strategy, guideline: Route, egfr: GeneStatus) -> str:
    """Why the guideline has not chosen yet, and what the score means until it does."""
    strategy = guideline.node.strategy
    if strategy is not Strategy.WAIT:
        return _NO_CHOICE_YET[strategy]
    if egfr in (GeneStatus.POSITIVE, GeneStatus.NEGATIVE):
        return (
            f"The guideline awaits results ({guideline.node.title}). EGFR is {egfr} on tissue or "
            "plasma testing. The score does not replace the missing result or make it more urgent."
        )
    if suggested is Strategy.EGFR_TKI:
        return (
            "The guideline needs EGFR testing first; the score is high, so test urgently "
            "and avoid starting immunotherapy before the result."
        )
    return (
        "The guideline needs the missing results first; the score suggests immunotherapy, "
        "but do not start it until drivers have been excluded."
    )


def _why_diverging(suggested: Strategy, guideline: Route, egfr: GeneStatus) -> tuple[str, ...]:
    """The result that settles a divergence."""
    chosen = guideline.node.strategy
    known = egfr in (GeneStatus.POSITIVE, GeneStatus.NEGATIVE)
    if chosen is Strategy.BRIDGE:
        urgent = "get the EGFR result urgently" if not known else "get the missing results urgently"
        return (
            f"Treatment cannot wait and drivers are not excluded: {urgent}, "
            "and start no immunotherapy before they are.",
        )
    if suggested is Strategy.EGFR_TKI:
        return _why_no_egfr_tki(guideline, egfr)
    if egfr is GeneStatus.POSITIVE:
        return (
            "EGFR is positive on tissue or plasma testing: checkpoint inhibitors have low efficacy "
            "in EGFR-mutant disease.",
        )
    reasons = {
        Strategy.TARGETED: "Another driver is positive and has its own targeted therapy.",
        Strategy.CHEMOTHERAPY: "The guideline does not recommend immunotherapy for this patient.",
        Strategy.SUPPORTIVE: (
            "The guideline does not recommend immunotherapy at this performance status."
        ),
    }
    return (reasons[chosen],) if chosen in reasons else ()


def _why_no_egfr_tki(guideline: Route, egfr: GeneStatus) -> tuple[str, ...]:
    if egfr is GeneStatus.POSITIVE:
        return ("The guideline offers no EGFR-TKI for this EGFR variant or performance status.",)
    if egfr is GeneStatus.NEGATIVE:
        return (
            "EGFR is negative on tissue or plasma testing. An EGFR-TKI is not indicated. "
            "If the sample was inadequate, repeat the test or use plasma.",
        )
    if guideline.node.strategy is Strategy.TARGETED:
        return ("Another driver is positive and has its own targeted therapy.",)
    return (
        "EGFR is not known from tissue or plasma testing: a high score is a reason to test it "
        "(plasma if tissue is short) before immunotherapy, not a reason for an EGFR-TKI.",
    )
