"""Overview: what this is, what is loaded, what to do next."""

from dss_ui.cases.introduction import draw_introduction
from dss_ui.shell.page import open_page

open_page("Overview", "dss_ui.cases.view", introduction=draw_introduction)
