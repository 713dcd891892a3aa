"""Numbers as a page shows them and as the command line's JSON says them, to compare the two.

Only numbers are read, never words: a page may be reworded, its numbers must stay those of the
command line. The rounding is written anew here, so that it is not the page's own.
"""

import json
import re
import subprocess
import sys
from typing import Any

from streamlit.testing.v1 import AppTest

_NUMBER = re.compile(r"(?<![A-Za-z0-9.])[-+]?\d+(?:\.\d+)?")


def command_line(*arguments: str) -> tuple[dict[str, Any], str]:
    """JSON and notes of `python -m dss_core ...`."""
    command = [sys.executable, "-m", "dss_core", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result, done.stderr


def numbers(text: object) -> list[str]:
    """The numbers of a text, in order."""
    return _NUMBER.findall(str(text).replace("\\", "").replace("−", "-").replace(",", ""))


def lines(page: AppTest) -> list[list[str]]:
    """The numbers of every line of text on the page."""
    elements = [*page.markdown, *page.caption, *page.info, *page.warning]
    return [numbers(line) for e in elements for line in str(e.value).splitlines()]


def rows(page: AppTest, table: int) -> list[list[str]]:
    """The numbers of every row of a data table of the page."""
    frame = page.dataframe[table].value
    return [[n for cell in row for n in numbers(cell)] for row in frame.itertuples(index=False)]


def shown(page: AppTest, *expected: list[str]) -> bool:
    """Whether some line of the page has these numbers side by side."""
    wanted = [n for part in expected for n in part]
    return any(
        line[i : i + len(wanted)] == wanted for line in lines(page) for i in range(len(line))
    )


def p(value: float | None) -> list[str]:
    """Three decimals below 0.1, else two; never below 0.001."""
    if value is None:
        return []
    return [f"{max(value, 0.001):.3f}" if value < 0.1 else f"{value:.2f}"]


def ratio(effect: dict[str, Any] | None) -> list[str]:
    """A hazard ratio with its 95% interval."""
    if effect is None:
        return []
    low, high = effect["ci"] if "ci" in effect else (effect["low"], effect["high"])
    value = effect["hr"] if "hr" in effect else effect["ratio"]
    return [f"{value:.2f}", "95", f"{low:.2f}", f"{high:.2f}"]


def share(interval: dict[str, Any]) -> list[str]:
    """A percentage with its interval."""
    if interval["estimate"] is None:
        return []
    low, high = interval["ci"] if "ci" in interval else (interval["low"], interval["high"])
    return [f"{100 * value:.0f}" for value in (interval["estimate"], low, high)]


def decimals(interval: dict[str, Any] | None, digits: int) -> list[str]:
    """An estimate with its interval."""
    if interval is None or interval["estimate"] is None:
        return []
    values = (interval["estimate"], interval["low"], interval["high"])
    return [f"{v:.{digits}f}" for v in values if v is not None]
