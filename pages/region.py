"""Region: the images with marking tools; lesions named, measured, scored and exported."""

from dss_ui.shell.page import open_page

open_page("Region", "dss_ui.images.region_view")
