"""Every number of Decision and Board is that of `score`, `decide` and `cohort` for one case."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.cohort.synthetic_parameters import read_cutoffs
from dss_core.records import Group, Task
from dss_ui.past_patients.cohort_source import SHIPPED
from tests.app.session import fill_in, open_case, show_case
from tests.app.shown_numbers import (
    TITLES,
    beside,
    case_bar_is,
    command_line,
    cutoff,
    numbers,
    ratio,
    score,
    score_interval,
    share,
)
from tests.decision_case import record

PATIENT = record(pdl1_tps=75)


def decided(result: dict[str, Any], patient: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What `decide` says of a patient with a scored case."""
    (folder / "patient.json").write_text(json.dumps(patient))
    (folder / "result.json").write_text(json.dumps(result))
    files = (str(folder / "patient.json"), "--score", str(folder / "result.json"))
    answer: dict[str, Any] = command_line("decide", *files)[0]
    return answer


@pytest.fixture(scope="session")
def arms() -> dict[str, dict[str, Any]]:
    """What `cohort survival` says of EGFR-DLS low, then high, on each treatment."""
    limit = read_cutoffs(SHIPPED.with_name("card.json")).egfr
    question = ("--time", "pfs_months", "--event", "pfs_event", "--group", f"egfr_dls >= {limit}")
    return {
        arm: command_line(
            "cohort", "survival", str(SHIPPED), *question, "--where", f"treatment=='{arm}'"
        )[0]
        for arm in ("EGFR-TKI", "ICI")
    }


