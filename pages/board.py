"""Board: one screen for the tumour board, images, scores, decision and cohort at a glance."""

from dss_ui.shell.page import open_page

open_page("Board", "dss_ui.board.view", presenting=True)
