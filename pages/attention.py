"""Attention: where the network responded, beside the raw images and against chance."""

from dss_ui.shell.page import open_page

open_page("Attention", "dss_ui.attention.view")
