"""Case: files in, series and region chosen, scored, and a look at the images."""

from dss_ui.shell.page import open_page

open_page("Case", "dss_ui.images.view")
