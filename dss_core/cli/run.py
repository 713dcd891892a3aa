"""`run`: the dashboard, served on this machine."""

import argparse
import importlib.util
import os
import sys
from typing import NoReturn

from dss_core.errors import InputError
from dss_core.settings import shipped


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become the Streamlit server.

    Streamlit takes `.streamlit/config.toml` from beside `app.py`, whatever the working directory.

    Raises
    ------
    InputError
        If Streamlit is not installed.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise InputError("The dashboard needs Streamlit; install it: pip install streamlit.")
    # -P: the working directory is no place to look for modules
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped() / "app.py")]
    for option in ("server.port", "server.address"):
        if (value := getattr(arguments, option)) is not None:
            command += [f"--{option}", str(value)]
    os.execv(sys.executable, command)
