"""Decision: what the imaging scores suggest beside what the 2020 guideline said."""

from dss_ui.decision.view import view
from dss_ui.shell.frame import frame

frame("Decision")
view()
