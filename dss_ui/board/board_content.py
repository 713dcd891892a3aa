"""What the board presents: the report of the open case, with the cohort of this session."""

import streamlit as st

from dss_core.case.make_place import make_place, recorded_place
from dss_core.case.place_in_cohort import place_of, place_to_json
from dss_core.case.record import CaseRecord, Document
from dss_core.cohort.cohort_of_weights import KnownCohort
from dss_core.exports.board_report import BoardReport
from dss_core.exports.make_board_report import board_report
from dss_core.exports.phrase import Lang
from dss_ui.past_patients.cohort_source import Loaded, chosen
from dss_ui.session.state import CaseWithoutImages


def presented(case: CaseWithoutImages) -> CaseRecord:
    """The record of the case with its place in the cohort that this session looks at.

    A cohort that was chosen on the Past patients page counts where the same weights scored it;
    else the place that was kept with the case does.
    """
    record, loaded = case.record, chosen()
    if loaded is not None and loaded.cohort.weights_ids == (case.result.weights_id,):
        place = _place_in(case.result_key, loaded.digest, record.result, loaded)
    elif place_of(record) is None:
        place = _place(case.result_key, record.result)
    else:
        return record
    return record.model_copy(update={"place": place})


def report_of(case: CaseWithoutImages, lang: Lang = Lang.EN) -> BoardReport:
    """Its report; the page itself speaks English.

    Raises
    ------
    DssError
        If the record cannot be used.
    """
    return board_report(presented(case), lang)


@st.cache_data(max_entries=32, show_spinner=False)
def _place(result_key: str, _result: Document) -> Document | None:
    """Of a case that was kept without its place."""
    return recorded_place(_result)


@st.cache_data(max_entries=32, show_spinner=False)
def _place_in(result_key: str, digest: str, _result: Document, _loaded: Loaded) -> Document | None:
    return place_to_json(make_place(_result, KnownCohort(_loaded.cohort, digest)))
