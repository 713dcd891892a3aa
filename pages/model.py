"""Model: performance and validity of a score, computed from the chosen cohort."""

from dss_ui.shell.page import open_page

open_page("Model", "dss_ui.model.view")
