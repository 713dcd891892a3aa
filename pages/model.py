"""Model: the evidence behind a score, computed from the chosen cohort before the user's eyes."""

from dss_ui.model.view import view
from dss_ui.shell.frame import frame

frame("Model")
view()
