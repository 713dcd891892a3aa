"""Score: both scores against their cut-offs, slice by slice, and what produced them."""

import json

import streamlit as st

from dss_core.case.case_result import CaseResult
from dss_core.case.report import as_json
from dss_ui.figures.panel import as_png, draw
from dss_ui.figures.score_charts import along_z
from dss_ui.score.recalibrated_score import stored
from dss_ui.score.robustness_view import robustness
from dss_ui.score.score_cards import score_badges, score_cards
from dss_ui.session.state import current_case
from dss_ui.shell.messages import plain, show_errors
from dss_ui.shell.words import TASKS, suv_rule
from dss_ui.viewer.axial_views import network_panels

NETWORK_PX = 512


def _numbers(result: CaseResult) -> None:
    suv, record, found = result.suv, result.suv_record, result.measures
    threshold = f"{found.mtv_threshold_suv:.2f}"
    values = (
        ("SUVmax", f"{suv.max:.2f}", "Largest SUVbw (g/mL) of the PET voxels in the region"),
        ("SUVpeak", f"{found.suv_peak:.2f}", "Highest mean of a 1 mL sphere in the region"),
        ("SUVmean", f"{suv.mean:.2f}", "Mean SUVbw (g/mL) of the PET voxels in the region"),
        ("TLG (g)", f"{found.tlg_g:.1f}", "MTV times its mean SUV"),
        ("Volume (mL)", f"{result.roi.volume_ml:.1f}", "Of the region, on the CT grid"),
        ("MTV (mL)", f"{found.mtv_ml:.1f}", f"Part of the region with SUV of {threshold} or more"),
        ("Length (mm)", f"{found.diameter_3d_mm:.0f}", "Longest diameter in 3D; in one axial "
         f"slice {found.diameter_axial_mm:.0f} mm"),
        ("Mean HU", f"{found.hu_mean:.0f}", "Mean of the CT voxels in the region"),
    )  # fmt: skip
    for row in (values[:4], values[4:]):
        for column, (label, value, meaning) in zip(st.columns(4), row, strict=True):
            column.metric(label, value, help=meaning, border=True)
    reference = f", reference time {record.reference_time}" if record.reference_time else ""
    st.caption(
        f"{record.type} in g/mL: {plain(suv_rule(record.rule))}{reference}. "
        f"{suv.n_voxels} PET voxels in the region; the network saw {len(result.tensor.z_mm)} "
        f"slices of 1 mm. {plain(result.roi.method)}"
    )


def _cautions(result: CaseResult) -> None:
    """All warnings as one list; why a score is withheld stands in its place instead."""
    if not result.warnings:
        st.success("No warnings for this case.", icon=":material/check_circle:")
        return
    count = len(result.warnings)
    things = "1 thing" if count == 1 else f"{count} things"
    trusted = "this score" if result.scores else "these numbers"
    lines = [f"**{things} to know before you trust {trusted}**", ""]
    lines += [f"- {plain(caution.message)}" for caution in result.warnings]
    st.warning("\n".join(lines), icon=":material/warning:")


@st.fragment
def _slices(result: CaseResult) -> None:
    z_mm = [float(z) for z in result.tensor.z_mm]
    level = z_mm[len(z_mm) // 2]
    if len(z_mm) > 1:
        level = st.select_slider(
            "Slice (z in mm, inferior to superior)",
            z_mm,
            value=level,
            format_func=lambda z: f"{z:.0f} mm",
            key=f"slice-{result.input_digest[:12]}",
        )
    index = z_mm.index(level)
    st.plotly_chart(
        along_z(result.scores, level),
        key="along-z",
        config={"displayModeBar": False},
        alt="Score of every slice along the body axis with the cut-off",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        on_slice = [f"{TASKS[s.task].title} **{s.slices[index].score:.3f}**" for s in result.scores]
        st.markdown(f"On this slice: {', '.join(on_slice)}", width="content")
        score_badges(result)
    panels = network_panels(result.tensor, index)
    for column, panel in zip(st.columns(3), panels, strict=True):
        column.image(
            as_png(draw(panel, NETWORK_PX)),
            width="stretch",
            alt=f"{panel.title} channel of the slice as the network sees it",
        )
    st.caption(
        f"As the network sees it: 64 × 64 pixels of a {result.tensor.side_mm[index]:.0f} mm "
        "square, each channel as z-scores of this slice (grey from -2 to 4), enlarged without "
        f"smoothing. Blue: the tumour region. {result.tensor.stack.words}"
    )


def _origin(result: CaseResult) -> None:
    record = as_json(result, stored(result))
    with st.expander("What produced this", icon=":material/fingerprint:"):
        rows = {
            "Weights": f"{result.weights_id}, SHA-256 {result.weights_sha256}",
            "Input digest": result.input_digest,
            "Alignment of PET with CT": result.alignment,
            "Preprocessing": json.dumps(result.preprocessing.to_card()),
            "Versions": ", ".join(f"{k} {v}" for k, v in record["versions"].items()),
        }
        st.dataframe(
            {"": list(rows), "Value": list(rows.values())}, hide_index=True, width="stretch"
        )
        st.caption("Same input digest and same weights give the same numbers everywhere.")
    st.download_button(
        "Download as JSON",
        json.dumps(record, indent=2, allow_nan=False),
        file_name=f"score-{result.input_digest[:12]}.json",
        mime="application/json",
        icon=":material/download:",
    )


def view() -> None:
    """The page below its frame."""
    case = current_case()
    st.title("Score")
    if case is None:
        st.info("No case is loaded, so there is no score.", icon=":material/folder_off:")
        st.page_link("pages/case.py", label="Load a case", icon=":material/upload:")
        return
    st.caption(case.origin)
    score_cards(case.result, "score")
    _numbers(case.result)
    _cautions(case.result)
    if case.result.scores:
        st.subheader("Through the tumour, slice by slice")
        with show_errors():
            _slices(case.result)
        st.subheader("Would another reader have got another score?")
        robustness(case)
    _origin(case.result)
