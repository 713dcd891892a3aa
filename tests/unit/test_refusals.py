"""The list of refusals is that of the source, and each is a sentence with a remedy."""

from tests.refusals import HEAD, LIST, refusals


def test_every_refusal_is_documented() -> None:
    assert LIST.read_text() == refusals(), "write it again: python -m tests.refusals"


def test_every_refusal_is_a_sentence_with_a_remedy() -> None:
    lines = [x for x in refusals().removeprefix(HEAD).splitlines() if x.startswith("- ")]
    assert len(lines) > 60
    for line in lines:
        assert line.endswith("."), line
        assert ". " in line or "; " in line, f"says no remedy: {line}"
