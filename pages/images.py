"""Images: files in, series and region chosen, scored, and a look at the images."""

from dss_ui.shell.page import open_page

open_page("Images", "dss_ui.images.view")
