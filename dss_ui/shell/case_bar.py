"""The case bar above every page of a case: which case it is, what it scored, how it is kept."""

from collections.abc import Callable

import streamlit as st

from dss_core.case.label import check_label
from dss_core.case.record import Action, Keep
from dss_core.errors import DssError
from dss_core.records import TaskScore
from dss_core.scoring.score_text import shown
from dss_core.store.rescoring import why_not_its_weights
from dss_ui.session.current import close_case, current_case, session
from dss_ui.session.state import Case, CaseWithoutImages, Gone
from dss_ui.shell.messages import plain, show_error
from dss_ui.shell.run_case import headers_of_case
from dss_ui.shell.saved_cases import (
    change,
    delete,
    kept_as,
    said_later,
    same_images,
    say_deleted,
    set_keep,
    version_now,
)
from dss_ui.shell.words import TASKS, group_name

_KEEP = {
    Keep.IMAGES: "Record and images",
    Keep.RECORD: "Record only",
    Keep.NONE: "Do not keep",
}


def draw_case_bar(*, presenting: bool, offering: bool) -> bool:
    """The bar of the open case; False where the case of the address is gone, which is then said.

    Parameters
    ----------
    presenting : bool
        The page is for a screen that many look at: the name of the region, which may be that of a
        person, is left out.
    offering : bool
        Other cases of the same images are offered here.
    """
    state = session()
    if isinstance(state, Gone):
        st.warning(plain(state.reason), icon=":material/folder_off:")
        st.page_link("app.py", label="Open a case", icon=":material/upload:")
        return False
    case = current_case()
    if case is not None:
        bar = st.container(
            key="case-bar", border=True, horizontal=True, vertical_alignment="center"
        )
        with bar:
            _facts(case, presenting)
            with st.popover("Case", icon=":material/more_horiz:", width="content"):
                _actions(case)
        _notes(case)
        if offering:
            _same_images(case)
    return True


def _facts(case: CaseWithoutImages, presenting: bool) -> None:
    result = case.result
    unusual = " :red-badge[:material/warning: unlike training images]" if result.unusual else ""
    weights = f"weights {plain(result.weights_id)}"
    if result.demo_weights:
        weights += " (simulated lesions only)"
    name = "region" if presenting else plain(case.record.region.name)
    region = f"{name}, {result.roi.volume_ml:.1f} mL"
    first = f"**{plain(case.record.label)}** · {_scores(case)}{unusual}"
    second = " · ".join((region, weights, _kept(case)))
    st.markdown(f"{first}  \n:small[:gray[{second}]]")


def _scores(case: CaseWithoutImages) -> str:
    if case.result.withheld:
        return "scores **withheld**"
    return ", ".join(_score(score) for score in case.result.scores)


def _score(score: TaskScore) -> str:
    number = shown(score.dls, score.cutoff)
    return f"{TASKS[score.task].title} **{number}** ({group_name(score.group)})"


def _kept(case: CaseWithoutImages) -> str:
    """Whether the case outlasts this session, and until when."""
    record = case.record
    if record.source.simulated:
        return "Simulated patient"
    if case.version is None or record.kept_until is None:
        return ":material/cloud_off: Not saved: gone when this session ends"
    version = version_now(case)
    if version is None:
        return ":material/cloud_off: Deleted from this server: gone when this session ends"
    if version != case.version:
        return ":material/sync_problem: Changed in another tab or session: reload to see the change"
    what = "Saved" if record.keep is Keep.IMAGES else "Record saved"
    return f":material/cloud_done: {what} until {record.kept_until:%d %b %Y}"


def _actions(case: CaseWithoutImages) -> None:
    with st.form("case-label", border=False):
        label = st.text_input(
            "Label", case.record.label, max_chars=80, help="No name, date or patient number."
        )
        if case.version is not None and not (isinstance(case, Case) and case.files):
            st.caption("Headers are not kept, so the label cannot be compared with them.")
        wanted = st.form_submit_button("Rename", icon=":material/edit:")
        if wanted and label != case.record.label:
            _try(lambda: change(Action.RENAMED, label=check_label(label, headers_of_case(case))))
    if not case.record.source.simulated:
        keep = st.radio(
            "Keep on this server",
            list(_KEEP),
            index=list(_KEEP).index(kept_as(case)),
            format_func=_KEEP.__getitem__,
            captions=["", "No images", "Deleted with this session"],
            key=f"keep-{case.id}-{case.version}",
        )
        if keep is not kept_as(case):
            _try(lambda: set_keep(keep))
    st.page_link("pages/images.py", label="Change region", icon=":material/draw:",
                 query_params={"case": str(case.id)})  # fmt: skip
    if st.button("Close case", icon=":material/close:"):
        close_case()
        st.switch_page("app.py")
    if case.version is not None:
        st.divider()
        sure = st.checkbox("Delete this case and its images from the server")
        if st.button("Delete now", icon=":material/delete:", disabled=not sure):
            _try(lambda: _delete(case))


def _delete(case: CaseWithoutImages) -> None:
    say_deleted(delete(case.id))
    st.switch_page("app.py")


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except DssError as refusal:
        show_error(str(refusal))
    else:
        st.rerun()


def _notes(case: CaseWithoutImages) -> None:
    """What happened to the case, said once; weights that are gone."""
    if note := said_later():
        st.warning(plain(note), icon=":material/cloud_off:")
    if why := why_not_its_weights(case.record):
        st.caption(plain(why))


def _same_images(case: CaseWithoutImages) -> None:
    for other in same_images(case):
        with st.container(horizontal=True, vertical_alignment="center"):
            label = plain(other.label)
            st.markdown(
                f":material/content_copy: The same CT and PET are saved as **{label}**.",
                width="content",
            )
            st.page_link("pages/score.py", label="Open it", query_params={"case": other.id})
