"""Score: both scores against their cut-offs, per slice, and their provenance."""

import json
from dataclasses import asdict

import streamlit as st

from dss_core.case.case_result import CaseResult
from dss_core.case.report import as_json
from dss_core.pictures.axial_views import network_panels
from dss_core.pictures.panel import as_png, draw
from dss_ui.figures.png import show_png
from dss_ui.figures.score_charts import along_z
from dss_ui.score.robustness_view import robustness
from dss_ui.score.score_cards import score_badges, score_cards
from dss_ui.session.current import current_case
from dss_ui.session.state import Case, CaseWithoutImages
from dss_ui.shell.case_images import offer_images
from dss_ui.shell.messages import page_part, plain, show_errors
from dss_ui.shell.recalibrations import stored
from dss_ui.shell.slice_slider import slice_slider
from dss_ui.shell.words import TASKS, suv_rule

NETWORK_PX = 512
_OPEN_WARNINGS = 3
# scores and robustness stand side by side only where there is room for both
_NARROW = """<style>@media (max-width: 1200px) {
.st-key-score-and-robustness > div > .stHorizontalBlock { flex-wrap: wrap; }
.st-key-score-and-robustness > div > .stHorizontalBlock > .stColumn { min-width: 100%; } }
</style>"""


def _numbers(result: CaseResult) -> None:
    suv, record, found = result.suv, result.suv_origin, result.measures
    threshold = f"{found.mtv_threshold_suv:.2f}"
    values = (
        ("SUVmax", f"{suv.max:.2f}", "Largest SUVbw (g/mL) of the PET voxels in the region"),
        ("SUVpeak", f"{found.suv_peak:.2f}",
         "Highest mean SUV of a 1 mL sphere centred in the region"),
        ("SUVmean", f"{suv.mean:.2f}", "Mean SUVbw (g/mL) of the PET voxels in the region"),
        ("TLG (g)", f"{found.tlg_g:.1f}", "TLG: MTV × mean SUV within the MTV"),
        ("Volume (mL)", f"{result.roi.volume_ml:.1f}", "Of the region, on the CT grid"),
        ("MTV (mL)", f"{found.mtv_ml:.1f}",
         f"MTV: volume of the region with SUV of {threshold} or more"),
        ("Longest diameter, 3D (mm)", f"{found.diameter_3d_mm:.0f}",
         f"In one axial slice {found.diameter_axial_mm:.0f} mm"),
        ("Mean CT density (HU)", f"{found.hu_mean:.0f}".replace("-", "−"),
         "Mean of the CT voxels in the region"),
    )  # fmt: skip
    for row in (values[:4], values[4:]):
        for column, (label, value, meaning) in zip(st.columns(4), row, strict=True):
            column.metric(label, value, help=meaning, border=True)
    reference = f", reference time {record.reference_time}" if record.reference_time else ""
    st.caption(
        f"{record.type} in g/mL: {plain(suv_rule(record.rule))}{reference}. Region: {suv.n_voxels} "
        f"PET voxels; network input: {len(result.z_mm)} axial slices, 1 mm. "
        f"{plain(result.roi.method)}"
    )


def _warnings(result: CaseResult) -> None:
    """All warnings, the first ones open; why a score is withheld stands in its place instead."""
    if not result.warnings:
        st.success("No warnings for this case.", icon=":material/check_circle:")
        return
    count = len(result.warnings)
    subject = "this score" if result.scores else "these measurements"
    lines = [f"- {plain(warning.message)}" for warning in result.ranked_warnings]
    title = f"**{count} warning{'' if count == 1 else 's'} for {subject}**"
    st.warning("\n".join([title, "", *lines[:_OPEN_WARNINGS]]), icon=":material/warning:")
    if more := lines[_OPEN_WARNINGS:]:
        with st.expander(f"{len(more)} more", icon=":material/warning:"):
            st.markdown("\n".join(more))


@page_part
def _slices(case: CaseWithoutImages) -> None:
    result, z_mm = case.result, list(case.result.z_mm)
    level = slice_slider(z_mm, f"slice-{result.input_digest[:12]}")
    index = z_mm.index(level)
    st.plotly_chart(
        along_z(result.scores, level),
        key="along-z",
        config={"displayModeBar": False},
        alt="Network output of every slice along the body axis, with the cut-off",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        on_slice = [
            f"{TASKS[s.task].marker} **{s.slices[index].score:.2f}**" for s in result.scores
        ]
        st.markdown(f"Network output on this slice: {', '.join(on_slice)}", width="content")
        score_badges(result)
    if not isinstance(case, Case):
        st.caption("With the images: robustness to the outline, and what the network saw.")
        offer_images(case)
        return
    panels = network_panels(case.images.tensor, index)
    for column, panel in zip(st.columns(3), panels, strict=True):
        show_png(
            column,
            as_png(draw(panel, NETWORK_PX)),
            f"{panel.title} channel of the network input on this slice",
        )
    st.caption(
        f"Network input: 64 × 64 pixels ({result.side_mm[index]:.0f} mm), z-scores per "
        f"slice and channel, grey −2 to 4. Blue: tumour region. "
        f"{case.images.tensor.adjacent_slices.words}"
    )


def _origin(result: CaseResult) -> None:
    record = as_json(result, stored(result))
    with st.expander("Provenance", icon=":material/fingerprint:"):
        rows = {
            "Weights": f"{result.weights_id}, SHA-256 {result.weights_sha256}",
            "Input digest": result.input_digest,
            "PET-CT registration": result.alignment,
            "Preprocessing": json.dumps(asdict(result.preprocessing)),
            "Versions": ", ".join(f"{k} {v}" for k, v in record["versions"].items()),
        }
        st.dataframe(
            {"": list(rows), "Value": list(rows.values())}, hide_index=True, width="stretch"
        )
        st.caption("The same input digest and weights give the same scores.")
    st.download_button(
        "Download as JSON",
        json.dumps(record, indent=2, allow_nan=False),
        file_name=f"score-{result.input_digest[:12]}.json",
        mime="application/json",
        icon=":material/download:",
    )


def _scores(case: CaseWithoutImages) -> None:
    """The scores, and beside them, once the images are open, what the outline does to them."""
    if not (case.result.scores and isinstance(case, Case)):
        score_cards(case.result, "score")
        return
    st.html(_NARROW)
    with st.container(key="score-and-robustness"):
        scores, beside = st.columns(2)
    with scores:
        score_cards(case.result, "score", stacked=True)
    with beside, st.container(border=True):
        st.markdown("**Robustness to the tumour outline**")
        robustness(case)


def view() -> None:
    """The page below its frame."""
    case = current_case()
    st.title("Score")
    if case is None:
        st.info("No case is open, so there is no score.", icon=":material/folder_off:")
        st.page_link("app.py", label="Open a case", icon=":material/upload:")
        return
    _scores(case)
    _numbers(case.result)
    _warnings(case.result)
    if case.result.scores:
        st.subheader("Network output by slice")
        with show_errors():
            _slices(case)
    _origin(case.result)
