"""Score: both scores against their cut-offs, slice by slice, and what produced them."""

from dss_ui.score.view import view
from dss_ui.shell.frame import frame

frame("Score")
view()
