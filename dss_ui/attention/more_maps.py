"""What the first view of attention leaves folded: slice by slice, 3D, single channels.

What has to be computed is computed only when someone opens it.
"""

import streamlit as st

from dss_core.attention.attention_map import INPUT
from dss_core.attention.explanation import ClassView, Explanation
from dss_core.attention.patient_grid import to_patient_grid
from dss_core.attention.zones import Share
from dss_core.pictures.axial_views import PLANE_PX
from dss_core.pictures.panel import as_png, draw
from dss_ui.attention.attention_charts import (
    shares_figure,
    shares_rows,
    strength_figure,
    volume_figure,
)
from dss_ui.attention.attention_overlay import channel_panels, filter_panel, share_elsewhere
from dss_ui.attention.computed_maps import strongest_channels
from dss_ui.figures.png import show_png
from dss_ui.session.state import Case
from dss_ui.shell.words import CLASSES, signed

FILTER_PX = 360
NO_TOOLS = {"displayModeBar": False}


def side_of(found: Explanation, positive: bool) -> ClassView:
    """The class that is meant."""
    return found.positive if positive else found.negative


def shares_chart(title: str, shares: tuple[Share, ...], key: str) -> None:
    """Shares of the response against chance, or that there is none."""
    st.markdown(title)
    if not shares:
        st.info("No localised response; shares not computed.")
        return
    st.plotly_chart(
        shares_figure(shares),
        key=f"shares-{key}-{title}",
        config=NO_TOOLS,
        alt=f"Share of the response in each zone, {title}",
    )


def more(case: Case, founds: list[Explanation], positive: bool, index: int, key: str) -> None:
    """Everything below the first view."""
    with st.expander("Slice by slice", icon=":material/stacked_bar_chart:"):
        _slices(founds, positive, index, key)
    if st.toggle("3D view", key=f"attention-3d-{key}"):
        _volume(founds[0], positive, key)
    if st.toggle("Single channels", key=f"attention-channels-{key}"):
        with st.spinner("Looking at single channels"):
            _channels(founds[0], index)
            _strongest_channels(case, founds[0], index)


def _slices(founds: list[Explanation], positive: bool, index: int, key: str) -> None:
    """Peak of every slice, shares on this one, and all of them as a table."""
    level = f"Slice z {founds[0].tensor.z_mm[index]:.0f} mm"
    sides = [(found, side_of(found, positive)) for found in founds]
    here = [
        (f"{level}, {found.margin_mm:g} mm margin", side.shares.slices[index].shares)
        for found, side in sides
    ]
    every = [
        (f"All slices, {found.margin_mm:g} mm margin", side.shares.whole) for found, side in sides
    ]
    left, right = st.columns(2)
    with left:
        st.markdown("**Peak response by slice**")
        st.plotly_chart(
            strength_figure(founds[0].attention, sides[0][1].slices, index),
            key=f"strength-{key}",
            config=NO_TOOLS,
            alt="Peak response of every slice along the body axis",
        )
        st.caption("Hollow: no localised response on that slice.")
    with right:
        for title, shares in here:
            shares_chart(title, shares, key)
    st.dataframe(shares_rows(every + here), hide_index=True, width="stretch")


def _strongest_channels(case: Case, found: Explanation, index: int) -> None:
    st.subheader("Most influential channels")
    if found.attention.layer == INPUT:
        st.caption("Available with Grad-CAM and Grad-CAM++ only.")
        return
    pixel = float(found.tensor.side_mm[index]) / found.tensor.x.shape[-1]
    chosen = strongest_channels(case, found)
    words = CLASSES[found.attention.target]
    for title, some in (
        (words[0], [f for f in chosen if f.contribution > 0.0]),
        (words[1], [f for f in chosen if f.contribution < 0.0]),
    ):
        st.markdown(f"**Strongest {title}**")
        if not some:
            st.caption("None.")
        for column, one in zip(st.columns(4), some, strict=False):
            panel = filter_panel(
                one, found.tensor.x[index, 1], found.tensor.mask[index], index, pixel
            )
            show_png(
                column,
                as_png(draw(panel, FILTER_PX)),
                f"Activation of channel {one.channel} over the CT",
            )
            column.caption(
                f"weight {signed(one.weight, 3)}, contribution {signed(one.contribution, 3)}"
            )
    st.caption(
        "Contribution: log-odds added by the channel (mean over slices). Weight: log-odds per unit "
        "activation. Colours: activation over the CT input, up to the channel's maximum."
    )


def _channels(found: Explanation, index: int) -> None:
    error = found.attention.completeness_error
    if found.attention.channels is None or error is None:
        return
    st.subheader("Attribution to each channel")
    for column, panel in zip(st.columns(3), channel_panels(found, index), strict=True):
        show_png(
            column,
            as_png(draw(panel, PLANE_PX)),
            f"Signed attribution to the {panel.title} channel",
        )
    if found.tensor.adjacent_slices.words:
        st.caption(
            f"{found.tensor.adjacent_slices.words} Shown are the slice's own channels; "
            f"{share_elsewhere(found, index):.0%} of the absolute attribution lies in the "
            "neighbouring slices."
        )
    st.caption(
        "Red: towards the positive class. Blue: away from it. Completeness error (sum of "
        f"attributions minus change in log-odds): {signed(error[index], 4)} on this slice, at most "
        f"{abs(error).max():.4f} on any slice."
    )


def _volume(found: Explanation, positive: bool, key: str) -> None:
    side = side_of(found, positive)
    mask, _ = to_patient_grid(found.tensor.mask.astype(float), found.tensor, "")
    st.plotly_chart(
        volume_figure(side, mask >= 0.5, side.slices.peak),
        key=f"volume-{key}",
        config=NO_TOOLS,
        alt="Surfaces of the tumour and of half of the peak response in 3D",
    )
    st.caption(
        "Drag to rotate. The same volume on the CT's grid: "
        "`python -m dss_core explain … --nifti FILE`."
    )
