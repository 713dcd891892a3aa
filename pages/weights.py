"""Weights: which networks score, what is known of them, and how to bring others."""

from dss_ui.shell.frame import frame
from dss_ui.weights.view import view

frame("Weights")
view()
