"""Every number of the Score page is that of `score` and `robustness` for the same case."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import press, upload_case
from tests.app.shown_numbers import (
    MARKERS,
    TITLES,
    beside,
    case_bar_is,
    chart,
    command_line,
    cutoff,
    drawn,
    numbers,
    score,
    score_cards_are,
    texts,
)
from tests.app.test_robustness import TABLE, over_many_cases
from tests.dicom_case import write_case


@pytest.fixture
def page(demo: AppTest) -> AppTest:
    """The page with the demo case."""
    page = demo.switch_page("pages/score.py").run()
    assert not page.exception and not page.error
    return page


def test_scores_are_those_of_the_command_line(page: AppTest, scored: dict[str, Any]) -> None:
    score_cards_are(page, scored)
    case_bar_is(page, scored)
    card = command_line("weights", "show", scored["weights_id"])[0]["tasks"]
    helps = [c.proto.help for c in page.caption if "overage" in c.proto.help]
    for text, task in zip(helps, TITLES, strict=True):
        measured = card[task]["interval"]
        patients = str(measured["simulated_patients_scanned_twice"])
        assert numbers(text) == [f"{100 * measured['coverage']:.0f}", patients]


def test_measures_are_those_of_the_command_line(page: AppTest, scored: dict[str, Any]) -> None:
    suv, measured = scored["suv"], scored["measures"]
    shown = {m.label: (numbers(m.value), numbers(m.proto.help)) for m in page.metric}
    expected = {
        "SUVmax": (f"{suv['max']:.2f}", []),
        "SUVpeak": (f"{measured['suv_peak']:.2f}", ["1"]),
        "SUVmean": (f"{suv['mean']:.2f}", []),
        "TLG (g)": (f"{measured['tlg_g']:.1f}", []),
        "Volume (mL)": (f"{scored['roi']['volume_ml']:.1f}", []),
        "MTV (mL)": (f"{measured['mtv_ml']:.1f}", [f"{measured['mtv_threshold_suv']:.2f}"]),
        "Longest diameter, 3D (mm)": (
            f"{measured['diameter_3d_mm']:.0f}",
            numbers(f"3D {measured['diameter_axial_mm']:.0f}")[-1:],
        ),
        "Mean CT density (HU)": (f"{measured['hu_mean']:.0f}", []),
    }
    assert set(shown) == {*expected, *TITLES.values()}
    for label, (value, meaning) in expected.items():
        assert shown[label] == ([value], meaning), label
    spacing = f"{scored['preprocessing']['spacing_mm']:g}"
    counts = [str(measured["n_pet_voxels"]), str(scored["roi"]["n_slices"]), spacing]
    assert beside(page, "PET voxels") == numbers(suv["reference_time"]) + counts
    assert beside(page, "warning", "for this score") == [str(len(scored["warnings"]))]


def test_every_slice_is_that_of_the_command_line(page: AppTest, scored: dict[str, Any]) -> None:
    figure, _ = chart(page, "Network output of every slice")
    titles = [a["text"] for a in figure["layout"]["annotations"]]
    for trace, title, (task, name) in zip(figure["data"], titles, TITLES.items(), strict=True):
        slices = scored[task]["slices"]
        assert title.startswith(name) and numbers(title) == cutoff(scored[task]["cutoff"])
        assert drawn(trace["x"]) == [s["z_mm"] for s in slices]
        assert drawn(trace["y"]) == pytest.approx([s["score"] for s in slices], abs=1e-9)
    size, sides = scored["preprocessing"]["size_px"], scored["network_input"]["side_mm"]
    for index in (0, len(sides) // 2, len(sides) - 1):
        page.select_slider[0].set_value(scored["egfr"]["slices"][index]["z_mm"]).run()
        line = next(t for t in texts(page) if t.startswith("Network output on this slice"))
        for task, marker in MARKERS.items():
            own = scored[task]["slices"][index]["score"]
            assert f"{marker} **{own:.2f}**" in line
        side = f"{sides[index]:.0f}"
        assert beside(page, "Network input: ", "pixels")[:3] == [str(size), str(size), side]
    assert [i.proto.imgs[0].url[-4:] for i in page.get("image")] == [".png"] * 3  # as drawn


def test_provenance_is_that_of_the_command_line(page: AppTest, scored: dict[str, Any]) -> None:
    table = page.dataframe[0].value
    said = dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))
    weights, sha256 = scored["weights_id"], scored["weights_sha256"]
    assert said.pop("Weights") == f"{weights}, SHA-256 {sha256}"
    assert said.pop("Input digest") == scored["input_digest"]
    assert said.pop("PET-CT registration") == scored["alignment"]
    assert json.loads(said.pop("Preprocessing")) == scored["preprocessing"]
    versions = dict(one.split(" ") for one in said.pop("Versions").split(", "))
    assert versions == scored["versions"]
    assert not said


@pytest.mark.slow
def test_outline_variation_is_that_of_the_command_line(emptied: AppTest, tmp_path: Path) -> None:
    case = write_case(tmp_path, radius_mm=7.0)
    page = press(upload_case(emptied, case), "Score case").switch_page("pages/score.py").run()
    files = ("--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region))
    found = command_line("robustness", *files, "--jitter")[0]["jitter"]
    changes = found["egfr"]["changes"]
    ends = [f"{pick(c['by_mm'] for c in changes):g}" for pick in (min, max)]
    assert beside(page, "variants of the region") == [str(len(changes)), *ends]
    press(page, "Score the variants").run()  # again: a fragment cannot rerun alone in AppTest
    said = [t for t in texts(page) if "for the original outline" in t or "Up to 2 mm" in t]
    assert len(said) == 2 * len(TITLES)
    for number, (task, title) in enumerate(TITLES.items()):
        one, (first, second) = found[task], said[2 * number : 2 * number + 2]
        assert title in first and numbers(first) == score(one["dls"], one["cutoff"])
        spans = [[mm, *(f"{v:.2f}" for v in one["interval"][f"{mm}_mm"])] for mm in ("2", "5")]
        crossing = [str(one["changes_to_the_other_side"]), str(len(one["changes"]))]
        assert numbers(second) == [*spans[0], *spans[1], *crossing, *cutoff(one["cutoff"])]
        figure, _ = chart(page, f"{title} against the outline variation")
        *lines, original = figure["data"]
        kinds = dict.fromkeys(c["change"] for c in one["changes"])
        for line, kind in zip(lines, kinds, strict=True):
            points = [(c["by_mm"], c["dls"]) for c in one["changes"] if c["change"] == kind]
            assert drawn(line["x"]) == [0.0, *(mm for mm, _ in points)]
            assert drawn(line["y"]) == pytest.approx([one["dls"], *(dls for _, dls in points)])
            assert kind in line["hovertemplate"]
        assert drawn(original["y"]) == pytest.approx([one["dls"]])


def test_reader_agreement_is_that_of_the_command_line(tmp_path: Path) -> None:
    table = tmp_path / "readings.csv"
    table.write_bytes(TABLE)
    found = command_line("robustness", "--readings", str(table))[0]["agreement"]["egfr_dls"]
    page = AppTest.from_function(over_many_cases, default_timeout=60).run()
    page.file_uploader[0].set_value(("readings.csv", TABLE, "text/csv")).run()
    icc, (pair,) = found["icc_2_1"], found["bland_altman"]
    values = [f"{icc[k]:.2f}" for k in ("estimate", "low", "high")]
    counts = [str(found["n_cases"]), str(len(found["readers"]))]
    assert beside(page, "ICC")[1:] == [values[0], "95", *values[1:], *counts]
    signed = [f"{pair['bias'][k]:+.2f}" for k in ("estimate", "low", "high")]
    limits = [f"{pair[k]['estimate']:+.2f}" for k in ("lower_limit", "upper_limit")]
    assert beside(page, "Mean difference") == [signed[0], "95", *signed[1:], "95", *limits, "95"]
