"""Model card: the weights, their training and their limits."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dss_core.bundles.bundle import Bundle
from dss_core.bundles.bundle_folders import bundle_folders
from dss_core.errors import DssError
from dss_ui.session.current import current_result
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain, show_error
from dss_ui.shell.words import TASKS
from dss_ui.weights.weights_import import import_panel

INTENDED_USE = (
    "Research and teaching only. Not a substitute for molecular testing or immunohistochemistry, "
    "and not a basis for treatment."
)
LIMITS = (
    "The region must be the primary tumour; the score depends on its outline.",
    "Input is axial slices, single or with two neighbours; no patient history and no other lesion.",
    "The published cohorts were from China and one US hospital; few tumours were outside 10 to "
    "20 mm; only 5 EGFR-mutant patients in the US cohort.",
    "Scanner, reconstruction and SUV time change the input; validate locally before use at "
    "another site.",
    "Survival differences by score come from non-randomised groups.",
)
_SAID_ELSEWHERE = {"format", "title", "demo", "tasks", "preprocessing", "architecture"}


def model_card_view() -> None:
    """The model card of the chosen weights, those of the open case first."""
    names = list(bundle_folders())
    case = current_result()
    start = names.index(case.weights_id) if case and case.weights_id in names else 0
    name = st.selectbox("Weights", names, index=start, key="model_weights") if names else None
    with st.expander("Import the authors' networks", icon=":material/download:"):
        import_panel()
    if name is None:
        st.info("No weights are installed. See docs/authors_weights.md.")
        return
    try:
        loaded = bundle(name)
    except DssError as refusal:
        show_error(str(refusal))
        return
    st.page_link(
        "pages/weights.py",
        label="Change or verify weights",
        icon=":material/database:",
    )
    left, right = st.columns(2)
    with left:
        st.markdown(f"##### {plain(loaded.title)}")
        if loaded.demo:
            st.warning(
                "Demo weights, trained on simulated lesions only. Do not interpret their scores "
                "clinically.",
                icon=":material/labs:",
            )
        st.markdown(f"**Intended use.** {INTENDED_USE}")
        st.markdown("**Limits**\n" + "\n".join(f"- {limit}" for limit in LIMITS))
    with right:
        _card(loaded)
    _tasks(loaded)
    st.caption("Reporting checklists: TRIPOD+AI (`docs/tripod_ai.md`), CLAIM (`docs/claim.md`).")


def _card(loaded: Bundle) -> None:
    card = loaded.card.to_json()
    rows: dict[str, Any] = {
        "Weights": loaded.id,
        "SHA-256": loaded.sha256,
        "Architecture": loaded.card.architecture,
    }
    rows |= _flat(card["preprocessing"], "input: ")
    rows |= _flat({k: v for k, v in card.items() if k not in _SAID_ELSEWHERE})
    st.dataframe({"": list(rows), "Value": list(rows.values())}, hide_index=True, height=390)
    if "training" not in card:
        st.caption("The model card does not state the training data.")
    st.download_button(
        "Download model card",
        json.dumps(card, indent=2, allow_nan=False),
        f"{loaded.id}-card.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def _tasks(loaded: Bundle) -> None:
    """What the card says of each score, one line a fact; every key it has, in words where known."""
    facts: dict[str, dict[str, str]] = {}
    for task, model in loaded.models.items():
        entry = {
            "networks": len(model.members),
            "cut-off": model.cutoff,
            "origin of the cut-off": model.cutoff_origin,
            **dict(model.metrics or {}),
        }
        facts[TASKS[task].title] = _flat(entry)
    table = pd.DataFrame(facts).fillna("not stated")
    st.dataframe(
        table,
        height=35 * (len(table) + 1) + 3,
        column_config={"_index": st.column_config.Column(width=360)},
    )
    st.caption("Values as stated on the model card; other views are computed from the cohort.")


def _flat(entry: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Nested facts as single lines of text."""
    lines: dict[str, str] = {}
    for key, value in entry.items():
        name = f"{before}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            lines |= _flat(value, f"{name}: ")
        elif isinstance(value, list):
            lines[name] = (" to " if name.endswith("ci95") else ", ").join(map(_short, value))
        else:
            lines[name] = _short(value)
    return lines


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
