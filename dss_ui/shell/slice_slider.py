"""The slider over a case's slices."""

from collections.abc import Sequence

import streamlit as st


def slice_slider(z_mm: Sequence[float], key: str, start_mm: float | None = None) -> float:
    """World z (mm) of the slice to look at; without a slider where there is only one.

    Parameters
    ----------
    z_mm : sequence of float
        Of all slices, inferior to superior.
    key : str
        Of the widget.
    start_mm : float, optional
        One of them; by default the one in the middle.
    """
    start_mm = z_mm[len(z_mm) // 2] if start_mm is None else start_mm
    if len(z_mm) == 1:
        return start_mm
    return float(
        st.select_slider(
            "Slice (z in mm, inferior to superior)",
            z_mm,
            value=start_mm,
            format_func=lambda z: f"{z:.0f} mm",
            key=key,
        )
    )
