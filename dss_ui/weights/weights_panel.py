"""The weights of this installation: what each bundle is, which one scores, bringing another."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dss_core.bundles.catalogue import BundleSummary, TaskSummary, list_bundles
from dss_core.errors import DssError
from dss_core.scoring.score import require_scoring
from dss_core.scoring.score_text import cutoff_text
from dss_ui.score.score_cards import score_cards
from dss_ui.session.current import (
    active_weights,
    current_case,
    set_active_weights,
)
from dss_ui.shell.cache import bundle, verification
from dss_ui.shell.case_images import case_with_images
from dss_ui.shell.messages import plain, show_error, show_errors
from dss_ui.shell.run_case import rescore
from dss_ui.shell.saved_cases import take_scored
from dss_ui.shell.words import TASKS
from dss_ui.weights.weights_import import import_panel


@dataclass(frozen=True)
class Proof:
    """Whether a bundle is as it was written, in a word and a sentence."""

    word: str
    sentence: str
    usable: bool


def weights_panel() -> None:
    """Choose the weights in use, see the facts of all, import a Keras file."""
    found = list_bundles()
    with st.spinner("Verifying the weights"):
        proofs = {item.id: _proof(item) for item in found}
    st.subheader("Weights in use")
    _choice([item for item in found if proofs[item.id].usable])
    st.subheader("Installed weights", anchor=False)
    st.table(pd.DataFrame(_rows(found, proofs)), hide_index=True)
    st.caption(
        "Verified: files match the SHA-256 of the model card, values are finite, and the networks "
        "reproduce the stored reference outputs. Files only: no reference outputs are stored."
    )
    for item in found:
        if not proofs[item.id].usable:
            show_error(proofs[item.id].sentence)
    st.subheader("Import a Keras network", anchor=False)
    import_panel()


def _proof(item: BundleSummary) -> Proof:
    if item.problem:
        return Proof("Failed", item.problem, usable=False)
    try:
        checked = verification(item)
    except DssError as refusal:
        return Proof("Failed", str(refusal), usable=False)
    if not checked.recorded:
        return Proof("Files only", "No reference outputs stored.", usable=True)
    return Proof("Yes", "Files and reference outputs match.", usable=True)


def _rows(found: tuple[BundleSummary, ...], proofs: dict[str, Proof]) -> list[dict[str, str]]:
    """One row per score; short enough to be read without scrolling sideways."""
    rows: list[dict[str, str]] = []
    for item in found:
        common = {
            "Id": plain(item.id) + (" (in use)" if item.id == active_weights() else ""),
            "Title": plain(item.title),
            "Training": "simulated lesions only" if item.demo else "see model card",
            "Verified": proofs[item.id].word,
        }
        scores = [_score_cells(task) for task in item.tasks]
        rows += [common | cells for cells in scores or [{"Score": "", "Cut-off": ""}]]
    return rows


def _score_cells(task: TaskSummary) -> dict[str, str]:
    unable = ", not usable for scoring" if task.cannot_score_because else ""
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
        "Weights",
        ids,
        index=ids.index(active) if active in ids else None,
        format_func=lambda name: f"{name} · {by_id[name].title}",
        placeholder=f"{active} cannot be used; select others",
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
        help="Re-scores the open case; images and region are unchanged.",
    ):
        with show_errors(), st.spinner("Re-scoring the case"):
            if _use(str(chosen)):
                st.rerun()
    if case is None:
        st.caption("No case is open; the next case is scored with these weights.")
    else:
        st.caption(
            f"{plain(case.record.label)}, scored with weights {plain(case.result.weights_id)}:"
        )
        score_cards(case.result, "weights")


def _use(name: str) -> bool:
    """Make a bundle the session's and score the case with it; an error leaves all as it was."""
    weights = bundle(name)
    require_scoring(weights)
    if current_case() is not None:
        case = case_with_images()
        if case is None:
            return False
        take_scored(rescore(case, weights))
    set_active_weights(name)
    return True
