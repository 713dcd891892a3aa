"""The function that does a command, imported when it is called."""

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Handler:
    """A function of a module of `dss_core.cli`: takes the parsed arguments, returns JSON values."""

    module: str
    function: str

    def __call__(self, arguments: argparse.Namespace) -> Any:
        """Do the command."""
        return self.find()(arguments)

    def find(self) -> Any:
        """The function itself, with its libraries."""
        return getattr(import_module(f"dss_core.cli.{self.module}"), self.function)
