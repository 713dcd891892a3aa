"""Weights: which networks are in use, their facts, and how to import others."""

import streamlit as st

from dss_ui.weights.weights_panel import weights_panel


def view() -> None:
    """The page below its frame."""
    st.title("Weights")
    weights_panel()
