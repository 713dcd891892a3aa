"""The table of commands and the modules it names agree."""

import pytest

from dss_core.cli import FAMILIES, build_parser


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_adds_exactly_the_commands_it_is_listed_with(family: str) -> None:
    parser = build_parser(FAMILIES[family][0])
    usage = next(a for a in parser._actions if a.dest == "command")
    assert set(usage.choices) == set(FAMILIES[family])
