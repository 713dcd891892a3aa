"""Cases: open a new case, a demo patient or a saved case."""

from dss_ui.cases.introduction import draw_introduction
from dss_ui.shell.page import open_page

open_page("Cases", "dss_ui.cases.view", introduction=draw_introduction)
