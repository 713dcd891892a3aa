"""Region: the images with marking tools; lesions named, measured, scored and exported."""

from dss_ui.images.region_view import view
from dss_ui.shell.frame import frame

frame("Region")
view()
