"""Score: both scores against their cut-offs, per slice, and their provenance."""

from dss_ui.shell.page import open_page

open_page("Score", "dss_ui.score.view")
