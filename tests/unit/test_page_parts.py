"""Parts of pages that Streamlit draws again on their own."""

from pathlib import Path

import dss_ui


def test_only_page_part_makes_a_part_so_that_each_shows_its_errors_as_sentences() -> None:
    """`tests/app/test_saved_cases.py` shows that one of them does."""
    folder = Path(dss_ui.__file__).parent
    found = [p.name for p in folder.rglob("*.py") if "fragment(" in p.read_text("utf-8")]
    assert found == ["messages.py"]
    assert not [p for p in folder.rglob("*.py") if "@st.fragment" in p.read_text("utf-8")]
