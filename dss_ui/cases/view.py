"""Cases, the home page: a new case, the demo patients, and the cases saved on this server.

Nothing here needs the networks: the page is complete before they are loaded.
"""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from dss_core.case.demo_patients import DemoPatient, demo_patients
from dss_core.scoring.score_text import shown
from dss_core.store.case_rows import CaseRow
from dss_ui.figures.png import show_png
from dss_ui.images.new_case import new_case
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.saved_cases import said_later, store

_COLUMNS = 3
_MOST = 500
_VERDICTS = {"accept": "accepted", "disagree": "disagreed", "not_usable": "not usable"}


def view() -> None:
    """The page below its frame."""
    if note := said_later():
        st.success(plain(note), icon=":material/info:")
    _new_case()
    with show_errors():
        _saved()
    _demo()


def _new_case() -> None:
    st.subheader("New case")
    if new_case():
        st.switch_page("pages/images.py")


def _saved() -> None:
    st.subheader("Saved cases")
    opened = store()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search", placeholder="Label or beginning of the id", key="cases-search", width=360
        )
    rows = opened.list(search.strip(), _MOST)
    if not rows:
        st.caption(
            "No saved case has this label or id." if search.strip() else
            "None yet. A case that you score is kept here without anything that names the patient."
        )  # fmt: skip
        return
    chosen = st.dataframe(
        [_shown(row) for row in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"cases-{len(rows)}-{search}",
        column_config={
            "EGFR-DLS": st.column_config.NumberColumn(format="%.2f"),
            "PDL1-DLS": st.column_config.NumberColumn(format="%.2f"),
            "Scored": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Kept until": st.column_config.DatetimeColumn(format="D MMM YYYY"),
        },
    )
    if len(rows) == _MOST:
        st.caption(f"The newest {_MOST} are shown. Search to find an older one.")
    selected = chosen.selection.rows
    with st.container(key="open-saved"):
        if selected:
            row = rows[selected[0]]
            _link(f"Open {plain(row.label)}", row.id)
        else:
            st.caption("Select a row to open the case.")


def _shown(row: CaseRow) -> dict[str, object]:
    return {
        "Label": row.label,
        "Scored": datetime.fromisoformat(row.created),
        "EGFR-DLS": row.egfr,
        "PDL1-DLS": row.pdl1,
        "State": "withheld" if row.withheld else "scored",
        "Assessment": _VERDICTS.get(row.verdict or "", "none"),
        "Weights": row.weights_id,
        "Kept": "record and images" if row.kept == "images" else "record",
        "Kept until": datetime.fromisoformat(row.kept_until) if row.kept_until else None,
    }


def _demo() -> None:
    patients = demo_patients()
    if not patients:
        return
    st.subheader("Demo patients")
    st.caption("Six simulated patients with simulated images: no real person.")
    for start in range(0, len(patients), _COLUMNS):
        row = patients[start : start + _COLUMNS]
        for column, patient in zip(st.columns(_COLUMNS), row, strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(patient)


def _card(patient: DemoPatient) -> None:
    record = patient.record
    st.markdown(f"**{patient.title}**")
    if record.pictures:
        for column, picture in zip(st.columns(len(record.pictures)), record.pictures, strict=True):
            show_png(column, picture.png, picture.alt)
    st.markdown(patient.story)
    st.markdown(_scores(record.result))
    with st.container(key=f"open-{patient.name}"):
        _link("Open", str(record.id))


def _scores(result: Mapping[str, object]) -> str:
    """Both scores as the record has them."""
    if result.get("withheld"):
        return "Scores **withheld**"
    parts = []
    for key, name in (("egfr", "EGFR-DLS"), ("pdl1", "PDL1-DLS")):
        found = result.get(key)
        if isinstance(found, dict):
            group = "indeterminate" if found["group"] == "between" else found["group"]
            parts.append(f"{name} **{shown(found['dls'], found['cutoff'])}** ({group})")
    return "  ·  ".join(parts)


def _link(label: str, case_id: str) -> None:
    """A link to a case: one step for the back button, and a second tab if one is wanted."""
    st.page_link(
        "pages/score.py",
        label=label,
        icon=":material/folder_open:",
        query_params={"case": case_id},
    )
