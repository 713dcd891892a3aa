"""Attention: where the network responded, beside the raw images and against chance."""

from dss_ui.attention.view import view
from dss_ui.shell.frame import frame

frame("Attention")
view()
