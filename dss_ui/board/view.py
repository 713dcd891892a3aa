"""Board: one screen for the tumour board, drawn from the report of the case."""

import streamlit as st

from dss_core.exports.board_report import BoardReport
from dss_ui.board.board_cards import board
from dss_ui.board.board_content import report_of
from dss_ui.board.board_downloads import downloads
from dss_ui.board.board_style import style
from dss_ui.board.picture_choice import choose_pictures
from dss_ui.board.send_to_pacs import offer_sending
from dss_ui.figures.png import show_png
from dss_ui.score.score_cards import score_badges
from dss_ui.session.current import current_case
from dss_ui.session.state import CaseWithoutImages
from dss_ui.shell.messages import plain, show_errors

_FULL_SCREEN = """<script>
// once a page: Streamlit may draw the button anew at any time
if (!window.boardFullScreen) {
  window.boardFullScreen = true;
  document.addEventListener('click', (event) => {
    if (event.target.closest('.st-key-board-full')) document.documentElement.requestFullscreen();
  }, true);
}
</script>"""


def view() -> None:
    """The page below its frame."""
    st.html(style(dark=st.context.theme.type == "dark"))
    case = current_case()
    if case is None:
        st.title("Tumour board")
        st.info("No case is open, so there is nothing to present.", icon=":material/folder_off:")
        st.page_link("app.py", label="Open a case", icon=":material/upload:")
        return
    with show_errors():
        report = report_of(case)
        _head(case, report)
        _pictures(report)
        st.html(board(report))


def _head(case: CaseWithoutImages, report: BoardReport) -> None:
    """What is presented, and what can be done with it."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="board-head",
    ):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"{report.heads.title}: {plain(report.label)}"
            st.title(title, anchor=False, width="content")
            with st.container(horizontal=True, width="content", key="board-badges"):
                score_badges(case.result)
        with st.container(
            horizontal=True, vertical_alignment="center", width="content", key="board-actions"
        ):
            with st.popover("Pictures", icon=":material/photo_library:", width="content"):
                choose_pictures(case)
            downloads(case)
            offer_sending(case)
            st.button("Full screen", icon=":material/fullscreen:", key="board-full")
            st.html(_FULL_SCREEN, unsafe_allow_javascript=True)


def _pictures(report: BoardReport) -> None:
    """Those of the record, with their alternative texts, side by side."""
    if not report.pictures:
        st.caption(plain(f"{report.facts}. {report.no_pictures}"))
        return
    with st.container(key="board-images"):
        columns = st.columns(len(report.pictures), gap="small")
        for column, picture in zip(columns, report.pictures, strict=True):
            show_png(column, picture.png, picture.alt)
    st.caption(plain(f"{report.facts}. {' '.join(report.captions)}"))
