"""The patient form of the decision page: everything starts as not recorded, never as negative.

The form speaks the same JSON as the command line, so that a record saved here is read there. It
is kept in the session under `STORE`, apart from the widgets, so that leaving the page loses
nothing.
"""

from typing import Any

import streamlit as st

from dss_core.decision.missing import Change
from dss_core.decision.pathway_engine import Route
from dss_core.decision.patient import AGE_YEARS, PERCENT
from dss_core.decision.rule_set import RuleSet
from dss_ui.shell.patient_facts import PREFIX, stored

LABELS = {
    "stage_scope": "Stage",
    "prior_systemic_for_advanced": "Prior systemic therapy for advanced disease",
    "histology": "Histology",
    "ecog_ps": "ECOG performance status (PS)",
    "smoking": "Smoking",
    "age": "Age",
    "small_or_mixed_specimen": "Small biopsy or mixed histology",
    "egfr_variants": "EGFR variants found",
    "pdl1_status": "PD-L1",
    "pdl1_tps": "Tumour proportion score (TPS), %",
    "pdl1_ic": "Immune cells (IC), %",
    "pdl1_assay": "PD-L1 assay",
    "ici_contraindication": "Contraindication to immunotherapy",
    "can_wait_for_results": "Can treatment wait for results?",
    "rebiopsy_or_plasma_feasible": "Repeat biopsy or plasma test feasible",
    "platinum_ok": "Suitable for platinum",
    "bevacizumab_ok": "Suitable for bevacizumab",
    "pemetrexed_ok": "Suitable for pemetrexed",
}
_VALUES: dict[str, dict[Any, str]] = {
    "stage_scope": {
        "stage_IV": "Stage IV",
        "recurrent": "Recurrent",
        "IIIB_IIIC_no_definitive_CRT": "IIIB/IIIC without definitive chemoradiotherapy",
        "other": "Other",
    },
    "histology": {
        "adenocarcinoma": "Adenocarcinoma",
        "large_cell": "Large cell",
        "nsclc_nos": "NSCLC, not otherwise specified",
        "adenosquamous": "Adenosquamous",
        "squamous": "Squamous",
        "other": "Other (incl. SCLC, LCNEC)",
    },
    "ecog_ps": {number: str(number) for number in range(5)},
    "smoking": {
        "never": "Never",
        "light_former": "Light former (<15 pack-years)",
        "smoker": "Current, or former with ≥15 pack-years",
    },
    "pdl1_status": {
        "resulted": "Result available",
        "pending": "Pending",
        "not_tested": "Not tested",
    },
    "pdl1_assay": {
        "22C3": "22C3",
        "28-8": "28-8",
        "SP263": "SP263",
        "SP142": "SP142 (TC and IC, no TPS)",
    },
    "ici_contraindication": {
        "none": "None",
        "autoimmune_active": "Active autoimmune disease",
        "autoimmune_history": "History of autoimmune disease",
        "immunosuppression": "Immunosuppression",
        "transplant": "Transplant",
        "ild": "Interstitial lung disease",
        "other": "Other",
    },
}
_YES_NO = {True: "Yes", False: "No"}
_NOT_RECORDED = "Not recorded"
_UNKNOWN = "unknown"
_STATUS = {
    _UNKNOWN: _NOT_RECORDED,
    "positive": "Positive",
    "negative": "Negative",
    "pending": "Pending",
    "not_tested": "Not tested",
    "insufficient": "Insufficient",
    "failed": "Failed",
}
_VARIANTS = ("ex19del", "L858R", "T790M", "S768I", "L861Q", "G719X", "ex20ins", "other")


def snapshot_choice(book: RuleSet) -> dict[str, Any]:
    """Which snapshot of the guideline to use."""
    names = {table.snapshot.id: table.snapshot.name for table in book.tables}
    key = _key("snapshot", stored().get("guideline_snapshot") or book.snapshots[0])
    chosen = st.selectbox("Guideline snapshot", list(names), format_func=names.__getitem__, key=key)
    return {"guideline_snapshot": chosen}


def loaded_scores() -> dict[str, Any]:
    """Scores that came with a loaded record; the form has no fields for them."""
    return {name: stored().get(name) for name in ("egfr_dls", "pdl1_dls")}


def field_label(field: str, book: RuleSet) -> str:
    """A field of the record in words."""
    genes = {f"biomarkers.{gene.id}": gene.name for gene in book.genes}
    return genes.get(field) or LABELS.get(field, field)


def value_label(field: str, value: str) -> str:
    """A value of a field in words."""
    return _VALUES.get(field, _STATUS).get(value, value[:1].upper() + value[1:])


def not_recorded_line(fields: tuple[str, ...], book: RuleSet) -> str:
    """Fields without a record on which the answer depends, as a Markdown sentence."""
    names = [field_label(field, book) for field in fields]
    return f"Not recorded, and the answer depends on it: **{', '.join(names)}**."


