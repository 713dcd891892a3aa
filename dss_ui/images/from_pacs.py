"""A study out of the PACS: searched, chosen, fetched whole, and read as an upload is.

What names the patient is on the screen of the one who searched, and goes when files are read or a
case is closed. The objects lie in a temporary folder only while they come; the read files are in
memory.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.pacs.pacs_settings import pacs_place
from dss_core.storage import temporary_folder
from dss_ui.session import transitions
from dss_ui.session.current import PACS_FOUND, become, forget_case, session
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


def from_pacs(linked: str | None) -> bool:
    """Search, results and the fetch; True when a study has just been read.

    Parameters
    ----------
    linked : str, optional
        StudyInstanceUID of a study to fetch at once.
    """
    read = False
    with show_errors():
        read = linked is not None and _open(linked)
    with show_errors():
        if not read:
            _search()
            read = _results()
    return read


def _open(linked: str) -> bool:
    """Fetch the study of a link."""
    found = _find(study_uid=linked)
    if not found:
        st.warning("The PACS has no study of this link.", icon=":material/search_off:")
    return bool(found) and _fetch(found[0], st.empty())


def _search() -> None:
    with st.form("pacs-search", border=False):
        first, second, third, last = st.columns([3, 3, 3, 1.4], vertical_alignment="bottom")
        patient = first.text_input("Patient ID", key="pacs-patient")
        accession = second.text_input("Accession number", key="pacs-accession")
        days = third.date_input(
            "Study date, first and last day", value=[], max_value="today", key="pacs-days"
        )
        asked = last.form_submit_button("Search", icon=":material/search:", width="stretch")
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


def _results() -> bool:
    """The table of what was found, and the fetch of the row that is chosen."""
    found: tuple[StudyFound, ...] | None = st.session_state.get(PACS_FOUND)
    if found is None:
        return False
    if not found:
        st.caption("No study was found. Identifiers must be given in full.")
        return False
    chosen = st.dataframe(
        [_row(study) for study in found],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}} if len(found) == 1 else None,
        column_config={"Date": st.column_config.DateColumn(format="D MMM YYYY")},
        key=f"pacs-found-{'-'.join(study.study_uid for study in found)[:200]}",
    )
    rows = chosen.selection.rows
    if not rows:
        st.caption("Select a row to fetch the study.")
        return False
    study = found[rows[0]]
    wanted = [s for s in study.series if s.modality in _TAKEN]
    if not wanted:
        st.caption("This study has no CT, PET or region.")
        return False
    place = st.empty()
    if place.button(f"Fetch {_content(study)}", type="primary", icon=":material/download:"):
        return _fetch(study, place)
    return False


def _row(study: StudyFound) -> dict[str, object]:
    counts = [series.instances for series in study.series]
    return {
        "Patient": study.patient_name.replace("^", " ").strip(),
        "Patient ID": f"{study.patient_id} ({study.issuer})" if study.issuer else study.patient_id,
        "Date": datetime.strptime(study.date, "%Y%m%d").date() if study.date else None,
        "Modalities": ", ".join(study.modalities),
        "Series": len(study.series),
        "Objects": None if None in counts else sum(n for n in counts if n is not None),
        "Accession": study.accession,
    }


def _content(study: StudyFound) -> str:
    """What of a study is fetched, in words."""
    there = {s.modality for s in study.series}
    *first, last = dict.fromkeys(word for modality, word in _TAKEN.items() if modality in there)
    return f"{', '.join(first)} and {last}" if first else last


def _fetch(study: StudyFound, shown: DeltaGenerator) -> bool:
    """Fetch and read; a click on Cancel ends this run, and with it the transfer."""
    from dss_core.pacs.archive import open_pacs

    with shown.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"Fetching {_content(study)}")
        st.button("Cancel", icon=":material/close:", key="cancel-fetch")

    def tell(done: Transferred) -> None:
        bar.progress(_share(done), text=_told(done))

    with temporary_folder() as folder:
        place = folder / "study"
        open_pacs(pacs_place()).fetch(
            study.study_uid,
            place,
            tell,
            [s.series_uid for s in study.series if s.modality in _TAKEN],
        )
        bar.progress(1.0, text="Reading")
        intake = _read(place)
    forget_case()
    become(transitions.read(session(), intake))
    return True


def _share(done: Transferred) -> float:
    return min(1.0, done.objects / done.of) if done.of else 0.0


def _told(done: Transferred) -> str:
    of = f" of {done.of}" if done.of else ""
    return plain(f"Fetching: {done.objects}{of} objects, {done.n_bytes / 1e6:.0f} MB")


def _read(folder: Path) -> Intake:
    """The files of a folder, taken into memory one by one."""
    from dss_core.reading.sources import from_uploads
    from dss_ui.shell.run_case import read_intake

    return read_intake(from_uploads(path.read_bytes() for path in sorted(folder.iterdir())))
