"""Board: one screen for the tumour board, images, scores, decision and cohort at a glance."""

from dss_ui.board.view import view
from dss_ui.shell.frame import frame

frame("Board", presenting=True)
view()
