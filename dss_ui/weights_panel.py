"""The weights of this installation: what each bundle is, which one scores, bringing another."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dss_core.errors import WeightsError
from dss_core.records import Task
from dss_core.scoring.catalogue import BundleSummary, TaskSummary, list_bundles
from dss_core.scoring.keras.store import import_weights
from dss_core.scoring.score import require_scoring
from dss_ui.cache import bundle, verification
from dss_ui.messages import plain, refuse, told
from dss_ui.scores import score_cards
from dss_ui.state import active_weights, current_case, set_active_weights, set_case
from dss_ui.words import TASKS, cutoff_text
from dss_ui.work import rescore

_IMPORTED, _SUFFIXES = "dss.imported", ["hdf5", "h5"]


@dataclass(frozen=True)
class Proof:
    """Whether a bundle is as it was written, in a word and a sentence."""

    word: str
    sentence: str
    usable: bool


def weights_panel() -> None:
    """Choose the bundle that scores, see what is known of all, import a Keras file."""
    found = list_bundles()
    with st.spinner("Verifying the weights"):
        proofs = {item.id: _proof(item) for item in found}
    st.subheader("Weights that score")
    _choice([item for item in found if proofs[item.id].usable])
    st.subheader("All weights bundles", anchor=False)
    st.table(pd.DataFrame(_rows(found, proofs)), hide_index=True)
    st.caption(
        "Verified: every file has the SHA-256 on its card, holds finite values, and its networks "
        "repeat the outputs that were recorded when they were written."
    )
    for item in found:
        if not proofs[item.id].usable:
            refuse(proofs[item.id].sentence)
    st.subheader("Import a Keras network", anchor=False)
    _import()


def _proof(item: BundleSummary) -> Proof:
    if item.problem:
        return Proof("Refused", item.problem, usable=False)
    try:
        checked = verification(item)
    except WeightsError as refusal:
        return Proof("Refused", str(refusal), usable=False)
    if not checked.recorded:
        return Proof("Files only", "Written without golden outputs.", usable=True)
    return Proof("Yes", "Files and golden outputs agree.", usable=True)


def _rows(found: tuple[BundleSummary, ...], proofs: dict[str, Proof]) -> list[dict[str, str]]:
    """One row per score; short enough to be read without scrolling sideways."""
    rows: list[dict[str, str]] = []
    for item in found:
        common = {
            "Id": plain(item.id) + (" (in use)" if item.id == active_weights() else ""),
            "Title": plain(item.title),
            "Training": "simulated lesions only" if item.demo else "see its card",
            "Verified": proofs[item.id].word,
        }
        scores = [_score_cells(task) for task in item.tasks]
        rows += [common | cells for cells in scores or [{"Score": "", "Cut-off": ""}]]
    return rows


def _score_cells(task: TaskSummary) -> dict[str, str]:
    unable = ", cannot score a case" if task.cannot_score_because else ""
    ensemble = f", mean of {task.networks}" if task.networks > 1 else ""
    return {
        "Score": f"{TASKS[task.task].title}{ensemble}{unable}",
        "Cut-off": f"{cutoff_text(task.cutoff)}, {plain(task.cutoff_origin)}",
    }


def _choice(usable: list[BundleSummary]) -> None:
    active = active_weights()
    ids = [item.id for item in usable]
    by_id = {item.id: item for item in usable}
    case = current_case()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Bundle",
        ids,
        index=ids.index(active) if active in ids else None,
        format_func=lambda name: f"{name} · {by_id[name].title}",
        placeholder=f"{active} cannot be used; choose another",
        key=f"weights-choice-{active}",
    )
    in_use = chosen == active and (
        case is None or case.result.weights_sha256 == by_id[active].sha256
    )
    if right.button(
        "In use" if in_use else "Score with these weights",
        type="secondary" if in_use else "primary",
        icon=":material/check:" if in_use else ":material/swap_horiz:",
        disabled=chosen is None or in_use,
        help="Scores the current case again; its images and region stay as they are.",
    ):
        with told(), st.spinner("Scoring the case again"):
            _use(str(chosen))
            st.rerun()
    if case is None:
        st.caption("No case is loaded; the next one is scored with these weights.")
    else:
        st.caption(f"{case.origin}, scored with weights {plain(case.result.weights_id)}:")
        score_cards(case.result, "weights")


def _use(name: str) -> None:
    """Make a bundle the session's and score the case with it; a refusal leaves all as it was."""
    weights, case = bundle(name), current_case()
    require_scoring(weights)
    if case is not None:
        set_case(rescore(case, weights))
    set_active_weights(name)


def _import() -> None:
    st.markdown(
        "A file that Keras 2 wrote with `model.save`, such as the authors' own `LungEGFR.hdf5` and "
        "`LungIO.hdf5`. It is read exactly, without TensorFlow, and nothing in it is executed. "
        "Import both scores under one id."
    )
    with st.form("weights-import", border=True):
        files = st.file_uploader(
            "Keras HDF5 file (several: the members of one ensemble)",
            type=_SUFFIXES,
            accept_multiple_files=True,
            key="weights-files",
        )
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        task = left.selectbox("Score", list(Task), format_func=lambda t: TASKS[t].title)
        name = middle.text_input(
            "Id of the bundle", value="authors", help="Letters, digits, dot, dash or underscore."
        )
        pressed = right.form_submit_button(
            "Import", icon=":material/download:", type="primary", width="stretch"
        )
    if pressed:
        st.session_state.pop(_IMPORTED, None)
        if not files:
            refuse("No file was given; add the Keras HDF5 file first.")
        else:
            with told(), st.spinner("Reading the network"):
                entry = _import_files([(f.name, f.getvalue()) for f in files], task, name.strip())
                st.session_state[_IMPORTED] = (name.strip(), task, entry)
                st.rerun()
    if _IMPORTED in st.session_state:
        _result(*st.session_state[_IMPORTED])


def _import_files(files: list[tuple[str, bytes]], task: Task, name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nsclc-dss-") as folder:
        paths = []
        for number, (file_name, content) in enumerate(files):
            path = Path(folder) / str(number) / Path(file_name).name
            path.parent.mkdir()
            path.write_bytes(content)
            paths.append(path)
        return import_weights(paths, task, name)


def _result(name: str, task: Task, entry: dict[str, Any]) -> None:
    """What the last import made."""
    inputs = ", ".join("×".join(str(n or "any") for n in i["shape"]) for i in entry["inputs"])
    st.success(
        f"**{plain(name)}** has {TASKS[task].title}: {len(entry['files'])} network(s) of "
        f"{entry['parameters']:,} values written by Keras {plain(entry['keras_version'])}, input "
        f"{inputs}, cut-off {cutoff_text(entry['cutoff'])} ({plain(entry['cutoff_origin'])}).",
        icon=":material/check_circle:",
    )
    if entry["cannot_score_because"]:
        st.warning(plain(entry["cannot_score_because"]), icon=":material/warning:")
        return
    st.caption(f"Attention maps are drawn from layer {plain(str(entry['attention_layer']))}.")
    with st.expander("What is known and unknown of how its images were prepared"):
        for heading, key in (("Known", "preprocessing_known"), ("Not", "preprocessing_unknown")):
            first, *rest = entry[key]
            st.markdown(f"**{heading}** ({plain(first.rstrip(':').lower())})")
            st.markdown("\n".join(f"- {plain(line)}" for line in rest))
