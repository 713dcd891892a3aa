"""Reader robustness on the Score page: agreement over an uploaded table of readings."""

import pytest
from streamlit.testing.v1 import AppTest

TABLE = b"case,reader,egfr_dls\n" + b"".join(
    f"{case},R{k},{value}\n".encode()
    for case, pair in {"a": (0.2, 0.3), "b": (0.5, 0.6), "c": (0.8, 0.7)}.items()
    for k, value in enumerate(pair, start=1)
)


def over_many_cases() -> None:
    from dss_ui.score.robustness_view import _cases

    _cases()


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(over_many_cases, default_timeout=180).run()


def test_a_table_of_readings_gives_its_icc_and_both_figures(page: AppTest) -> None:
    page.file_uploader[0].set_value(("readings.csv", TABLE, "text/csv")).run()
    assert not page.exception and not page.error
    # Two-way table by hand: mean squares 0.38/3 (cases), 0.005/3 (readers), 0.02/3 (rest), so
    # ICC = 0.12 / (0.4/3 - 0.01/3) = 0.923.
    assert any("ICC(2,1) **0.92**" in m.value for m in page.markdown)
    assert len(page.get("plotly_chart")) == 2


def test_a_table_that_misses_a_reading_is_refused_in_words(page: AppTest) -> None:
    short = TABLE.rsplit(b"\n", 2)[0] + b"\n"
    page.file_uploader[0].set_value(("readings.csv", short, "text/csv")).run()
    assert "case 'c' has no row of reader 'R2'" in page.error[0].value.replace("\\", "")
