"""Numbers on the command line: what no computation can use is refused before anything is read."""

import pytest

from dss_core.cli import main

SURVIVAL = ("cohort", "survival", "none.csv", "--time", "t", "--event", "e", "--group", "g")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((*SURVIVAL, "--landmark", "nan"), "a number of 0 months or more"),
        ((*SURVIVAL, "--landmark=-1"), "a number of 0 months or more"),
        ((*SURVIVAL, "--tau", "inf"), "a number of 0 months or more"),
        (("cohort", "benefit", "none.csv", "--egfr-cutoff", "2"), "a number between 0 and 1"),
        (("cohort", "treatment", "none.csv", "--pdl1-cutoff", "nan"), "a number between 0 and 1"),
        (("cohort", "generate", "none", "--seed=-1"), "a whole number of 0 or more"),
        (("run", "--server.port", "99999999"), "a whole number between 0 and 65535"),
        (("features", "--simulated", "1.5"), "a whole number of 1 or more"),
        (("explain", "--margin", "101"), "a number between 0 and 100 mm"),
    ],
)
def test_a_number_out_of_its_range_is_refused(
    words: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("error: argument ") and said.count("\n") == 1
    assert f"{expected} was expected" in said
