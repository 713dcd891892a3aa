"""Regions in and out of files on the pages: start from one, export one, or have none yet."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from dss_core.case.case_files import read_regions
from dss_core.case.open_case import take_region
from dss_core.errors import GeometryError
from dss_core.reading.inventory import Series
from dss_core.reading.patient_and_study import of_nobody
from dss_core.reading.series_choice import Image
from dss_core.reading.sources import from_uploads
from dss_core.reading.volume_roles import Role
from dss_core.regions.region_choice import labels
from dss_core.regions.region_files import RegionSource
from dss_core.regions.region_writer import (
    DICOM_WRITERS,
    Origin,
    RegionFormat,
    as_nifti,
    references_of,
)
from dss_core.store.frame_key import check_frame
from dss_ui.images.choosing import UNIT_FIRST, lacks_unit
from dss_ui.session import transitions
from dss_ui.session.chosen_files import Choice
from dss_ui.session.current import become, session
from dss_ui.session.state import Case, CaseSource, Marking, aligned_of, chosen_files, files_of
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.run_case import image_of, open_for_marking
from dss_ui.viewer.marked_region import MarkedRegion
from dss_ui.viewer.marking_session import MarkingSession

_LABELS = {
    RegionFormat.NIFTI: "NIfTI mask",
    RegionFormat.SEG: "DICOM SEG",
    RegionFormat.RTSTRUCT: "RTSTRUCT",
}


def offer(source: CaseSource, choice: Choice) -> None:
    """Draw the tumour region here, where the files hold images and no region."""
    lacks = lacks_unit(choice, files_of(source))
    if st.button(
        "Draw the tumour region",
        type="primary",
        icon=":material/draw:",
        disabled=lacks,
        help=UNIT_FIRST if lacks else None,
    ):
        with show_errors():
            status = st.status("Opening images", expanded=True)
            try:
                opened = open_for_marking(source, choice, status)
                become(transitions.mark(session(), opened))
            except Exception:
                status.update(label="Not opened", state="error")
                raise
            st.switch_page("pages/images.py")


def exports(case: Case | Marking, region: MarkedRegion) -> None:
    """Files of the region for other programs."""
    files = chosen_files(case)
    ct = image_of(files.intake, files.choice, Role.CT) if files else None
    for kind in RegionFormat:
        if kind in DICOM_WRITERS and not isinstance(ct, Series):
            continue
        st.download_button(
            _LABELS[kind],
            region_writer(ct, region, kind),
            f"region-{kind}-{region.digest[:12]}{kind.suffix}",
            key=f"export-{kind}",
            on_click="ignore",
            width="stretch",
        )
    st.caption(
        "DICOM exports refer to the CT, name no patient and lie in a study of their own."
        if isinstance(ct, Series)
        else "DICOM SEG and RTSTRUCT need the DICOM files of the CT, which are not here."
    )


def region_writer(
    ct: Image | None, region: MarkedRegion, kind: RegionFormat
) -> Callable[[], bytes]:
    """A file of the region, written when it is asked for."""

    def write() -> bytes:
        if kind not in DICOM_WRITERS or not isinstance(ct, Series):
            return as_nifti(region.on_ct)
        origin = Origin(references_of(ct), datetime.now(UTC), of_nobody(ct.study_uid))
        return DICOM_WRITERS[kind](region.on_ct, origin)

    return write


def _check_frame(region: RegionSource, case: Case) -> None:
    """Refuse a region of other images than those kept; say where that cannot be checked.

    Raises
    ------
    DssError
    """
    frame = region.frame_of_reference
    unsure = check_frame(region.name, frame, case.record.source.frame_key)
    if (unsure or not frame) and aligned_of(case).registration is not None:
        raise GeometryError(
            "The PET of this case was registered, and this region file is not known to be drawn "
            "on its CT, so it has no sure place. Open the files of the case again, or draw the "
            "region."
        )
    if unsure:
        st.warning(plain(unsure.message), icon=":material/warning:")


def start(marking_session: MarkingSession, case: Case | Marking) -> None:
    """Add a region of the case's files, or of one more file, to the current lesion."""
    upload = st.file_uploader(
        "RTSTRUCT, DICOM SEG, or a mask in NIfTI, NRRD, MHA",
        key=f"start-{marking_session.scene.id}",
    )
    with show_errors():
        files = chosen_files(case)
        regions = files.intake.regions if files else ()
        if upload is not None:
            regions = read_regions(from_uploads([upload.getvalue()]))
        if not regions:
            st.caption("This case has no region files.")
            return
        names = labels(regions)
        chosen = st.selectbox("Region", range(len(regions)), format_func=lambda n: plain(names[n]))
        if files is None and isinstance(case, Case):
            _check_frame(regions[chosen], case)
        if st.button(f"Add to {plain(marking_session.lesion.name)}", icon=":material/add:"):
            taken = take_region((regions[chosen],), regions[chosen].name, aligned_of(case))
            marking_session.start_from(taken.roi)
            marking_session.choose(marking_session.current)
            st.rerun()
