"""Case: files in, series and region chosen, scored, and a look at the images."""

from dss_ui.images.view import view
from dss_ui.shell.frame import frame

frame("Case")
view()
