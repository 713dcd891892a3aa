"""Score: both scores against their cut-offs, per slice, and their provenance."""

from dss_ui.score.view import view
from dss_ui.shell.frame import frame

frame("Score")
view()
