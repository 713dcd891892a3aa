"""Bringing a network that Keras wrote: the form, and what its import made."""

from pathlib import Path
from typing import Any

import streamlit as st

from dss_core.bundles.keras_bundle import import_weights
from dss_core.cohort.releases import WEIGHTS_ID
from dss_core.records import Task
from dss_core.scoring.score_text import cutoff_text
from dss_core.storage import temporary_folder, write_whole
from dss_ui.shell.messages import plain, show_error, show_errors
from dss_ui.shell.words import TASKS

_IMPORTED, _SUFFIXES = "dss.imported", ["hdf5", "h5"]


def import_panel() -> None:
    """The form for a Keras file and what its last import made."""
    st.markdown(
        "A Keras 2 file saved with `model.save`, such as the authors' `LungEGFR.hdf5` and "
        "`LungIO.hdf5`. It is read exactly, without TensorFlow; nothing in it is executed. "
        "Import both scores under one ID."
    )
    with st.form("weights-import", border=True):
        files = st.file_uploader(
            "Keras HDF5 file (several files form one ensemble)",
            type=_SUFFIXES,
            accept_multiple_files=True,
            key="weights-files",
        )
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        tasks = list(Task)
        task = left.selectbox("Score", tasks, format_func=lambda t: TASKS[t].title)
        name = middle.text_input(
            "ID of the weights",
            value=WEIGHTS_ID,
            help="Letters, digits, dot, dash or underscore. With the ID "
            f"{WEIGHTS_ID} the authors' networks are matched to their published cohort.",
        )
        pressed = right.form_submit_button(
            "Import", icon=":material/download:", type="primary", width="stretch"
        )
    if pressed:
        st.session_state.pop(_IMPORTED, None)
        if not files:
            show_error("No file selected; add the Keras HDF5 file first.")
        else:
            with show_errors(), st.spinner("Reading the network"):
                entry = _import_files([(f.name, f.getvalue()) for f in files], task, name.strip())
                st.session_state[_IMPORTED] = (name.strip(), task, entry)
                st.rerun()
    if _IMPORTED in st.session_state:
        _result(*st.session_state[_IMPORTED])


def _import_files(files: list[tuple[str, bytes]], task: Task, name: str) -> dict[str, Any]:
    with temporary_folder() as folder:
        paths = []
        for number, (file_name, content) in enumerate(files):
            paths.append(folder / str(number) / Path(file_name).name)
            write_whole(paths[-1], content)
        return import_weights(paths, task, name)


def _result(name: str, task: Task, entry: dict[str, Any]) -> None:
    """What the last import made."""
    inputs = ", ".join("×".join(str(n or "any") for n in i["shape"]) for i in entry["inputs"])
    st.success(
        f"**{plain(name)}** now has {TASKS[task].title}: {len(entry['files'])} network(s) of "
        f"{entry['parameters']:,} parameters, written by Keras {plain(entry['keras_version'])}, "
        f"input {inputs}, cut-off {cutoff_text(entry['cutoff'])}, {plain(entry['cutoff_origin'])}.",
        icon=":material/check_circle:",
    )
    if entry["cannot_score_because"]:
        st.warning(plain(entry["cannot_score_because"]), icon=":material/warning:")
        return
    st.caption(f"Attention maps are drawn from layer {plain(str(entry['attention_layer']))}.")
    with st.expander("Image preprocessing: known and unknown"):
        for heading, key in (
            ("Known", "preprocessing_known"),
            ("Unknown", "preprocessing_unknown"),
        ):
            first, *rest = entry[key]
            st.markdown(f"**{heading}** ({plain(first.rstrip(':').lower())})")
            st.markdown("\n".join(f"- {plain(line)}" for line in rest))
