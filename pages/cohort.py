"""Past patients: their outcomes by score, treatment and case mix."""

from dss_ui.past_patients.view import view
from dss_ui.shell.frame import frame

frame("Past patients")
view()
