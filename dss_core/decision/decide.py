"""Both pathways and their comparison for one patient, and the same as plain JSON values."""

from dataclasses import dataclass
from typing import Any

from dss_core.decision.agreement import Comparison, compare
from dss_core.decision.missing import Change, changes
from dss_core.decision.not_recorded import not_recorded
from dss_core.decision.pathway import (
    ImagingResult,
    ImagingScore,
    ImagingScores,
    imaging_result,
    scores_from_file,
)
from dss_core.decision.pathway_engine import Route, route
from dss_core.decision.patient_file import PatientFile
from dss_core.decision.rule_set import RuleSet, guideline_rules
from dss_core.decision.tissue import TissueAnswer, tissue_answer


@dataclass(frozen=True)
class Decision:
    """What each pathway says about one patient; never a treatment order.

    Attributes
    ----------
    tissue : TissueAnswer, optional
        What tissue or plasma has answered already of what imaging suggests.
    changes : tuple of Change
        Missing inputs that by themselves would change the guideline's answer.
    not_recorded : tuple of str
        Fields without a record on which the guideline's answer depends, in the order they are
        asked.
    """

    file: PatientFile
    guideline: Route
    imaging: ImagingResult
    tissue: TissueAnswer | None
    comparison: Comparison
    changes: tuple[Change, ...]
    not_recorded: tuple[str, ...]


def decide(
    file: PatientFile, scores: ImagingScores | None = None, rules: RuleSet | None = None
) -> Decision:
    """Route both pathways and compare.

    Parameters
    ----------
    file : PatientFile
        The record; its typed-in scores count only when `score.score_cards` is None.
    scores : ImagingScores, optional
        Scores of a scored case.
    rules : RuleSet, optional
        Guideline; default 2020.

    Raises
    ------
    DecisionError
        If the snapshot asked for does not exist.
    """
    table = (rules or guideline_rules()).table(file.snapshot)
    guideline = route(table, file.patient)
    imaging = imaging_result(scores_from_file(file) if scores is None else scores, file.patient)
    return Decision(
        file,
        guideline,
        imaging,
        tissue_answer(imaging.route.node.strategy, file.patient, table.genes),
        compare(imaging, guideline, file.patient),
        changes(table, file.patient),
        not_recorded(guideline, file.patient),
    )


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Everything shown, as JSON values; regimens and flags by their ids."""
    guideline, imaging, comparison = decision.guideline, decision.imaging, decision.comparison
    table = guideline.table
    offered = (*guideline.preferred, *guideline.other)
    notes = [*guideline.node.notes, guideline.node.reading]
    return {
        "notice": f"Research use only. Not a medical device. {table.notice}",
        "guideline": {
            "rules": table.id,
            "snapshot": table.snapshot.id,
            "node": guideline.node.id,
            "title": guideline.node.title,
            "strategy": guideline.node.strategy.value,
            "mark": guideline.node.mark.value,
            "category": guideline.node.category,
            "preferred": [option.regimen.id for option in guideline.preferred],
            "other": [option.regimen.id for option in guideline.other],
            "regimens": {
                option.regimen.id: {
                    "name": option.regimen.name,
                    "drugs": sorted(option.regimen.drugs),
                    "contains_ici": option.regimen.contains_ici,
                }
                for option in offered
            },
            "flags": [flag.id for flag in guideline.flags],
            "notes": [note for note in notes if note],
            "path": [
                {
                    "step": taken.step.id,
                    "question": taken.step.question,
                    "answer": taken.branch.answer,
                    **({"via": taken.branch.via.id} if taken.branch.via else {}),
                    **({"to": taken.branch.to.id} if taken.branch.to else {}),
                }
                for taken in guideline.path
            ],
            "sources": [
                {
                    "id": source.id,
                    "citation": source.citation,
                    "finding": source.finding,
                    "appeared": source.appeared.isoformat(),
                    "mark": source.mark.value,
                }
                for source in guideline.sources
            ],
        },
        "imaging": {
            "recommendation": imaging.recommendation,
            "reasons": list(imaging.reasons),
            "weights_id": imaging.scores.weights_id or None,
            "egfr": _score(imaging.scores.egfr),
            "pdl1": _score(imaging.scores.pdl1),
        },
        "tissue": _tissue(decision.tissue),
        "agreement": comparison.agreement.value,
        "reasons": list(comparison.reasons),
        "not_recorded": list(decision.not_recorded),
        "would_change": [
            {
                "field": change.field,
                "to": {outcome.node.id: list(outcome.values) for outcome in change.outcomes},
            }
            for change in decision.changes
        ],
    }


def _tissue(answer: TissueAnswer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "title": answer.title,
        "positive": [gene.id for gene in answer.positive],
        "negative": [gene.id for gene in answer.negative],
        "pdl1": answer.pdl1,
        "pdl1_measure": answer.pdl1_measure,
        "against_imaging": answer.against,
    }


def _score(score: ImagingScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "dls": score.dls,
        "cutoff": score.cutoff,
        "cutoff_origin": score.origin,
        "interval": list(score.interval) if score.interval else None,
        "group": score.group.value,
    }
