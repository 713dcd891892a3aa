"""Weights: which networks are in use, their facts, and how to import others."""

from dss_ui.shell.page import open_page

open_page("Weights", "dss_ui.weights.view")
