"""Studies out of the PACS: searched, chosen, fetched whole, and read as an upload is.

CT and PET may be of two studies: several of one patient are fetched together.

What names the patient is on the screen of the one who searched, and goes when files are taken or a
case is closed. The objects lie in a temporary folder only while they come; the read files are in
memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.pacs.pacs_settings import pacs_place
from dss_core.storage import temporary_folder
from dss_ui.session.current import PACS_FOUND
from dss_ui.shell.messages import plain, show_errors

if TYPE_CHECKING:
    from dss_core.pacs.archive import StudyFound, Transferred
    from dss_ui.session.chosen_files import Intake

LINK = "study"
"""Name of the query parameter by which a worklist names a study."""
_TAKEN = {"CT": "CT", "PT": "PET", "RTSTRUCT": "regions", "SEG": "regions"}
"""Modalities that are fetched, in words."""


def linked_study() -> str | None:
    """The study that a link names, which opens when this is called; None without one."""
    return st.query_params.pop(LINK, None)


def from_pacs(linked: str | None) -> Intake | None:
    """Search, results and the fetch; what has just been read of a study.

    Parameters
    ----------
    linked : str, optional
        StudyInstanceUID of a study to fetch at once.
    """
    read = None
    with show_errors():
        read = _open(linked) if linked is not None else None
    with show_errors():
        if read is None:
            _search()
            read = _results()
    return read


def _open(linked: str) -> Intake | None:
    """Fetch the study of a link."""
    found = _find(study_uid=linked)
    if not found:
        st.warning("The PACS has no study of this link.", icon=":material/search_off:")
    return _fetch(found, st.empty()) if any(map(_wanted, found)) else None


def _search() -> None:
    with (
        st.form("pacs-search", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        patient = st.text_input("Patient ID", key="pacs-patient", width=200)
        accession = st.text_input("Accession number", key="pacs-accession", width=200)
        days = st.date_input(
            "Study date, first and last day",
            value=[],
            max_value="today",
            key="pacs-days",
            width=240,
        )
        asked = st.form_submit_button("Search", icon=":material/search:")
    if asked:
        with st.spinner("Asking the PACS"):
            _find(patient_id=patient.strip(), accession=accession.strip(), days=_days(days))


def _days(chosen: object) -> str:
    """One day or two as a query takes them."""
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    return "-".join(f"{day:%Y%m%d}" for day in days if isinstance(day, date))


def _find(
    patient_id: str = "", accession: str = "", days: str = "", study_uid: str = ""
) -> tuple[StudyFound, ...]:
    """Ask, and keep the answer for the runs of the page that follow."""
    from dss_core.pacs.archive import Query, open_pacs

    st.session_state.pop(PACS_FOUND, None)
    query = Query(patient_id, accession, days, study_uid)
    found = open_pacs(pacs_place()).find(query)
    st.session_state[PACS_FOUND] = found
    return found


def _results() -> Intake | None:
    """The table of what was found, and the fetch of the row that is chosen."""
    found: tuple[StudyFound, ...] | None = st.session_state.get(PACS_FOUND)
    if found is None:
        return None
    if not found:
        st.caption("No study was found. Identifiers must be given in full.")
        return None
    chosen = st.dataframe(
        [_row(study) for study in found],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [0]}} if len(found) == 1 else None,
        column_config={"Date": st.column_config.DateColumn(format="D MMM YYYY")},
        key=f"pacs-found-{'-'.join(study.study_uid for study in found)[:200]}",
    )
    studies = [found[row] for row in sorted(chosen.selection.rows)]
    if not studies:
        st.caption("Select a row to fetch the study; two where CT and PET are of two studies.")
        return None
    if len({(study.patient_id, study.issuer) for study in studies}) > 1:
        st.caption("These studies are of different patients. Select those of one.")
        return None
    if not any(map(_wanted, studies)):
        st.caption("There is no CT, PET or region in it to fetch.")
        return None
    place = st.empty()
    if place.button(f"Fetch {_content(studies)}", type="primary", icon=":material/download:"):
        return _fetch(studies, place)
    return None


def _wanted(study: StudyFound) -> list[str]:
    """The series of a study that are fetched."""
    return [series.series_uid for series in study.series if series.modality in _TAKEN]


def _row(study: StudyFound) -> dict[str, object]:
    counts = [series.instances for series in study.series]
    return {
        "Patient": study.patient_name.replace("^", " ").replace("=", " / ").strip(),
        "Patient ID": f"{study.patient_id} ({study.issuer})" if study.issuer else study.patient_id,
        "Date": datetime.strptime(study.date, "%Y%m%d").date() if study.date else None,
        "Modalities": ", ".join(study.modalities),
        "Series": len(study.series),
        "Objects": None if None in counts else sum(n for n in counts if n is not None),
        "Accession": study.accession,
    }


def _content(studies: Sequence[StudyFound]) -> str:
    """What of the studies is fetched, in words."""
    there = {series.modality for study in studies for series in study.series}
    *first, last = dict.fromkeys(word for modality, word in _TAKEN.items() if modality in there)
    words = f"{', '.join(first)} and {last}" if first else last
    return words if len(studies) == 1 else f"{words} of {len(studies)} studies"


def _fetch(studies: Sequence[StudyFound], shown: DeltaGenerator) -> Intake:
    """Fetch and read; a click on Cancel ends this run, and with it the transfer."""
    from dss_core.pacs.archive import open_pacs

    with shown.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"Fetching {_content(studies)}")
        st.button("Cancel", icon=":material/close:", key="cancel-fetch")

    def tell(done: Transferred) -> None:
        bar.progress(_share(done), text=_told(done))

    with temporary_folder() as folder:
        for number, study in enumerate(studies):
            if wanted := _wanted(study):
                place = folder / f"study{number}"
                open_pacs(pacs_place()).fetch(study.study_uid, place, tell, wanted)
        bar.progress(1.0, text="Reading")
        return _read(folder)


def _share(done: Transferred) -> float:
    return min(1.0, done.objects / done.of) if done.of else 0.0


def _told(done: Transferred) -> str:
    of = f" of {done.of}" if done.of else ""
    return plain(f"Fetching: {done.objects}{of} objects, {done.n_bytes / 1e6:.0f} MB")


def _read(folder: Path) -> Intake:
    """The files of a folder, taken into memory one by one."""
    from dss_core.reading.sources import from_uploads
    from dss_ui.shell.run_case import read_intake

    return read_intake(from_uploads(path.read_bytes() for path in sorted(folder.rglob("*.dcm"))))
