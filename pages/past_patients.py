"""Past patients: their outcomes by score, treatment and case mix."""

from dss_ui.shell.page import open_page

open_page("Past patients", "dss_ui.past_patients.view")