@pytest.fixture
def decisive(demo: AppTest, scored: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """EGFR-DLS high: the lower end of its interval put above its cut-off, in page and JSON."""
    demo.run()
    case = open_case(demo)
    result, low = copy.deepcopy(scored), 0.49
    scores = tuple(
        replace(s, interval=replace(s.interval, low=low), group=Group.HIGH)
        if s.task is Task.EGFR
        else s
        for s in case.result.scores
    )
    assert result["egfr"]["cutoff"] < low < result["egfr"]["dls"]
    result["egfr"] |= {"interval": [low, result["egfr"]["interval"][1]], "group": "high"}
    show_case(demo, replace(case, result=replace(case.result, scores=scores)))
    yield result
    show_case(demo, case)


def html(page: AppTest) -> str:
    bodies = " ".join(element.proto.body for element in page.get("html"))
    return re.sub(r"<style.*?</style>", " ", bodies, flags=re.S)


def gauges_are(page: AppTest, decision: dict[str, Any], scored: dict[str, Any]) -> None:
    """Both gauges: score, interval and cut-off in words and as drawn."""
    body = html(page)
    for task, title in TITLES.items():
        one, given = decision["imaging"][task], scored[task]
        assert (one["dls"], one["cutoff"]) == (given["dls"], given["cutoff"])
        assert one["interval"] == given["interval"]
        gauge = body[body.rindex(f'aria-label="{title} ') :]
        drawn = dict(re.findall(r'class="(span|cut|at)" style="left:([\d.]+)%', gauge)[:3])
        width = re.findall(r"width:([\d.]+)%", gauge)[0]
        low, high = one["interval"]
        assert drawn == {
            "span": f"{100 * low:.2f}",
            "cut": f"{100 * one['cutoff']:.2f}",
            "at": f"{100 * one['dls']:.2f}",
        }
        assert width == f"{100 * (high - low):.2f}"
        said = numbers(unescape(gauge.split('"')[1]))
        ends = [] if one["group"] in ("high", "low") else [f"{low:.2f}", f"{high:.2f}"]
        assert said == [f"{one['dls']:.2f}", *ends, f"{one['cutoff']:g}"]


def visible(page: AppTest, start: str, end: str) -> list[str]:
    """The numbers a reader sees of the cards between two words."""
    words = unescape(re.sub(r"<[^>]+>", " ", html(page)))
    after = words[words.rindex(start) + len(start) :]
    return numbers(after[: after.index(end)] if end else after)


def test_decision_page_is_that_of_the_command_line(
    demo: AppTest,
    scored: dict[str, Any],
    arms: dict[str, dict[str, Any]],
    tmp_path: Path,
) -> None:
    demo.run()
    fill_in(demo, PATIENT)
    page = demo.switch_page("pages/decision.py").run()
    assert not page.exception and not page.error
    case_bar_is(page, scored)
    answer = decided(scored, PATIENT, tmp_path)
    gauges_are(page, answer, scored)
    body = html(page)
    for task, title in TITLES.items():
        row = re.search(rf"<strong>{title} ([\d.]+)</strong><span>(.*?)</span>", body)
        assert row is not None
        one = scored[task]
        assert row[1] == f"{one['dls']:.2f}"
        assert numbers(row[2]) == [*score_interval(one), *cutoff(one["cutoff"])]
    words = unescape(body)
    for reason in (*answer["imaging"]["reasons"], *answer["reasons"]):
        assert reason in words
    node = answer["guideline"]
    assert f"{node['snapshot']} · {node['node']}" in words
    for option in (*node["preferred"], *node["other"]):
        assert node["regimens"][option]["name"] in words
    for arm, found in arms.items():
        (low, high), effect = found["groups"], ratio(found["cox"])
        sides = []
        for group in (high, low):
            median = [group["median"], *group["median_ci"]]
            sides += [f"{v:.1f}" for v in median if v is not None] + [str(group["n"])]
        assert beside(page, f"({arm})") == sides + effect


def test_board_is_that_of_the_command_line(
    demo: AppTest,
    scored: dict[str, Any],
    decisive: dict[str, Any],
    arms: dict[str, dict[str, Any]],
    tmp_path: Path,
) -> None:
    page = board_of(demo, decisive)
    case_bar_is(page, decisive)
    volume, uptake = scored["roi"]["volume_ml"], scored["suv"]["max"]
    facts = beside(page, "mL", "SUVmax")
    assert facts[:2] == [f"{volume:.1f}", f"{uptake:.1f}"]
    answer = decided(decisive, PATIENT, tmp_path)
    scores_are(page, decisive)
    words = unescape(html(page))
    assert answer["reasons"][0] in words
    assert f"{answer['guideline']['node']}, {answer['guideline']['title']}" in words
    known = pd.read_csv(SHIPPED)["egfr_dls"].dropna()
    below = 100 * (known < scored["egfr"]["dls"]).mean()
    assert visible(page, "EGFR-DLS is higher than in", "past patients") == [
        f"{below:.0f}",
        str(len(known)),
    ]
    assert answer["guideline"]["strategy"] == "immunotherapy"
    high = arms["ICI"]["groups"][1]
    median = [f"{v:.1f}" for v in (high["median"], *high["median_ci"]) if v is not None]
    free, *ends = share(high["survival_at"]["12"])
    counts = [str(high["n"]), str(high["events"])]
    expected = [*counts, "95", *median, "12", "95", free, *ends]
    assert visible(page, "ICI, EGFR-DLS high.", "Warnings") == expected
    assert "EGFR-TKI, EGFR-DLS" not in words  # outcomes of no treatment but the guideline's choice
    assert f"weights {scored['weights_id']} ({scored['weights_sha256'][:12]})" in words
    assert f"input digest {scored['input_digest'][:12]}" in words
    assert f"nsclc-dss {scored['versions']['dss_core']}" in words


def board_of(demo: AppTest, result: dict[str, Any]) -> AppTest:
    """The board of the demo patient with this result and the facts of `PATIENT`."""
    demo.run()
    case = open_case(demo)
    changes = {"result": result, "patient": PATIENT, "decision": None, "place": None}
    record = case.record.model_copy(update=changes)
    show_case(demo, replace(case, record=record))
    page = demo.switch_page("pages/board.py").run()
    assert not page.exception and not page.error
    return page


def scores_are(page: AppTest, scored: dict[str, Any]) -> None:
    """Both scores on the board: number, group, cut-off and interval in words and as drawn."""
    body = html(page)
    for task, title in TITLES.items():
        one = scored[task]
        part = body[body.index(f'<span class="name">{title}</span>') :]
        part = part[: part.index('<p class="small">')]
        low, high = one["interval"]
        drawn = dict(re.findall(r'class="(span|cut|at)[^"]*" style="left:([\d.]+)%', part))
        places = {"span": low, "cut": one["cutoff"], "at": one["dls"]}
        assert drawn == {name: f"{100 * value:.2f}" for name, value in places.items()}
        assert re.findall(r"width:([\d.]+)%", part) == [f"{100 * (high - low):.2f}"]
        row = unescape(re.sub(r"<[^>]+>", " ", part))[len(title) :]
        expected = [*score(one["dls"], one["cutoff"]), *cutoff(one["cutoff"])]
        assert numbers(row) == expected + score_interval(one), title
        assert re.search(r"\b(high|low|indeterminate)\b", row)[0] == (  # type: ignore[index]
            "indeterminate" if one["group"] == "between" else one["group"]
        )


def test_indeterminate_board_is_that_of_the_command_line(
    demo: AppTest, scored: dict[str, Any], tmp_path: Path
) -> None:
    scores_are(board_of(demo, scored), scored)
