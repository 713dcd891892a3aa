"""Images: what was found in the files, which of it is scored, and the viewer with marking tools."""

import streamlit as st

from dss_core.errors import DssError
from dss_core.reading.volume_roles import Role
from dss_ui.images.choosing import NAMES, UNIT_FIRST, choose, lacks_unit
from dss_ui.images.ct_view import ct_alone, offer_ct
from dss_ui.images.files_again import offer_files_again
from dss_ui.images.marking_view import mark
from dss_ui.images.new_case import new_case
from dss_ui.images.region_import import offer
from dss_ui.images.registration_view import register
from dss_ui.images.upload import table
from dss_ui.session.chosen_files import Choice, Intake, Selection
from dss_ui.session.current import session
from dss_ui.session.state import (
    Case,
    CaseSource,
    CtOpened,
    FilesRead,
    Marking,
    drawn_on,
    files_of,
    last_scored,
    source_of,
)
from dss_ui.shell.cache import bundle
from dss_ui.shell.case_images import case_with_images, offer_images, opening_cancelled
from dss_ui.shell.messages import show_error, show_errors
from dss_ui.shell.proposal import fitting_images, is_there, propose
from dss_ui.shell.run_case import needs_registration, rescore, score
from dss_ui.shell.run_progress import step_line
from dss_ui.shell.saved_cases import take_scored


def view() -> None:
    """The page below its frame."""
    st.title("Images")
    open_case = last_scored(session())
    if open_case is not None and not isinstance(open_case, Case):
        if opening_cancelled(open_case):
            offer_images(open_case)
        elif case_with_images() is not None:
            st.rerun()  # without the bar, which would move the viewer when it goes
        return
    state = session()
    source = source_of(state)
    if source is None:
        st.info(
            "Drop a CT series, the PET of the same examination and the tumour region "
            "(RTSTRUCT, DICOM SEG or a mask file).",
            icon=":material/upload:",
        )
        if new_case():
            st.rerun()
        return
    if isinstance(state, CtOpened):
        with show_errors():
            ct_alone(state)
        with st.expander("All series and regions", icon=":material/list:"):
            table(state.source.intake, Selection(state.ct_uid, None, None))
        return
    drawn = drawn_on(state)
    if drawn is None:
        _files(source, pictures=True)
        return
    if not isinstance(source, Case) or source.files is not None:
        with st.expander("Files, series and settings", icon=":material/folder_open:"):
            _files(source, pictures=False)
    elif isinstance(drawn, Case):
        offer_files_again(drawn)
    with show_errors():
        mark(drawn)
    if isinstance(drawn, Case) and drawn.steps:
        with st.expander(f"Processing steps ({sum(s.seconds for s in drawn.steps):.1f} s)"):
            for step in drawn.steps:
                st.markdown(step_line(step))


def _files(source: CaseSource, *, pictures: bool) -> None:
    """What was found, what is chosen of it, and the next step: register, draw or score."""
    intake = files_of(source)
    before = source.files.choice if isinstance(source, Case) and source.files else None
    try:
        proposal = _selection(before) if before else propose(intake)
    except DssError as refusal:
        table(intake, None)
        show_error(str(refusal))
        st.page_link("app.py", label="Read other files", icon=":material/upload:")
        return
    selection = choose(intake, proposal, pictures=pictures)
    choice = selection.complete
    if choice is not None:
        _next_step(source, intake, choice, before)
    elif is_there(intake, Role.PET) or not isinstance(source, FilesRead):
        _undecided(intake, selection)
    else:
        offer_ct(source, selection)
    with st.expander("All series and regions", icon=":material/list:"):
        table(intake, selection)


def _selection(choice: Choice) -> Selection:
    return Selection(choice.ct_uid, choice.pet_uid, choice.region_index, choice.pet_unit)


def _undecided(intake: Intake, selection: Selection) -> None:
    """What is to be selected before there can be a score."""
    for role, uid in ((Role.CT, selection.ct_uid), (Role.PET, selection.pet_uid)):
        if uid is None:
            n, name = len(fitting_images(intake, role)), NAMES[role]
            st.info(f"{n} {name} series fit equally. Select one above.", icon=":material/rule:")


def _next_step(source: CaseSource, intake: Intake, choice: Choice, before: Choice | None) -> None:
    """One button: score, register or draw."""
    if choice.region_index is None and choice != before:
        if intake.regions:
            st.info(
                "Not exactly one region is named like a tumour. Select the tumour region above, "
                "or draw it.",
                icon=":material/rule:",
            )
        else:
            st.info(
                "No tumour region in these files. Draw it here, or add an RTSTRUCT, DICOM SEG or "
                "mask file.",
                icon=":material/draw:",
            )
    if choice == before and isinstance(source, Case):
        _score_again(source, choice)
    elif needs_registration(intake, choice) and not lacks_unit(choice, intake):
        st.subheader("Register PET to CT")
        register(source, choice)
    elif choice.region_index is None:
        if not isinstance(session(), Marking):
            offer(source, choice)
    elif _asked("Score case", choice, intake, primary=True):
        _score(intake, choice)


def _score_again(case: Case, choice: Choice) -> None:
    intake = files_of(case)
    if not _asked("Score again", choice, intake, primary=False):
        return
    if case.images.aligned.registration is not None or choice.region_index is None:
        with show_errors():  # images stay
            take_scored(rescore(case, bundle()))
            st.rerun()
    else:
        _score(intake, choice, case)


def _asked(label: str, choice: Choice, intake: Intake, *, primary: bool) -> bool:
    lacks = lacks_unit(choice, intake)
    return st.button(
        label,
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        disabled=lacks,
        help=UNIT_FIRST if lacks else None,
    )


def _score(intake: Intake, choice: Choice, again: Case | None = None) -> None:
    with show_errors():
        weights = bundle()
        status = st.status("Scoring", expanded=True)
        try:
            take_scored(score(intake, choice, weights, status, again))
        except Exception:
            status.update(label="Not scored", state="error")
            raise
        st.rerun()
