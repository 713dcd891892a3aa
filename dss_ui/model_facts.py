"""Model facts: what the weights behind the score are, were trained on, and are not for."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dss_core.errors import DssError
from dss_core.scoring.weights import Bundle, bundle_folders
from dss_ui.cache import bundle
from dss_ui.messages import plain, refuse
from dss_ui.state import current_result
from dss_ui.weights_import import import_panel
from dss_ui.words import TASKS

INTENDED_USE = (
    "Research into what PET/CT of non-small-cell lung cancer says about EGFR mutation and PD-L1 "
    "status before tissue is available, and teaching. Never instead of a molecular test or "
    "immunohistochemistry, and never as the reason for a treatment."
)
LIMITS = (
    "The region must hold the primary tumour; the score depends on where it is drawn.",
    "It sees single axial slices; it knows no patient history and no other lesion.",
    "The published cohorts were from China and one US hospital; few tumours were outside 10 to "
    "20 mm; only 5 EGFR mutant patients were in the US cohort.",
    "Scanner, reconstruction and SUV time change the input; other sites need their own check.",
    "Survival differences by score come from arms that were not randomised.",
)
_SAID_ELSEWHERE = {"format", "title", "demo", "tasks", "preprocessing", "architecture"}


def facts_view() -> None:
    """One bundle's facts, the loaded case's first."""
    names = list(bundle_folders())
    case = current_result()
    start = names.index(case.weights_id) if case and case.weights_id in names else 0
    name = st.selectbox("Weights", names, index=start, key="model_weights") if names else None
    with st.expander("Bring the authors' own networks", icon=":material/download:"):
        import_panel()
    if name is None:
        st.info("No weights bundle is installed. See the authors' weights page of the manual.")
        return
    try:
        loaded = bundle(name)
    except DssError as refusal:
        refuse(str(refusal))
        return
    st.page_link(
        "pages/weights.py",
        label="Choose the weights that score, verify all of them",
        icon=":material/database:",
    )
    left, right = st.columns(2)
    with left:
        st.markdown(f"##### {plain(loaded.title)}")
        if loaded.demo:
            st.warning(
                "Demo weights, trained on simulated lesions only: their score says nothing about "
                "a patient.",
                icon=":material/labs:",
            )
        st.markdown(f"**Intended use.** {INTENDED_USE}")
        st.markdown("**Limits**\n" + "\n".join(f"- {limit}" for limit in LIMITS))
    with right:
        _card(loaded)
    _tasks(loaded)
    st.caption(
        "Reporting checklists filled in for this software: `docs/tripod_ai.md` and `docs/claim.md`."
    )


def _card(loaded: Bundle) -> None:
    pre = loaded.preprocessing.to_card()
    rows: dict[str, Any] = {
        "Bundle": loaded.id,
        "SHA-256": loaded.sha256,
        "Architecture": loaded.card["architecture"],
    }
    rows |= {f"Input: {key}": value for key, value in pre.items()}
    rows |= {key: value for key, value in loaded.card.items() if key not in _SAID_ELSEWHERE}
    st.dataframe(
        {"": list(rows), "Value": [_short(v) for v in rows.values()]}, hide_index=True, height=390
    )
    if "training" not in loaded.card:
        st.caption("The card does not say what the weights were trained on.")
    st.download_button(
        "Download the card",
        json.dumps(loaded.card, indent=2),
        f"{loaded.id}-card.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def _tasks(loaded: Bundle) -> None:
    rows = []
    for task, model in loaded.models.items():
        rows.append(
            {
                "Score": TASKS[task].title,
                "Networks": len(model.members),
                "Cut-off": f"{model.cutoff:g}",
                "Origin of the cut-off": model.cutoff_origin,
                "Metrics on the card": _metrics(model.metrics),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _metrics(metrics: Mapping[str, Any]) -> str:
    """The area with its interval where the card has it; the whole stands on the card."""
    if "auc" in metrics and "auc_ci95" in metrics:
        low, high = metrics["auc_ci95"]
        n = metrics.get("held_out_patients", "?")
        return f"AUC {metrics['auc']:.3f} ({low:.3f} to {high:.3f}) on {n} held-out patients"
    return _short(dict(metrics)) if metrics else "none"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
