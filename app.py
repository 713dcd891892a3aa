"""Overview: what this is, what is loaded, what to do next."""

from dss_ui.frame import frame

frame("Overview")
