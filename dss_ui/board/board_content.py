"""What the board shows, read off the session: nothing is computed that no other page has."""

from dataclasses import dataclass

import streamlit as st

from dss_core import __version__
from dss_core.attention.explanation import CAPTION
from dss_core.case.case_result import CaseResult
from dss_core.decision.decide import Decision, decide
from dss_core.decision.pathway import ImagingScores
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.errors import DssError
from dss_core.pictures.axial_views import Field, axial, field_of_view
from dss_core.pictures.image_rendering import Window
from dss_core.pictures.panel import Panel
from dss_core.records import DEFAULT_METHOD, Group
from dss_core.survival.cohort_position import Match, place
from dss_core.survival.result_text import Outcome, past_patients
from dss_ui.attention.attention_overlay import heat, overlay
from dss_ui.attention.computed_maps import METHODS, Asked, explanation
from dss_ui.decision.decision_cohort import TREATMENTS, arm_by_score
from dss_ui.past_patients.cohort_place import current_patient
from dss_ui.past_patients.cohort_question import prespecified_cutoffs
from dss_ui.past_patients.cohort_source import Loaded, current
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.case_images import are_kept
from dss_ui.shell.patient_facts import stored
from dss_ui.shell.words import CLASSES, TASKS
from dss_ui.viewer.key_pictures import largest_slice

_MONTHS = 12
_SHOWN_WARNINGS = 2
_NOT_OF_THE_PATIENT = {"guideline_snapshot", "egfr_dls", "pdl1_dls"}


@dataclass(frozen=True)
class Picture:
    """The panels of the slice with the largest cross-section of the tumour, and their caption."""

    panels: tuple[Panel, ...]
    caption: str


def picture(case: Case, attention: bool) -> Picture:
    """CT, PET and fusion; with attention also the CT with it, beside the raw image.

    Attention is that of the first score, in favour of the side the score lies on.

    Raises
    ------
    DssError
        Whatever the core refuses of the attention.
    """
    tensor, roi = case.images.tensor, case.images.region.roi
    index = largest_slice(tensor)
    plane = field_of_view(roi, Field.CLOSE, float(tensor.z_mm[index]))
    raw = axial(case.images.aligned, roi, plane, Window.LUNG)
    caption = "Axial slice with the largest tumour cross-section. Blue: tumour region."
    if not attention:
        return Picture((raw.ct, raw.pet, raw.fusion), caption)
    score = case.result.scores[0]
    found = explanation(
        case, Asked(score.task, DEFAULT_METHOD, case.result.preprocessing.margin_mm)
    )
    positive = score.dls >= score.cutoff
    side = found.positive if positive else found.negative
    peak = side.slices.peak
    scale = heat(peak, found.attention.unit.split()[0] if peak else "")
    over = overlay(raw, found, side, index, plane, scale)
    caption += (
        f" **{CAPTION}** {METHODS[found.attention.method]} of {TASKS[score.task].title}, "
        f"{CLASSES[score.task][0 if positive else 1]}: 0 to {scale.high:g} "
        f"({found.attention.unit}), up to the case maximum. Dashed: network field of view."
    )
    return Picture((raw.ct, over.ct, raw.pet, raw.fusion), caption)


def decision(scores: ImagingScores) -> tuple[Decision, bool]:
    """Both pathways for the record of this case, and whether anything is recorded.

    Raises
    ------
    DecisionError
        If the record cannot be used.
    """
    book, record = guideline_rules(), stored()
    known = [value for name, value in record.items() if name not in _NOT_OF_THE_PATIENT]
    return decide(patient_from_json(record, book), scores, book), any(map(_says, known))


def cohort_lines() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Counts of past patients with a score like this on each treatment, and how to read them."""
    loaded, patient = current(), current_patient()
    notes = [_kind(loaded)]
    if patient is None:
        return ("No EGFR-DLS: comparison with past patients is not possible.",), tuple(notes)
    if not loaded.cohort.has("egfr_dls"):
        return (
            "No EGFR-DLS in this cohort: comparison with past patients is not possible.",
        ), tuple(notes)
    table, cutoff = loaded.cohort.table, prespecified_cutoffs(loaded.cohort).egfr
    found = place(table, loaded.cohort.weights_ids, patient, cutoff)
    lines = [
        f"EGFR-DLS is higher than in {found.percentile:.0f}% of {found.n_scored} past patients."
    ]
    if found.match is Match.DEMONSTRATION:
        notes.append("Cohort scored with different weights: demonstration only.")
    notes.append("Treatment was not randomised. Past outcomes, not a prediction for this patient.")
    if found.group is Group.INDETERMINATE:
        lines.append(
            "Indeterminate: the interval includes the cut-off, so no outcome group is shown."
        )
        return tuple(lines), tuple(notes)
    for arm in TREATMENTS:
        try:
            compared = arm_by_score(loaded.digest, arm, cutoff, loaded)
        except DssError as refusal:
            lines.append(f"On {arm}: {refusal}")
            continue
        curve = compared.curves[int(patient.dls >= cutoff)]
        if curve.n:
            lines.append(f"On {arm}: {_uncapitalised(past_patients(curve, Outcome.PFS, _MONTHS))}")
    return tuple(lines), tuple(notes)


def warnings(result: CaseResult) -> tuple[str, ...]:
    """The first warnings of the case, their first sentences, then how many more there are."""
    said = [warning.message.partition(". ")[0].rstrip(".") + "." for warning in result.warnings]
    more = len(said) - _SHOWN_WARNINGS
    rest = (f"{more} more on the Score page.",) if more > 0 else ()
    return (*said[:_SHOWN_WARNINGS], *rest)


def origin(result: CaseResult, made: Decision | None) -> str:
    """Which software, weights, input, guideline and cohort the page stands on."""
    parts = [
        f"Version {__version__}",
        f"weights {result.weights_id} ({result.weights_sha256[:12]})",
        f"input {result.input_digest[:12]}",
        f"cohort {current().digest[:12]}",
    ]
    if made:
        parts.append(f"guideline {made.guideline.table.snapshot.id}")
    return " · ".join(parts)


def attention_switch(case: CaseWithoutImages) -> bool:
    """Whether attention is asked for: off until someone switches it on."""
    return (
        (isinstance(case, Case) or are_kept(case))
        and bool(case.result.scores)
        and st.toggle(
            "Attention", value=False, key=f"board-attention-{case.result.input_digest[:12]}"
        )
    )


def _says(value: object) -> bool:
    """Whether a value says anything; what is not recorded does not."""
    if isinstance(value, dict):
        return any(map(_says, value.values()))
    return value not in (None, "", [], "unknown")


def _kind(loaded: Loaded) -> str:
    return (
        "Synthetic cohort: no real patients."
        if loaded.cohort.synthetic
        else "Cohort of real patients."
    )


def _uncapitalised(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
