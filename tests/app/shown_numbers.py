"""Numbers as a page shows them and as the command line's JSON says them, to compare the two.

Only numbers are read, never words: a page may be reworded, its numbers must stay those of the
command line. The rounding is written anew here, so that it is not the page's own.
"""

import io
import json
import re
from base64 import b64decode
from contextlib import redirect_stderr, redirect_stdout
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from dss_core.cli import main
from tests.app.pages import case_bar

TITLES = {"egfr": "EGFR-DLS", "pdl1": "PDL1-DLS"}
MARKERS = {"egfr": "EGFR", "pdl1": "PD‑L1"}

_NUMBER = re.compile(r"(?<![A-Za-z0-9.])[-+]?\d+(?:\.\d+)?")


def command_line(*arguments: str) -> tuple[Any, str]:
    """JSON and notes of `python -m dss_core ...`, run in this process."""
    said, notes = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(notes):
        status = main(arguments)
    assert status == 0, notes.getvalue()
    return json.loads(said.getvalue()), notes.getvalue()


def score_on_command_line(ct: Path, pet: Path, roi: Path, *more: str) -> dict[str, Any]:
    """What `score` says of a case."""
    files = ("--ct", str(ct), "--pet", str(pet), "--roi", str(roi))
    result: dict[str, Any] = command_line("score", *files, *more)[0]
    return result


def numbers(text: object) -> list[str]:
    """The numbers of a text, in order."""
    return _NUMBER.findall(str(text).replace("\\", "").replace("−", "-").replace(",", ""))


def lines(page: AppTest) -> list[list[str]]:
    """The numbers of every line of text on the page."""
    elements = [*page.markdown, *page.caption, *page.info, *page.warning]
    return [numbers(line) for e in elements for line in str(e.value).splitlines()]


def texts(page: AppTest) -> list[str]:
    """Every line of text on the page and in its sidebar, without markup of HTML."""
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.subheader]
    html = (re.sub(r"<style.*?</style>|<[^>]+>", " ", h.proto.body) for h in page.get("html"))
    said = [str(e.value) for e in elements] + [unescape(h) for h in html]
    return [line.replace("\\", "") for one in said for line in one.splitlines()]


def beside(page: AppTest, *words: str) -> list[str]:
    """The numbers of the only line of the page that has all these words."""
    found = [line for line in texts(page) if all(word in line for word in words)]
    assert len(found) == 1, f"{words}: {found or 'on no line'}"
    return numbers(found[0])


def chart(page: AppTest, words: str) -> tuple[dict[str, Any], str]:
    """The only figure with these words in its alternative text or key, and that text."""
    found = [c.proto for c in page.get("plotly_chart") if words in c.proto.alt + c.proto.id]
    assert len(found) == 1, f"{words}: {[c.proto.alt for c in page.get('plotly_chart')]}"
    return json.loads(found[0].spec), found[0].alt


def drawn(values: Any) -> list[Any]:
    """The values of a trace's axis, as numbers also where plotly packed them."""
    if isinstance(values, dict):
        return np.frombuffer(b64decode(values["bdata"]), dtype=values["dtype"]).tolist()  # type: ignore[no-any-return]
    return list(values)


def score(value: float, cutoff: float) -> list[str]:
    """Two decimals, or more where two would show it on the other side of its cut-off."""
    digits = 2
    while (float(f"{value:.{digits}f}") >= cutoff) != (value >= cutoff):
        digits += 1
    return [f"{value:.{digits}f}"]


def cutoff(value: float) -> list[str]:
    """Two decimals if there are no more, else three."""
    return [f"{value:.2f}" if round(value, 2) == value else f"{value:.3f}"]


def score_interval(one: dict[str, Any]) -> list[str]:
    """Level in percent, lower and upper end of a score's interval."""
    ends = (score(end, one["cutoff"])[0] for end in one["interval"])
    return [f"{100 * one['interval_level']:.0f}", *ends]


def score_cards_are(page: AppTest, scored: dict[str, Any]) -> None:
    """The cards of both scores show number, cut-off, interval and place as `score` gives them."""
    metrics = {m.label: m for m in page.metric}
    captions = [str(c.value) for c in page.caption]
    for task, title in TITLES.items():
        one = scored[task]
        assert numbers(metrics[title].value) == score(one["dls"], one["cutoff"])
        assert numbers(metrics[title].delta) == cutoff(one["cutoff"])
        assert numbers(metrics[title].proto.help) == [f"{one['cutoff']:.6g}"]
        meaning = next(i for i, c in enumerate(captions) if "replace" in c and MARKERS[task] in c)
        assert numbers(captions[meaning - 1]) == score_interval(one)
        figure, alt = chart(page, f"{title} {score(one['dls'], one['cutoff'])[0]} on a scale")
        assert numbers(alt)[3:] == score_interval(one) + cutoff(one["cutoff"])
        assert drawn(figure["data"][0]["x"]) == [one["dls"]]
        low, high, line, band = figure["layout"]["shapes"]
        assert (low["x0"], low["x1"], high["x0"], high["x1"]) == (
            0,
            one["cutoff"],
            one["cutoff"],
            1,
        )
        assert (line["x0"], line["x1"]) == (one["cutoff"], one["cutoff"])
        assert [band["x0"], band["x1"]] == one["interval"]


def case_bar_is(page: AppTest, scored: dict[str, Any]) -> None:
    """The case bar shows both scores, the region with its volume, and the weights."""
    first, second = case_bar(page).splitlines()
    for task, title in TITLES.items():
        one = scored[task]
        (said,) = re.findall(rf"{title} \*\*(.*?)\*\* \((.*?)\)", first)
        group = "indeterminate" if one["group"] == "between" else one["group"]
        assert (numbers(said[0]), said[1]) == (score(one["dls"], one["cutoff"]), group)
    presented = [title.value.partition(":")[0] for title in page.title] == ["Tumour board"]
    name = "region" if presented else scored["roi"]["name"]
    assert f"{name}, {scored['roi']['volume_ml']:.1f} mL" in second
    assert f"weights {scored['weights_id']}" in second


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
    limits = interval["ci"] if "ci" in interval else (interval["low"], interval["high"])
    return [f"{100 * value:.0f}" for value in (interval["estimate"], *(limits or ()))]


def decimals(interval: dict[str, Any] | None, digits: int) -> list[str]:
    """An estimate with its interval."""
    if interval is None or interval["estimate"] is None:
        return []
    values = (interval["estimate"], interval["low"], interval["high"])
    return [f"{v:.{digits}f}" for v in values if v is not None]
