"""Overview: what this is, what is loaded, what to do next."""

from dss_ui.cases.view import view
from dss_ui.shell.frame import frame

frame("Overview")
view()
