"""PET and CT of different frames of reference: proposed, shown, used only when accepted."""

from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from dss_core.pictures.image_rendering import Window, fuse
from dss_ui.images.registration_view import Mix, mixed
from tests.app.pages import all_text, press, upload, upload_case
from tests.app.session import current_result, marking_session, open_case
from tests.app.shown_numbers import score_on_command_line
from tests.dicom_case import write_case

PROPOSE, USE, DISCARD = (
    "Propose registration",
    "Accept registration and score",
    "Reject registration",
)
USE_AND_MARK = "Accept registration and draw the region"


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def test_other_frame_of_reference_is_aligned_only_after_the_reader_agreed(
    app: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path, pet_same_frame=False)
    upload_case(app, case)
    assert "different frames of reference (0020,0052)" in all_text(app)
    assert not {USE, "Score case"} & set(labels(app))
    press(app, PROPOSE)
    assert not app.exception and not app.error
    figures = {m.label: m.value for m in app.metric}
    assert {"Shift", "Rotation", "Mutual information", "PET covered by CT"} <= set(figures)
    assert figures["Region covered by PET"] == "100%"
    assert "Breathing" in all_text(app) and "Mutual information" in all_text(app)
    assert "Before" in all_text(app) and "After" in all_text(app)
    press(app, DISCARD)
    assert PROPOSE in labels(app) and USE not in labels(app)
    press(app, PROPOSE)
    press(app, USE)
    result = current_result(app)
    assert result.alignment == "rigid"
    assert "registered" in [c.code for c in result.warnings]
    told = score_on_command_line(case.ct, case.pet, case.region, "--register")
    assert result.input_digest == told["input_digest"]
    scored = open_case(app)
    press(app, "Score again")
    assert (open_case(app).id, open_case(app).version) == (scored.id, 2)
    assert current_result(app).input_digest == told["input_digest"]
    assert current_result(app).alignment == "rigid"


def test_without_a_region_the_aligned_images_are_marked(emptied: AppTest, tmp_path: Path) -> None:
    app = emptied
    case = write_case(tmp_path, pet_same_frame=False)
    upload(app, [path.read_bytes() for path in case.files() if path != case.region])
    press(app, PROPOSE)
    assert not app.exception and not app.error
    assert "Region covered by PET" not in {m.label for m in app.metric}
    press(app, USE_AND_MARK)
    app.switch_page("pages/images.py").run()
    assert not app.exception and "Lesion 1 is empty." in all_text(app)
    session = marking_session(app)
    square = [[-9, -9], [9, -9], [9, 9], [-9, 9]]  # the tumour lies at the world origin
    k = round(float(session.grid.to_index(np.zeros((1, 3)))[0, 2]))
    session.take({"id": 1, "do": "draw", "erase": False, "slice": k, "points": square})
    app.run()
    press(app, "Score Lesion 1")
    assert not app.exception and not app.error
    assert current_result(app).alignment == "rigid"


def test_checkerboard_shows_ct_and_pet_in_turn() -> None:
    """Squares of 30 mm on a field of 360 mm: twelve by twelve."""
    air, hot = np.full((120, 120), -1000.0), np.full((120, 120), 10.0)
    board = mixed(air, hot, Mix.CHECKERBOARD)
    assert board[5, 5, 0] == 0 and board[5, 15, 0] == 255
    assert board[15, 5, 0] == 255 and board[15, 15, 0] == 0
    assert (board == 255).mean() == 0.5
    assert np.array_equal(mixed(air, hot, Mix.FUSED), fuse(air, hot, Window.MEDIASTINUM))
