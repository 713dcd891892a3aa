"""`run`: the dashboard, served on this machine."""

import argparse
import importlib.util
import os
import runpy
import sys
from typing import NoReturn

from dss_core.errors import InputError
from dss_core.settings import shipped


def run(arguments: argparse.Namespace) -> NoReturn:
    """Make the demo case's files, then become the Streamlit server.

    Streamlit takes `.streamlit/config.toml` from beside `app.py`, whatever the working directory.

    Raises
    ------
    InputError
        If Streamlit is not installed.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise InputError("The dashboard needs Streamlit; install it: pip install streamlit.")
    runpy.run_module("dss_ui.shell.demo_case", run_name="__main__")
    # -P: the working directory is no place to look for modules
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped() / "app.py")]
    for option in ("server.port", "server.address"):
        if (value := getattr(arguments, option)) is not None:
            command += [f"--{option}", str(value)]
    os.execv(sys.executable, command)
