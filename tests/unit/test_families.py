"""The table of commands and the modules it names agree."""

import argparse
from collections.abc import Iterator

import pytest

from dss_core.cli import FAMILIES, build_parser
from dss_core.cli.arguments.handler import Handler


def every_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and all below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from every_parser(inner)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_adds_exactly_the_commands_it_is_listed_with(family: str) -> None:
    parser = build_parser(FAMILIES[family][0])
    usage = next(a for a in parser._actions if a.dest == "command")
    assert set(usage.choices) == set(FAMILIES[family])


def test_every_command_has_the_function_that_does_it() -> None:
    leaves = [
        parser
        for parser in every_parser(build_parser())
        if not any(isinstance(a, argparse._SubParsersAction) for a in parser._actions)
    ]
    handlers = [parser.get_default("run") for parser in leaves]
    assert len(set(handlers)) == len(leaves)
    for handler in handlers:
        assert isinstance(handler, Handler)
        assert callable(handler.find())
