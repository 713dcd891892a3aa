"""The server of the dashboard, as `nsclc-dss run` starts it: Streamlit that asks nobody outside.

Streamlit would ask a service on the internet for this machine's address as soon as a foreign page
tries to connect, to see whether that page is its own.
"""

from collections.abc import Sequence

from streamlit import net_util
from streamlit.web import cli

from dss_core.settings import shipped


def serve(options: Sequence[str]) -> None:
    """Serve the dashboard until it is interrupted.

    Streamlit takes `.streamlit/config.toml` from beside `app.py`, whatever the working directory.

    Parameters
    ----------
    options : sequence of str
        Of `streamlit run`.
    """
    ask_nobody_outside()
    cli.main(["run", str(shipped() / "app.py"), *options], prog_name="streamlit")


def ask_nobody_outside() -> None:
    """This machine's address on the internet stays unknown to Streamlit."""
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    return None
