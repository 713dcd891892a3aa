"""Do the two pathways agree? Only in words that follow from the results; tissue outranks a score.

The guideline is always the one to follow. The comparison says whether the imaging scores point the
same way, and if not, which result settles it.
"""

from dataclasses import dataclass
from enum import StrEnum

from dss_core.decision.pathway import ImagingResult
from dss_core.decision.pathway_engine import Walk
from dss_core.decision.patient import GeneStatus, Patient
from dss_core.decision.rules import Strategy


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


TISSUE_FIRST = "A tissue or plasma result always outranks the score."
_UNDECIDED = (Strategy.WAIT, Strategy.ASK, Strategy.BOARD, Strategy.INDIVIDUAL, Strategy.NONE)
_SUGGESTS = {Strategy.EGFR_TKI: "an EGFR-TKI", Strategy.IMMUNOTHERAPY: "immunotherapy"}
_CHOOSES = {
    **_SUGGESTS,
    Strategy.TARGETED: "a drug for another driver",
    Strategy.CHEMOTHERAPY: "chemotherapy",
    Strategy.SUPPORTIVE: "supportive care",
    Strategy.BRIDGE: "a bridge until the results are in",
}
_NO_CHOICE_YET = {
    Strategy.ASK: "The guideline asks about contraindications to immunotherapy before any choice.",
    Strategy.BOARD: "The guideline has no rule for this finding: the tumour board decides.",
    Strategy.INDIVIDUAL: "The guideline leaves this choice to the individual case.",
    Strategy.NONE: "The patient is not placed in the guideline pathway.",
}


def compare(imaging: ImagingResult, guideline: Walk, patient: Patient) -> Comparison:
    """Set the imaging recommendation against the guideline's answer.

    Parameters
    ----------
    imaging, guideline
        Both walks, made apart from each other.
    patient : Patient
        For what tissue says about EGFR.
    """
    suggested = imaging.walk.node.strategy
    chosen = guideline.node.strategy
    egfr = patient.gene("egfr")
    if suggested not in _SUGGESTS:
        return Comparison(
            Agreement.NOT_COMPARABLE,
            (
                f"{imaging.walk.node.says} The guideline's answer: {_named(guideline)}.",
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
        f"the guideline chooses {_CHOOSES[chosen]} ({_named(guideline)})."
    )
    return Comparison(
        Agreement.DIVERGE, (diverged, *_why_diverging(suggested, guideline, egfr), TISSUE_FIRST)
    )


def _named(walk: Walk) -> str:
    return f"{walk.node.id}, {walk.node.title}"


def _egfr_by_tissue(egfr: GeneStatus) -> tuple[str, ...]:
    if egfr in (GeneStatus.POSITIVE, GeneStatus.NEGATIVE):
        return (f"EGFR is {egfr} by tissue: the score adds nothing to the choice.",)
    return ()


def _undecided(suggested: Strategy, guideline: Walk, egfr: GeneStatus) -> str:
    """Why the guideline has not chosen yet, and what the score means until it does."""
    strategy = guideline.node.strategy
    if strategy is not Strategy.WAIT:
        return _NO_CHOICE_YET[strategy]
    if egfr in (GeneStatus.POSITIVE, GeneStatus.NEGATIVE):
        return (
            f"The guideline waits ({_named(guideline)}). EGFR is {egfr} by tissue, "
            "so the score neither replaces nor hastens the missing result."
        )
    if suggested is Strategy.EGFR_TKI:
        return (
            "The guideline needs EGFR testing first; the score is high, so test urgently "
            "and avoid starting immunotherapy before the result."
        )
    return (
        "The guideline needs the missing results first; the score suggests immunotherapy, "
        "but start none before the drivers are excluded."
    )


def _why_diverging(suggested: Strategy, guideline: Walk, egfr: GeneStatus) -> tuple[str, ...]:
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
        return ("EGFR is positive by tissue: immunotherapy does little in EGFR-mutant disease.",)
    reasons = {
        Strategy.TARGETED: "Another driver is positive by tissue and has its own drug.",
        Strategy.CHEMOTHERAPY: "The guideline gives no immunotherapy to this patient.",
        Strategy.SUPPORTIVE: "At this performance status the guideline gives no immunotherapy.",
    }
    return (reasons[chosen],) if chosen in reasons else ()


def _why_no_egfr_tki(guideline: Walk, egfr: GeneStatus) -> tuple[str, ...]:
    if egfr is GeneStatus.POSITIVE:
        return (
            "EGFR is positive by tissue, but with a variant or in a state "
            "for which the guideline gives no EGFR-TKI.",
        )
    if egfr is GeneStatus.NEGATIVE:
        return (
            "EGFR is negative by tissue: an EGFR-TKI is not for this patient. "
            "If the sample was poor, a repeat or plasma test is the way to settle it.",
        )
    if guideline.node.strategy is Strategy.TARGETED:
        return ("Another driver is positive by tissue and has its own drug.",)
    return (
        "EGFR is not known by tissue: a high score is a reason to test it "
        "(plasma if tissue is short) before immunotherapy, not a reason for an EGFR-TKI.",
    )