def change_lines(change: Change, book: RuleSet) -> str:
    """One missing input and where its values would lead, as a Markdown list item."""
    lines = [f"- **{field_label(change.field, book)}**"]
    for outcome in change.outcomes:
        values = ", ".join(value_label(change.field, value) for value in outcome.values)
        lines.append(f"    - {values} → {outcome.node.id}, {outcome.node.title}")
    return "\n".join(lines)


def guideline_label(route: Route) -> str:
    """Which guideline, snapshot and node an answer is from."""
    return f"{route.table.title} · {route.table.snapshot.id} · {route.node.id}"


def patient_tab() -> dict[str, Any]:
    """Who the patient is."""
    top = st.columns([4, 3, 4], vertical_alignment="bottom")
    below = st.columns(4, vertical_alignment="bottom")
    record: dict[str, Any] = {}
    for column, name in zip(top, ("stage_scope", "histology", "smoking"), strict=True):
        with column:
            record |= _choice(name)
    with below[0]:
        record |= _choice("ecog_ps")
    with below[1]:
        record |= _number("age", AGE_YEARS, int)
    with below[2]:
        record |= _choice("small_or_mixed_specimen", _YES_NO)
    with below[3]:
        record |= _choice("prior_systemic_for_advanced", _YES_NO)
    return record


def drivers_tab(book: RuleSet) -> dict[str, Any]:
    """Tissue or plasma results, gene by gene."""
    saved = stored().get("biomarkers", {})
    columns = [*st.columns(4), *st.columns(4)]
    genes: dict[str, str] = {}
    for number, gene in enumerate(book.genes):
        with columns[number % len(columns)]:
            key = _key(f"gene_{gene.id}", saved.get(gene.id) or _UNKNOWN)
            genes[gene.id] = st.selectbox(
                gene.name, list(_STATUS), format_func=_STATUS.__getitem__, key=key
            )
    record: dict[str, Any] = {"biomarkers": genes}
    if genes.get("egfr") == "positive":
        key = _key("egfr_variants", stored().get("egfr_variants", []))
        with columns[-1]:
            record["egfr_variants"] = st.multiselect(
                LABELS["egfr_variants"], _VARIANTS, key=key, placeholder="Unspecified"
            )
    return record


def immunotherapy_tab() -> dict[str, Any]:
    """PD-L1 and whether immunotherapy is safe."""
    first, second, third = st.columns(3, vertical_alignment="bottom")
    with first:
        record = _choice("pdl1_status")
    with second:
        record |= _choice("pdl1_assay")
    with third:
        record |= _choice("ici_contraindication")
    tumour, immune, _ = st.columns(3, vertical_alignment="bottom")
    sp142 = record["pdl1_assay"] == "SP142"
    with tumour:
        label = "Tumour cells (TC), %" if sp142 else LABELS["pdl1_tps"]
        record |= _number("pdl1_tps", PERCENT, float, label)
    with immune:
        if sp142 or stored().get("pdl1_ic") is not None:
            record |= _number("pdl1_ic", PERCENT, float)
    return record


def practical_tab() -> dict[str, Any]:
    """Urgency, further testing, and what filters the options."""
    record: dict[str, Any] = {}
    names = (
        "can_wait_for_results",
        "rebiopsy_or_plasma_feasible",
        "platinum_ok",
        "bevacizumab_ok",
        "pemetrexed_ok",
    )
    columns = [
        *st.columns(3, vertical_alignment="bottom"),
        *st.columns(3, vertical_alignment="bottom"),
    ]
    for column, name in zip(columns, names, strict=False):
        with column:
            record |= _choice(name, _YES_NO)
    return record


def _key(name: str, saved: Any) -> str:
    """Widget key, filled from the saved record when the widget is new."""
    key = f"{PREFIX}in_{name}"
    if key not in st.session_state:
        st.session_state[key] = saved
    return key


def _choice(name: str, values: dict[Any, str] | None = None) -> dict[str, Any]:
    words = {_UNKNOWN: _NOT_RECORDED, **(values or _VALUES[name])}
    saved = stored().get(name)
    chosen = st.selectbox(
        LABELS[name],
        list(words),
        format_func=words.__getitem__,
        key=_key(name, _UNKNOWN if saved is None else saved),
    )
    return {name: None if chosen == _UNKNOWN else chosen}


def _number(name: str, limits: tuple[int, int], kind: Any, label: str = "") -> dict[str, Any]:
    """A number of a kind (int or float) within limits, exactly as recorded, never rounded."""
    low, high = limits
    saved = stored().get(name)
    value = st.number_input(
        label or LABELS[name],
        min_value=kind(low),
        max_value=kind(high),
        value=None,
        step=kind(1),
        format="%d" if kind is int else "%g",
        key=_key(name, None if saved is None else kind(saved)),
        placeholder="–",
    )
    return {name: value}
