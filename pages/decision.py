"""Decision: what the imaging scores suggest beside what the 2020 guideline said."""

from dss_ui.shell.page import open_page

open_page("Decision", "dss_ui.decision.view")
