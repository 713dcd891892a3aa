"""Images of the open case: kept ones and simulated ones are only read when a page shows them."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import streamlit as st

from dss_core.case.case_result import ScoredImages
from dss_core.case.demo_patients import demo_patients
from dss_core.case.open_case import OpenedCase
from dss_core.case.record import Keep
from dss_core.case.score_case import scored_images
from dss_core.errors import DssError, InputError, WeightsError
from dss_core.reading.inventory import Progress as Counter
from dss_core.reading.sources import from_paths
from dss_core.settings import AdjacentSlices
from dss_ui.session import transitions
from dss_ui.session.chosen_files import ChosenFiles
from dss_ui.session.current import become, current_case, session
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.cache import bundle_of
from dss_ui.shell.demo_case import demo_folder
from dss_ui.shell.messages import show_error
from dss_ui.shell.progress_bar import Bar
from dss_ui.shell.proposal import obvious_choice
from dss_ui.shell.run_case import open_chosen, read_intake
from dss_ui.shell.saved_cases import store

_CANCELLED = "dss.opening_cancelled"
_NOT_KEPT = (
    "The images of this case are not kept, only its record. To see them, read its files again as a "
    "new case on the page Cases."
)


@dataclass(frozen=True)
class _Found:
    images: ScoredImages
    files: ChosenFiles | None


def case_with_images() -> Case | None:
    """The open case with its images; where they are not here, says why and gives None."""
    case = current_case()
    if case is None or isinstance(case, Case):
        return case
    st.session_state.pop(_CANCELLED, None)
    place = st.empty()
    try:
        with place.container(horizontal=True, vertical_alignment="center"):
            bar = Bar(st.empty(), "Opening the images of this case")
            st.button("Cancel", icon=":material/close:", on_click=_cancel, args=(case.id,),
                      key="cancel-opening")  # fmt: skip
        found = _found(case, bar.count)
    except DssError as refusal:
        show_error(str(refusal))
        return None
    finally:
        place.empty()
    opened = Case(case.record, case.result, case.version, found.images, found.files, ())
    become(transitions.amend(session(), opened))
    return opened


def _cancel(case_id: UUID) -> None:
    """Remember it; the click itself ends the run."""
    st.session_state[_CANCELLED] = case_id


def opening_cancelled(case: CaseWithoutImages) -> bool:
    """Whether somebody cancelled the opening of these images, and has not asked for them since."""
    return bool(st.session_state.get(_CANCELLED) == case.id)


def offer_images(case: CaseWithoutImages) -> None:
    """A button that opens the images of the case, or why there are none."""
    if not are_kept(case):
        st.info(_NOT_KEPT, icon=":material/hide_image:")
    elif st.button("Open the images", icon=":material/radiology:") and case_with_images():
        st.rerun()


def are_kept(case: CaseWithoutImages) -> bool:
    """Whether the images of the case can be opened without its files."""
    record = case.record
    return record.source.simulated or (case.version is not None and record.keep is Keep.IMAGES)


def _found(case: CaseWithoutImages, progress: Counter) -> _Found:
    record = case.record
    if record.source.simulated:
        patient = next(p for p in demo_patients() if str(p.record.id) == str(case.id))
        return _simulated(demo_folder(patient.name, progress), _case=case)
    if not are_kept(case):
        raise InputError(_NOT_KEPT)
    kept = store().images(case.id)
    return _Found(scored_of(case, OpenedCase(kept.images, kept.region)), None)


def scored_of(case: CaseWithoutImages, opened: OpenedCase) -> ScoredImages:
    """What the result was made from; where its weights are gone, as single slices."""
    try:
        adjacent_slices = bundle_of(case).adjacent_slices
    except WeightsError:
        adjacent_slices = AdjacentSlices()
    return scored_images(opened.images, opened.region, case.result.preprocessing, adjacent_slices)


@st.cache_resource(show_spinner=False, max_entries=2)
def _simulated(folder: Path, _case: CaseWithoutImages) -> _Found:
    """A demo patient's images, shared by all sessions: nothing of a person is in them.

    Draws nothing: what a cached function draws is drawn again, in a place that is gone.
    """
    intake = read_intake(from_paths([folder]))
    files = ChosenFiles(intake, obvious_choice(intake))
    return _Found(scored_of(_case, open_chosen(files)), files)
