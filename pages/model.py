"""Model: performance and validity of a score, computed from the chosen cohort."""

from dss_ui.model.view import view
from dss_ui.shell.frame import frame

frame("Model")
view()
