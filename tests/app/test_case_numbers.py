"""Every number of Images, Weights and the model card is that of the commands for the same case."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import case_bar, press
from tests.app.shown_numbers import (
    TITLES,
    beside,
    case_bar_is,
    command_line,
    cutoff,
    numbers,
    score,
    score_cards_are,
    texts,
)


@pytest.fixture(scope="session")
def masked(demo_files: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `mask` says of the demo case's region on its CT."""
    _, ct, _, _, _, roi = demo_files
    out = tmp_path_factory.mktemp("mask") / "mask.nii.gz"
    result: dict[str, Any] = command_line("mask", roi, "--reference", ct, "--out", str(out))[0]
    return result


@pytest.fixture(scope="session")
def converted(
    demo_files: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What `suv` says of the demo case's PET."""
    out = tmp_path_factory.mktemp("suv") / "pet.nrrd"
    result: dict[str, Any] = command_line("suv", demo_files[3], "--out", str(out))[0]
    return result


def opened(demo: AppTest, path: str) -> AppTest:
    page = demo.switch_page(path).run()
    assert not page.exception and not page.error
    return page


def test_files_on_the_images_page_are_those_of_the_command_line(
    app_with_images: AppTest,
    scored: dict[str, Any],
    masked: dict[str, Any],
    converted: dict[str, Any],
) -> None:
    page = press(app_with_images, "Score again")
    assert not page.exception and not page.error
    case_bar_is(page, scored)
    assert "Simulated patient" in case_bar(page)
    assert command_line("cases", "list")[0] == {"cases": []}
    table = page.dataframe[0].value.set_index("Modality")
    for modality, image in (("CT", masked), ("PET", converted)):
        slices, rows, columns = image["shape_zyx"]
        assert numbers(table.loc[modality, "Content"]) == [str(slices)]
        spacing = [f"{mm:.2f}" for mm in image["spacing_mm"]]
        assert numbers(table.loc[modality, "Spacing (mm)"]) == spacing
        size = [str(n) for n in (columns, rows, slices)]
        line = next(t for t in texts(page) if f"{modality} {columns} x" in t)
        assert numbers(line)[:3] == size
    assert table.loc["Region", "Description"] == scored["roi"]["name"] == masked["roi"]["name"]
    volume = f"{masked['roi']['volume_ml']:.1f}"
    assert beside(page, "Take tumour region")[:1] == [volume]
    assert volume == f"{scored['roi']['volume_ml']:.1f}"
    spacing = f"{scored['preprocessing']['spacing_mm']:g}"
    assert beside(page, "Prepare network input")[:2] == [str(scored["roi"]["n_slices"]), spacing]
    line = next(t for t in texts(page) if "pdl1" in t)
    for task in TITLES:
        assert f"{task} {scored[task]['dls']:.2f}" in line


def test_lesions_on_the_images_page_are_those_of_the_command_line(
    demo: AppTest, scored: dict[str, Any], masked: dict[str, Any]
) -> None:
    page = opened(demo, "pages/images.py")
    case_bar_is(page, scored)
    head, _, row = (t for t in texts(page) if t.startswith("|"))
    cells = dict(
        zip(
            (c.strip() for c in head.split("|")),
            (numbers(c) for c in row.split("|")),
            strict=True,
        )
    )
    suv, m = scored["suv"], scored["measures"]
    expected = {
        "Volume (mL)": [f"{masked['roi']['volume_ml']:.1f}"],
        "Longest 3D / axial (mm)": [f"{m['diameter_3d_mm']:.0f}", f"{m['diameter_axial_mm']:.0f}"],
        "SUV max / peak / mean": [f"{v:.1f}" for v in (suv["max"], m["suv_peak"], suv["mean"])],
        "MTV (mL) / TLG (g)": [f"{m['mtv_ml']:.1f}", f"{m['tlg_g']:.0f}"],
        "HU mean": [f"{m['hu_mean']:.0f}"],
    }
    for task, title in TITLES.items():
        expected[title] = score(scored[task]["dls"], scored[task]["cutoff"])
    assert {label: value for label, value in cells.items() if label} == expected


def test_weights_page_is_that_of_the_command_line(demo: AppTest, scored: dict[str, Any]) -> None:
    page = opened(demo, "pages/weights.py")
    score_cards_are(page, scored)
    listed = [(b, task) for b in command_line("weights", "list")[0] for task in b["tasks"]]
    table = page.table[0].value
    assert len(table) == len(listed) >= len(TITLES)
    verified = {b["id"]: command_line("weights", "verify", b["id"])[0] for b, _ in listed}
    for (_, row), (bundle, task) in zip(table.iterrows(), listed, strict=True):
        assert row["Id"].split()[0] == bundle["id"]
        assert row["Score"].startswith(TITLES[task["task"]])
        networks = [str(task["networks"])] if task["networks"] > 1 else []
        assert numbers(row["Score"]) == networks
        assert numbers(row["Cut-off"].split(",")[0]) == cutoff(task["cutoff"])
        golden = verified[bundle["id"]]["golden"][task["task"]]
        assert row["Verified"] == ("Yes" if golden["recorded"] else "Files only")
        assert golden.get("passed", True)


def stated(metrics: dict[str, Any], before: str = "") -> dict[str, list[float]]:
    """Every number or list of numbers of a card's metrics by its name on the page."""
    found: dict[str, list[float]] = {}
    for key, value in metrics.items():
        name = f"{before}{key.replace('_', ' ')}"
        if isinstance(value, dict):
            found |= stated(value, f"{name}: ")
        elif isinstance(value, list) and all(isinstance(v, int | float) for v in value):
            found[name] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = [value]
    return found


def test_model_card_is_that_of_the_command_line(demo: AppTest) -> None:
    page = opened(demo, "pages/model.py")
    page.button_group(key="model_view").set_value("Model card").run()
    card = command_line("weights", "show", "demo")[0]
    facts = page.dataframe[1].value
    for task, title in TITLES.items():
        entry = card["tasks"][task]
        assert numbers(facts.loc["cut-off", title]) == [f"{entry['cutoff']:.6g}"]
        assert numbers(facts.loc["networks", title]) == [str(len(entry["files"]))]
        for name, values in stated(entry["metrics"]).items():
            assert numbers(facts.loc[name, title]) == [f"{v:.6g}" for v in values], name
    rows = page.dataframe[0].value
    said = dict(zip(rows.iloc[:, 0], rows.iloc[:, 1], strict=True))
    assert said["SHA-256"] == command_line("weights", "verify", "demo")[0]["sha256"]
    settings = card["preprocessing"]
    assert numbers(said["input: margin mm"]) == [f"{settings['margin_mm']:.6g}"]
    assert numbers(said["input: spacing mm"]) == [f"{settings['spacing_mm']:.6g}"]
    for window in ("ct_window_hu", "pet_window_suv"):
        shown = numbers(said[f"input: {window.replace('_', ' ')}"])
        assert shown == [f"{v:.6g}" for v in settings[window]]
    page.button_group(key="model_view").set_value("Discrimination").run()
