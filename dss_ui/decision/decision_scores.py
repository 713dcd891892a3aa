"""Which imaging scores the decision page uses: the case's own, or tried out by hand."""

from dataclasses import dataclass

import streamlit as st

from dss_core.case.report import as_json
from dss_core.decision.pathway import (
    NAMES,
    ImagingScore,
    ImagingScores,
    published,
    scores_from_file,
)
from dss_core.decision.patient_file import PatientFile
from dss_core.decision.scored_case import scores_from_result
from dss_core.records import Task
from dss_ui.session.current import current_result
from dss_ui.shell.messages import plain


@dataclass(frozen=True)
class ChosenScores:
    """Scores for the pathways.

    Attributes
    ----------
    measured : ImagingScores
        Those of the case, or of a loaded record.
    what_if : bool
        True when `scores` were tried out by hand.
    """

    scores: ImagingScores
    measured: ImagingScores
    what_if: bool

    @property
    def label(self) -> str:
        """Where the scores come from, beside what they suggest."""
        if self.what_if:
            return "what-if scores"
        return f"weights {self.scores.weights_id}" if self.scores.weights_id else ""


def current_scores() -> ImagingScores | None:
    """Scores of the case in this session, None if none has been scored."""
    result = current_result()
    return scores_from_result(as_json(result)) if result else None


def choose_scores(file: PatientFile) -> ChosenScores:
    """The case's scores (or those of a loaded record), or other values that are tried."""
    measured = current_scores()
    typed = scores_from_file(file)
    what_if = st.toggle("Explore other scores (what-if)", key="decision_what_if")
    if measured:
        st.caption(f"Scored with weights {plain(measured.weights_id or 'of unknown id')}.")
    elif typed.egfr or typed.pdl1:
        st.caption("Scores of the imported record, with the published cut-offs.")
    else:
        st.caption("No case is scored. Score a case, or enter values here.")
    base = measured or typed
    if not what_if:
        return ChosenScores(base, base, what_if=False)
    egfr, pdl1 = _slider(Task.EGFR, base.egfr), _slider(Task.PDL1, base.pdl1)
    return ChosenScores(ImagingScores(egfr, pdl1), base, what_if=True)


def _slider(task: Task, measured: ImagingScore | None) -> ImagingScore:
    base = measured or published(task, 0.5)
    dls = st.slider(
        NAMES[task], 0.0, 1.0, value=round(base.dls, 2), step=0.01, key=f"decision_try_{task}"
    )
    return ImagingScore(task, dls, base.cutoff, base.origin)
