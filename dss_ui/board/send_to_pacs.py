"""The case to the PACS: what goes where, asked once, and what became of each object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dss_core.exports.dicom.dicom_objects import ObjectName
from dss_core.pacs.pacs_settings import is_set_up, pacs_place
from dss_ui.board.board_content import presented
from dss_ui.session.current import keep, kept
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.case_images import are_kept, offer_images
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.run_case import images_of_files

if TYPE_CHECKING:
    from dss_core.exports.dicom.dicom_objects import DicomObject
    from dss_core.pacs.archive import Transferred

_SENT = "sent to the PACS"
_NAMES = {
    ObjectName.SEG: "Region (segmentation)",
    ObjectName.SR: "Scores and measurements (structured report)",
    ObjectName.SC: "Picture",
    ObjectName.REPORT: "This report (PDF)",
}
_NO_FILES = (
    "This case was opened without its files, so it does not know whose it is. Give its CT and PET "
    "once more, then send it."
)
_NO_IMAGES = (
    "Only the record of this case is kept, so it does not know whose it is. Read its files as a "
    "new case and score it, then send that."
)


@dataclass(frozen=True)
class _Outcome:
    """What became of an object; no reason: it is stored."""

    name: ObjectName
    reason: str | None


def offer_sending(case: CaseWithoutImages) -> None:
    """The button and what it opens, where a PACS is set up."""
    if not is_set_up():
        return
    with st.popover("Send to PACS", icon=":material/cloud_upload:", width="content"):
        with show_errors():
            _sending(case)


def _sending(case: CaseWithoutImages) -> None:
    if not isinstance(case, Case) or case.files is None:
        _without_files(case)
        return
    series = images_of_files(case.files)
    of_one_study = series.ct.study_uid == series.pet.study_uid
    there = {ObjectName.SC: bool(case.record.pictures), ObjectName.SR: of_one_study}
    names = [name for name in ObjectName if there.get(name, True)]
    lines = "\n".join(f"- {_NAMES[name]}" for name in names)
    st.markdown(f"To **{plain(pacs_place().name)}**, into the study of the CT:\n\n{lines}")
    st.caption(
        "Under the patient and study of the CT, unchanged. Results are preliminary and unverified."
    )
    if not of_one_study:
        st.caption("No structured report: it is of one study, and CT and PET are of two.")
    owner = f"{case.result_key}-{case.version}"
    place = st.container()
    if place.button("Send now", type="primary", icon=":material/send:", key="board-send"):
        keep(_SENT, case.result_key, (owner, _send(case, names)))
    sent: tuple[str, tuple[_Outcome, ...]] | None = kept(_SENT, case.result_key)
    if sent is not None:
        _tell(sent[1], changed=sent[0] != owner)


def _without_files(case: CaseWithoutImages) -> None:
    """Where the files come from."""
    if case.record.source.simulated:
        offer_images(case)
    elif are_kept(case):
        st.info(_NO_FILES, icon=":material/folder_off:")
        here = {"case": str(case.id)}
        st.page_link("pages/images.py", label="Give its files", icon=":material/folder_open:",
                     query_params=here)  # fmt: skip
    else:
        st.info(_NO_IMAGES, icon=":material/folder_off:")
        st.page_link("app.py", label="Read its files", icon=":material/upload:")


def _send(case: Case, names: list[ObjectName]) -> tuple[_Outcome, ...]:
    """Make all objects, then store them."""
    from dss_core.pacs.archive import open_pacs
    from dss_core.reading.sources import Source

    bar = st.progress(0.0, text="Writing the objects")
    made = _objects(case, names)

    def tell(done: Transferred) -> None:
        bar.progress(done.objects / max(done.of, 1), text=f"Sent {done.objects} of {done.of}")

    sent = open_pacs(pacs_place()).send((Source(each.content) for each in made), tell)
    bar.empty()
    reasons = {failed.sop_instance_uid: failed.reason for failed in sent.failed}
    return tuple(_Outcome(m.name, reasons.get(str(m.header.SOPInstanceUID))) for m in made)


def _objects(case: Case, names: list[ObjectName]) -> tuple[DicomObject, ...]:
    from dss_core.exports.board_document import board_document
    from dss_core.exports.dicom.board_presentation import board_presentation
    from dss_core.exports.dicom.dicom_objects import dicom_objects
    from dss_core.exports.dicom.source_case import source_case
    from dss_core.reading.patient_and_study import IdentityChoice

    if case.files is None:
        raise ValueError("Expected a case with its files, found none.")
    record = presented(case)
    source = source_case(
        record, case.images.region.roi, images_of_files(case.files), IdentityChoice.SOURCE
    )
    return dicom_objects(source, names, board_presentation(record, board_document(record)))


def _tell(outcomes: tuple[_Outcome, ...], *, changed: bool) -> None:
    """Each object with what became of it."""
    for outcome in outcomes:
        if outcome.reason is None:
            st.markdown(f":green[:material/check:] {_NAMES[outcome.name]}: stored")
        else:
            why = plain(outcome.reason)
            st.markdown(f":red[:material/error:] {_NAMES[outcome.name]}: not stored, {why}")
    if changed:
        st.caption("The case was changed since then; what was sent does not hold that.")
