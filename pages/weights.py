"""Weights: which networks score, what is known of them, and how to bring others."""

import streamlit as st

from dss_ui.frame import frame
from dss_ui.weights_panel import weights_panel

frame("Weights")
st.title("Weights")
weights_panel()
