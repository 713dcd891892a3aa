"""The patient's facts as one short form: everything starts as not recorded, never as negative.

The form speaks the same JSON as the command line, so that a record saved here is read there. It
is kept in the session under `STORE`, apart from the widgets, so that leaving the page loses
nothing.
"""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.decision.missing import Change
from dss_core.decision.patient import AGE_YEARS, PERCENT
from dss_core.decision.rule_set import RuleSet
from dss_core.decision.rule_table import Gene
from dss_ui.shell.patient_facts import PREFIX, stored

LABELS = {
    "stage_scope": "Stage",
    "prior_systemic_for_advanced": "Prior systemic therapy",
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
    "can_wait_for_results": "Treatment can wait for results",
    "rebiopsy_or_plasma_feasible": "Repeat biopsy or plasma test feasible",
    "platinum_ok": "Suitable for platinum",
    "bevacizumab_ok": "Suitable for bevacizumab",
    "pemetrexed_ok": "Suitable for pemetrexed",
}
_VALUES: dict[str, dict[Any, str]] = {
    "stage_scope": {
        "stage_IVA": "Stage IVA",
        "stage_IVB": "Stage IVB",
        "stage_IV": "Stage IV",
        "recurrent": "Recurrent",
        "IIIB_IIIC_no_definitive_CRT": "IIIB/IIIC, no CRT",
        "other": "Other, outside scope",
    },
    "histology": {
        "adenocarcinoma": "Adenocarcinoma",
        "large_cell": "Large cell",
        "nsclc_nos": "NSCLC, unspecified",
        "adenosquamous": "Adenosquamous",
        "squamous": "Squamous",
        "other": "Other, e.g. SCLC",
    },
    "ecog_ps": {number: str(number) for number in range(5)},
    "smoking": {
        "never": "Never",
        "light_former": "Light former smoker",
        "smoker": "Smoker",
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


_HELP = {
    "stage_scope": "Stage IV: A or B not stated. CRT: definitive chemoradiotherapy.",
    "prior_systemic_for_advanced": "For advanced disease.",
    "histology": "Unspecified: NSCLC, not otherwise specified. Other includes SCLC and LCNEC.",
    "smoking": "Light former: under 15 pack-years. Smoker: current, or former with 15 or more.",
    "pdl1_tps": "TPS: tumour proportion score.",
}


def snapshot_choice(rules: RuleSet) -> dict[str, Any]:
    """Which snapshot of the guideline to use."""
    names = {table.snapshot.id: table.snapshot.name for table in rules.tables}
    key = _key("snapshot", stored().get("guideline_snapshot") or rules.snapshots[0])
    chosen = st.selectbox(
        "Guideline snapshot",
        list(names),
        format_func=names.__getitem__,
        key=key,
        label_visibility="collapsed",
    )
    return {"guideline_snapshot": chosen}


def loaded_scores() -> dict[str, Any]:
    """Scores that came with a loaded record; the form has no fields for them."""
    return {name: stored().get(name) for name in ("egfr_dls", "pdl1_dls")}


def field_label(field: str, rules: RuleSet) -> str:
    """A field of the record in words."""
    genes = {f"biomarkers.{gene.id}": gene.name for gene in rules.genes}
    return genes.get(field) or LABELS.get(field, field)


def value_label(field: str, value: str) -> str:
    """A value of a field in words."""
    return _VALUES.get(field, _STATUS).get(value, value[:1].upper() + value[1:])


def not_recorded_line(fields: tuple[str, ...], rules: RuleSet) -> str:
    """Fields without a record on which the answer depends, as a Markdown sentence."""
    names = [field_label(field, rules) for field in fields]
    return f"Not recorded, and the answer depends on it: **{', '.join(names)}**."


def would_change_line(changes: tuple[Change, ...], rules: RuleSet) -> str:
    """Inputs without a result of which each alone would change the answer, as a sentence."""
    names = [field_label(change.field, rules) for change in changes]
    return f"Missing, and each alone would change the guideline's answer: **{', '.join(names)}**."


def change_lines(change: Change, rules: RuleSet) -> str:
    """One missing input and where its values would lead, as a Markdown list item."""
    lines = [f"- **{field_label(change.field, rules)}**"]
    for outcome in change.outcomes:
        values = ", ".join(value_label(change.field, value) for value in outcome.values)
        lines.append(f"    - {values} → {outcome.node.title}")
    return "\n".join(lines)


def facts(rules: RuleSet) -> dict[str, Any]:
    """All facts of the patient, those that are seldom asked for folded."""
    record = _row("stage_scope", "histology")
    record |= _row("ecog_ps", "prior_systemic_for_advanced")
    record |= _row("smoking", "can_wait_for_results")
    record |= _drivers(rules.genes)
    status, tumour = st.columns(2, gap="small")
    with status:
        record |= _choice("pdl1_status")
    tumour_cells = tumour.container()
    record |= _row("ici_contraindication", "pdl1_assay", widths=(3, 2))
    with tumour_cells:
        label = "Tumour cells (TC), %" if record["pdl1_assay"] == "SP142" else "TPS, %"
        record |= _number("pdl1_tps", PERCENT, float, label)
    with st.expander("More: age, specimen, suitability"):
        record |= _seldom_asked(record["pdl1_assay"] == "SP142")
    return record


def _drivers(genes: tuple[Gene, ...]) -> dict[str, Any]:
    """Tissue or plasma results, gene by gene, or all negative at once."""
    saved = stored().get("biomarkers", {})
    keys = {g.id: _key(f"gene_{g.id}", saved.get(g.id) or _UNKNOWN) for g in genes}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Driver genes**", width="content", help="Tissue or plasma results.")
        st.button(
            "All drivers negative",
            icon=":material/done_all:",
            on_click=_all_negative,
            args=(tuple(keys.values()),),
            disabled="positive" in {st.session_state[key] for key in keys.values()},
            help="Sets every gene to negative. Not while one is positive.",
        )
    rows = [genes[start : start + 3] for start in range(0, len(genes), 3)]
    spare = 3 - len(rows[-1]) if rows else 0  # cells of the last row, for the variants of EGFR
    cells: list[DeltaGenerator] = []
    for row in rows:
        missing = [3 - len(row)] if len(row) < 3 else []
        cells += st.columns([1] * len(row) + missing, gap="xsmall")
    results: dict[str, str] = {}
    for gene, cell in zip(genes, cells, strict=False):
        results[gene.id] = cell.selectbox(
            gene.name, list(_STATUS), format_func=_STATUS.__getitem__, key=keys[gene.id]
        )
    record: dict[str, Any] = {"biomarkers": results}
    if results.get("egfr") == "positive":
        place = cells[-1] if spare else st.container()
        record["egfr_variants"] = place.multiselect(
            LABELS["egfr_variants"],
            _VARIANTS,
            key=_key("egfr_variants", stored().get("egfr_variants", [])),
            placeholder="Unspecified",
        )
    return record


def _all_negative(keys: tuple[str, ...]) -> None:
    """Set every gene to negative (a callback: it runs before the form is drawn)."""
    for key in keys:
        st.session_state[key] = "negative"


def _seldom_asked(sp142: bool) -> dict[str, Any]:
    """What only some routes ask for, and what takes options off the list."""
    left, right = st.columns(2, gap="small")
    with left:
        record = _number("age", AGE_YEARS, int)
        record |= _choice("rebiopsy_or_plasma_feasible")
        record |= _choice("bevacizumab_ok")
    with right:
        record |= _choice("small_or_mixed_specimen")
        record |= _choice("platinum_ok")
        record |= _choice("pemetrexed_ok")
    if sp142 or stored().get("pdl1_ic") is not None:
        record |= _number("pdl1_ic", PERCENT, float)
    return record


def _row(*names: str, widths: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    """Two choices side by side."""
    record: dict[str, Any] = {}
    for column, name in zip(st.columns(widths, gap="small"), names, strict=True):
        with column:
            record |= _choice(name)
    return record


def _key(name: str, saved: Any) -> str:
    """Widget key, filled from the saved record when the widget is new."""
    key = f"{PREFIX}in_{name}"
    if key not in st.session_state:
        st.session_state[key] = saved
    return key


def _choice(name: str) -> dict[str, Any]:
    words = {_UNKNOWN: _NOT_RECORDED, **_VALUES.get(name, _YES_NO)}
    saved = stored().get(name)
    chosen = st.selectbox(
        LABELS[name],
        list(words),
        format_func=words.__getitem__,
        key=_key(name, _UNKNOWN if saved is None else saved),
        help=_HELP.get(name),
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
        placeholder=_NOT_RECORDED,
        help=_HELP.get(name),
    )
    return {name: value}
