"""Cohort: how did past patients like this one do, by score, treatment and case mix?"""

from dss_ui.past_patients.view import view
from dss_ui.shell.frame import frame

frame("Cohort")
view()
