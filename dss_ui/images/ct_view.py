"""A CT without a PET: looked at, drawn on and measured; never scored."""

import pandas as pd
import streamlit as st

from dss_core.case.open_case import open_ct
from dss_core.errors import DssError
from dss_core.reading.volume_roles import Role
from dss_core.regions.crop import cropped, part_around
from dss_core.regions.measures import CtMeasures, measure_on_ct
from dss_core.regions.region_files import on_image
from dss_ui.figures.figure_downloads import show_table
from dss_ui.images.marking_view import chooser, images
from dss_ui.session import transitions
from dss_ui.session.chosen_files import Selection
from dss_ui.session.current import become, session
from dss_ui.session.state import CtOpened, FilesRead
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.progress_bar import Bar
from dss_ui.shell.run_case import image_named
from dss_ui.viewer.marking_session import MarkingSession, marking_session_of

MISSING = (
    "No PET in these files: the CT can be viewed and measured. A score needs the PET of the same "
    "examination and the tumour region."
)


def offer_ct(source: FilesRead, selection: Selection) -> None:
    """Open the CT alone, where the files hold no PET."""
    there = source.intake.inventory.describe()
    st.info(f"{MISSING} Found {plain(there)}.", icon=":material/info:")
    uid = selection.ct_uid
    if not st.button(
        "View the CT", type="primary", icon=":material/radiology:", disabled=uid is None
    ):
        return
    assert uid is not None
    with show_errors():
        bar = Bar(st.empty(), "Reading the CT")
        opened = open_ct(image_named(source.intake, uid, Role.CT), progress=bar.count)
        found = CtOpened(source, uid, opened)
        become(transitions.view_ct(session(), found))
        if selection.region_index is not None:
            _take(marking_session_of(found), found, selection.region_index)
        st.rerun()


def ct_alone(opened: CtOpened) -> None:
    """The viewer with the CT, its tools, and the lesions in numbers."""
    marking_session = marking_session_of(opened)
    st.info(MISSING, icon=":material/info:")
    for warning in opened.images.warnings:
        st.warning(plain(warning.message), icon=":material/warning:")
    if st.button("Back to the files", icon=":material/arrow_back:"):
        become(transitions.leave_ct(session()))
        st.rerun()
    chooser(marking_session)
    images(opened)
    with show_errors():
        _numbers(marking_session)


def _take(marking_session: MarkingSession, opened: CtOpened, index: int) -> None:
    """Begin with the selected region of the files."""
    roi, _ = on_image(opened.source.intake.regions[index], opened.images.ct.grid)
    marking_session.rename(roi.name)
    marking_session.start_from(roi)
    marking_session.choose(0)


def _numbers(marking_session: MarkingSession) -> None:
    """One row for each lesion that is not empty."""
    rows = {}
    for lesion in marking_session.lesions:
        roi = marking_session.marked(lesion).roi
        if not roi.mask_zyx.any():
            continue
        small = cropped(roi, spare=1)
        try:
            ct = part_around(marking_session.scene.ct, small, 0.0)
            rows[lesion.name] = _row(measure_on_ct(small, ct))
        except DssError as refusal:
            st.warning(plain(str(refusal)), icon=":material/warning:")
    if rows:
        show_table(pd.DataFrame.from_dict(rows, orient="index"))
    else:
        st.caption("Draw on an axial image to measure volume, diameters and mean HU.")


def _row(found: CtMeasures) -> dict[str, str]:
    return {
        "Volume (mL)": f"{found.volume_ml:.1f}",
        "Longest 3D / axial (mm)": f"{found.diameter_3d_mm:.0f} / {found.diameter_axial_mm:.0f}",
        "HU mean": f"{found.hu_mean:.0f}".replace("-", "\N{MINUS SIGN}"),
    }
