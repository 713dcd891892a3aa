"""Weights: which networks are in use, their facts, and how to import others."""

from dss_ui.shell.frame import frame
from dss_ui.weights.view import view

frame("Weights")
view()
