"""Numbers and texts from elsewhere as words on the screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.scoring.score_text import cutoff_text, shown
from dss_ui.shell.messages import plain
from dss_ui.shell.words import signed, suv_rule

unit = st.floats(0.0, 1.0)


@given(score=unit, cutoff=st.sampled_from([0.5, 0.54, 0.512]))
def test_a_shown_score_lies_on_its_own_side_of_the_cutoff(score: float, cutoff: float) -> None:
    assert (float(shown(score, cutoff)) >= cutoff) == (score >= cutoff)


@given(score=unit, cutoff=st.floats(0.01, 0.99))
def test_a_shown_score_never_contradicts_the_shown_cutoff(score: float, cutoff: float) -> None:
    number, limit = float(shown(score, cutoff)), float(cutoff_text(cutoff))
    assert number >= limit if score >= cutoff else number <= limit


@pytest.mark.parametrize(
    ("score", "text"), [(0.7312, "0.73"), (0.4999, "0.4999"), (0.5, "0.50"), (0.496, "0.496")]
)
def test_a_score_takes_more_digits_only_beside_the_cutoff(score: float, text: str) -> None:
    assert shown(score, 0.5) == text


@pytest.mark.parametrize(("cutoff", "text"), [(0.5, "0.50"), (0.54, "0.54"), (0.51249, "0.512")])
def test_a_cutoff_takes_a_third_decimal_when_it_has_one(cutoff: float, text: str) -> None:
    assert cutoff_text(cutoff) == text


@given(st.text())
def test_plain_text_keeps_every_character_in_order(text: str) -> None:
    assert plain(text).replace("\\", "").replace("\u200b", "") == text.replace("\\", "").replace(
        "\u200b", ""
    )


@pytest.mark.parametrize("link", ["https://example.org", "www.example.org", "a@example.org"])
def test_plain_text_holds_no_link(link: str) -> None:
    assert link not in plain(link).replace("\\", "")


@pytest.mark.parametrize(("value", "text"), [(0.014, "+0.01"), (-0.08, "−0.08"), (0.0, "+0.00")])
def test_a_signed_value_has_a_minus_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_a_composed_suv_rule_is_told_in_words() -> None:
    told = suv_rule("philips_activity_scale+series_time")
    assert (
        told == "Philips counts with the private activity scale, decay-corrected to the series time"
    )
    assert suv_rule("GML_LBM") == "SUV by LBM in the file, converted to body weight"
