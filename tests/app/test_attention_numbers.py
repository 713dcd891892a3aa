"""Every number of the Attention page is that of `explain` for the same case, task and method."""

from math import floor, log10
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.attention.cue_localisation_result import cue_localisation_result
from tests.app.shown_numbers import (
    TITLES,
    beside,
    case_bar_is,
    chart,
    command_line,
    drawn,
    numbers,
    texts,
)

ZONES = {"tumour": "Inside the tumour", "rim": "Rim", "beyond": "Beyond", "hot": "SUVmax"}


@pytest.fixture(scope="session")
def explained(
    demo_files: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What `explain` says of the demo case for each score."""
    out: Path = tmp_path_factory.mktemp("explain") / "maps.npz"
    return {
        task: command_line("explain", *demo_files, "--target", task, "--out", str(out))[0]
        for task in TITLES
    }


@pytest.fixture
def page(demo: AppTest) -> AppTest:
    """The page with the demo case."""
    page = demo.switch_page("pages/attention.py").run()
    assert not page.exception and not page.error
    return page


def shares_are(page: AppTest, found: dict[str, Any], positive: bool, index: int) -> None:
    """Table and bars: share, share by chance and ratio of every zone, all slices and this one."""
    side = found["positive" if positive else "negative"]
    z = f"{side['slices'][index]['z_mm']:.0f}"
    margin = f"{found['margin_mm']:g}"
    cells = [("All slices", [margin], side["shares"])]
    cells.append(("Slice z", [z, margin], side["slices"][index]["shares"]))
    expected, table = [], page.dataframe[0].value
    for title, labels, shares in cells:
        figure, _ = chart(page, f"Share of the response in each zone, {title}")
        response, chance = figure["data"]
        assert "chance" in chance["name"] and "chance" not in response["name"]
        assert drawn(response["x"]) == pytest.approx([s["share"] for s in shares], abs=1e-6)
        assert drawn(chance["x"]) == pytest.approx([s["chance"] for s in shares], abs=1e-6)
        for s, name in zip(shares, drawn(response["y"]), strict=True):
            assert ZONES[s["zone"]] in name
            ratio = [f"{s['share'] / s['chance']:.2f}"] if s["chance"] else []
            percent = [f"{100 * s[k]:.1f}" for k in ("share", "chance")]
            expected.append((title, labels, s["zone"], percent, ratio))
    for row, (title, labels, zone, percent, ratio) in zip(
        table.to_dict("records"), expected, strict=True
    ):
        assert row["Slices"].startswith(title) and numbers(row["Slices"]) == labels
        assert ZONES[zone] in row["Zone"]
        assert numbers(row["Response"]) == percent[:1]
        assert numbers(row["Expected by chance"]) == percent[1:]
        assert numbers(row["Ratio"]) == ratio


def response_is(page: AppTest, found: dict[str, Any], positive: bool) -> None:
    """Score, slices with a localised response, the scale's end and the peak of every slice."""
    side = found["positive" if positive else "negative"]
    there, n = side["slices_with_localised_response"], found["n_slices"]
    score, margin = f"{found['dls']:.2f}", f"{found['margin_mm']:g}"
    line = (TITLES[found["target"]], "margin", "localised response")
    assert beside(page, *line) == [score, margin, str(there), str(n)]
    end, digit = float(beside(page, "Same colour scale")[1]), 10 ** (floor(log10(side["peak"])) - 1)
    assert side["peak"] <= end < side["peak"] + digit  # rounded up to two digits
    figure, _ = chart(page, "Peak response of every slice")
    trace = figure["data"][0]
    assert drawn(trace["x"]) == [s["z_mm"] for s in side["slices"]]
    assert drawn(trace["y"]) == pytest.approx([s["scale"] for s in side["slices"]], rel=1e-4)
    hollow = [s == "circle-open" for s in trace["marker"]["symbol"]]
    assert hollow == [not s["localised"] for s in side["slices"]]
    assert hollow.count(False) == there


def test_response_is_that_of_the_command_line(
    page: AppTest, explained: dict[str, dict[str, Any]], scored: dict[str, Any]
) -> None:
    case_bar_is(page, scored)
    middle = len(explained["egfr"]["positive"]["slices"]) // 2
    response_is(page, explained["egfr"], positive=True)
    shares_are(page, explained["egfr"], positive=True, index=middle)
    assert explained["egfr"]["dls"] == pytest.approx(scored["egfr"]["dls"], abs=1e-9)
    assert not any(c.value.startswith("weight") for c in page.caption)  # not before it is opened
    next(t for t in page.toggle if t.label == "Single channels").set_value(True).run()
    pushes = [numbers(c.value) for c in page.caption if c.value.startswith("weight")]
    filters = explained["egfr"]["filters"]
    positive = [f for f in filters if f["push"] > 0]
    negative = [f for f in filters if f["push"] < 0]
    assert len(filters) == len(positive) + len(negative)
    assert pushes == [[f"{f['weight']:+.3f}", f"{f['push']:+.3f}"] for f in positive + negative]
    page.select_slider[0].set_value(explained["egfr"]["positive"]["slices"][3]["z_mm"]).run()
    shares_are(page, explained["egfr"], positive=True, index=3)
    classes = next(b for b in page.button_group if b.label == "Class")
    classes.set_value(False).run()
    response_is(page, explained["egfr"], positive=False)
    shares_are(page, explained["egfr"], positive=False, index=3)
    scores = next(b for b in page.button_group if b.label == "Score")
    scores.set_value("pdl1").run()
    response_is(page, explained["pdl1"], positive=False)
    shares_are(page, explained["pdl1"], positive=False, index=3)


def test_known_cue_is_that_of_the_stored_measurement(page: AppTest) -> None:
    result = cue_localisation_result()
    names = ("localisation_auc", "permuted_labels_auc", "randomised_rank_correlation")
    names += ("flip_rank_correlation", "shift_px", "deletion_gain", "insertion_gain")
    table = page.dataframe[1].value
    assert len(table) == len(result.methods)
    for row, method in zip(table.itertuples(index=False), result.methods, strict=True):
        for cell, name in zip(row[1:], names, strict=True):
            values = result.values(method, name)
            span = [sum(values) / len(values), min(values), max(values)]
            expected = span if min(values) != max(values) else span[:1]
            assert numbers(cell) == numbers(" ".join(f"{v:.2f}" for v in expected)), name
    line = next(t for t in texts(page) if t.startswith("Mean (lowest to highest)"))
    assert numbers(line)[:2] == [str(result.n_networks), str(result.unseen_positive_images)]
