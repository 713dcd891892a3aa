"""What the clinician thought of an answer: kept with the case, never changed afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dss_core.decision.decide import Decision
from dss_core.errors import DecisionError

LONGEST_REASON = 500


class Opinion(StrEnum):
    """The clinician's answer."""

    ACCEPT = "accept"
    DISAGREE = "disagree"
    NOT_USABLE = "not_usable"


@dataclass(frozen=True)
class Assessment:
    """One opinion on one answer, with what it was about.

    Attributes
    ----------
    made_at : datetime
        With time zone.
    what_if : bool
        True if the scores were tried out by hand rather than measured on the case.
    """

    opinion: Opinion
    reason: str
    made_at: datetime
    snapshot: str
    node: str
    recommendation: str
    agreement: str
    weights_id: str
    what_if: bool

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "opinion": self.opinion.value,
            "reason": self.reason,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "guideline_snapshot": self.snapshot,
            "guideline_node": self.node,
            "imaging_recommendation": self.recommendation,
            "agreement": self.agreement,
            "weights_id": self.weights_id or None,
            "what_if": self.what_if,
        }


def assessment_from_json(values: Mapping[str, Any]) -> Assessment:
    """What `Assessment.to_json` wrote.

    Raises
    ------
    DecisionError
        If it is something else.
    """
    try:
        return Assessment(
            Opinion(values["opinion"]),
            str(values["reason"]),
            datetime.fromisoformat(values["made_at"]),
            str(values["guideline_snapshot"]),
            str(values["guideline_node"]),
            str(values["imaging_recommendation"]),
            str(values["agreement"]),
            str(values["weights_id"] or ""),
            bool(values["what_if"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise DecisionError(
            f"The assessment cannot be used: {fault} is not as this program writes it."
        ) from fault


def assess(
    decision: Decision, opinion: Opinion, reason: str, made_at: datetime, what_if: bool
) -> Assessment:
    """An opinion on a decision.

    Raises
    ------
    DecisionError
        If disagreement has no reason, the reason is too long or the time has no time zone.
    """
    reason = reason.strip()
    if opinion is Opinion.DISAGREE and not reason:
        raise DecisionError("Disagreeing needs a reason: say in a few words why.")
    if len(reason) > LONGEST_REASON:
        raise DecisionError(
            f"The reason has {len(reason)} characters; keep it to {LONGEST_REASON} or fewer."
        )
    if made_at.tzinfo is None:
        raise DecisionError("The time of a verdict needs a time zone.")
    return Assessment(
        opinion,
        reason,
        made_at,
        decision.guideline.table.snapshot.id,
        decision.guideline.node.id,
        decision.imaging.recommendation,
        decision.comparison.agreement.value,
        decision.imaging.scores.weights_id,
        what_if,
    )
