"""`run`: the dashboard, served on this machine."""

import argparse
import importlib.util
import ipaddress
import sys
from typing import NoReturn

from dss_core.errors import InputError


def run(arguments: argparse.Namespace) -> NoReturn:
    """Serve the dashboard until it is interrupted.

    Raises
    ------
    InputError
        If Streamlit is not installed, or other machines could reach the server.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise InputError("The dashboard needs Streamlit; install it: pip install streamlit.")
    address = getattr(arguments, "server.address")
    require_own_machine(address)
    options = ["--server.address", address]
    if (port := getattr(arguments, "server.port")) is not None:
        options += ["--server.port", str(port)]
    # by name, because the core does not depend on the pages
    importlib.import_module("dss_ui.shell.serve").serve(options)
    sys.exit(0)


def require_own_machine(address: str | None) -> None:
    """Refuse an address at which other machines would reach a dashboard without a login.

    Whoever reaches it reads every saved case and changes the weights that all others see.

    Parameters
    ----------
    address : str, optional
        As Streamlit's `server.address` takes it; none is every address of the machine.

    Raises
    ------
    InputError
        If another machine could reach it.
    """
    if not _answers_own_machine_only(address):
        raise InputError(
            "A dashboard without a login answers its own machine only, but its server would answer "
            f"at {address or 'every address of this machine'}: bind it to 127.0.0.1, and for "
            "others put a proxy with a login in front of that address (docs/hosting.md)."
        )


def _answers_own_machine_only(address: str | None) -> bool:
    if address is None:
        return False
    if address == "localhost" or address.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
