"""Scores of other readers' regions and of a jittered region."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.case.robustness import TaskOutlineVariation, VariationScore, dice, vary_outline
from dss_core.cli import main
from dss_core.preprocessing.network_slices import make_tensor
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.records import Roi, Task
from dss_core.regions.outline_variation import Change, Variation, shifted
from dss_core.scoring.score import score_slices
from dss_core.spatial.alignment import AlignedImages
from tests.dicom_case import WrittenCase, write_case

masks = arrays(np.bool_, (3, 4, 5), elements=st.booleans())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> WrittenCase:
    folder = tmp_path_factory.mktemp("case")
    # Odd numbers of voxels put their centres on whole millimetres, so that none is a tie.
    return write_case(
        folder, radius_mm=5.0, ct_spacing_mm=(3.0, 3.0, 1.0), region_names=("A", "B"),
        size_px=63, n_slices=13,
    )  # fmt: skip


@pytest.fixture(scope="module")
def images(case: WrittenCase) -> AlignedImages:
    inventory = take_inventory(from_paths([case.ct, case.pet]))
    return open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT"))
    )


@pytest.fixture(scope="module")
def roi(case: WrittenCase, images: AlignedImages) -> Roi:
    regions = read_regions(take_inventory(from_paths([case.region])).region_files)
    return take_region(regions, "A", images).roi


@given(masks, masks)
def test_dice_is_symmetric_and_one_only_for_equal_masks(a: np.ndarray, b: np.ndarray) -> None:
    assert dice(a, b) == dice(b, a)
    assert (dice(a, b) == 1.0) == bool((a == b).all())
    inside_both, inside_one = (a & b).sum(), (a ^ b).sum()
    if a.any() or b.any():
        assert dice(a, b) == pytest.approx(2 * inside_both / (2 * inside_both + inside_one))


def test_a_shifted_region_scores_as_if_it_had_been_drawn_there(
    images: AlignedImages, roi: Roi
) -> None:
    bundle = load_bundle("demo")
    variations = [Variation(Change.LEFT, 3.0), Variation(Change.SHRINK, 5.0)]
    found = {t.task: t for t in vary_outline(images, roi, bundle, variations)}
    moved = Roi("moved", shifted(roi.mask_zyx, (0, 0, 1)), roi.grid)  # one voxel of 3 mm
    x = make_tensor(images, moved, bundle.preprocessing, bundle.adjacent_slices).x
    for task, model in bundle.models.items():
        left, shrunk = found[task].scores
        assert left.dls == pytest.approx(score_slices(x, model).mean(), abs=1e-4)
        assert (shrunk.dls, shrunk.reason) == (None, "the varied region is empty")
        own = make_tensor(images, roi, bundle.preprocessing, bundle.adjacent_slices).x
        assert found[task].dls == pytest.approx(score_slices(own, model).mean(), abs=1e-6)


def test_span_and_side_are_taken_over_the_changes_that_have_a_score() -> None:
    scores = [
        VariationScore(Variation(Change.GROW, 1.0), 0.45),
        VariationScore(Variation(Change.LEFT, 2.0), 0.62),
        VariationScore(Variation(Change.SHRINK, 5.0), None, "the varied region is empty"),
    ]
    found = TaskOutlineVariation(Task.EGFR, 0.5, 0.5, tuple(scores))
    assert found.span(1.0) == (0.45, 0.5)
    assert found.span() == (0.45, 0.62)
    assert found.other_side == 1
    assert found.distances_mm == (1.0, 2.0, 5.0)


def test_command_compares_the_regions_of_one_file(
    case: WrittenCase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["robustness", "--ct", case.ct, "--pet", case.pet, "--roi", case.region,
             "--roi-name", "A", "--roi-name", "B", "--out", tmp_path / "r.json"]  # fmt: skip
    assert main([str(w) for w in words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [r["name"] for r in said["regions"]] == ["A", "B"]
    assert [(p["first"], p["second"], p["dice"]) for p in said["pairs"]] == [("A", "B", 1.0)]
    assert said["regions"][0]["egfr_dls"] == said["regions"][1]["egfr_dls"]
    assert "jitter" not in said
    assert json.loads((tmp_path / "r.json").read_text()) == said


def test_command_gives_agreement_over_a_table_of_readings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["case,reader,egfr_dls,pdl1_dls"]
    values = {"a": (0.2, 0.3), "b": (0.5, 0.6), "c": (0.8, 0.7)}
    for case, pair in values.items():
        lines += [f"{case},R{k},{v},{1 - v}" for k, v in enumerate(pair, start=1)]
    table = tmp_path / "readings.csv"
    table.write_text("\n".join(lines))
    assert main(["robustness", "--readings", str(table)]) == 0
    said = json.loads(capsys.readouterr().out)["agreement"]
    assert set(said) == {"egfr_dls", "pdl1_dls"}
    assert said["egfr_dls"]["bland_altman"][0]["bias"]["estimate"] == pytest.approx(-0.1 / 3)
    assert said["egfr_dls"]["icc_2_1"] == pytest.approx(said["pdl1_dls"]["icc_2_1"])
    assert said["egfr_dls"]["readings"][0] == {"case": "a", "R1": 0.2, "R2": 0.3}


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ([], "needs --ct, --pet and --roi, a set of cases needs --readings"),
        (["--readings", "absent.csv"], "absent.csv cannot be opened"),
    ],
)
def test_command_without_input_is_refused(
    extra: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["robustness", *extra]) == 2
    assert sentence in capsys.readouterr().err


def test_every_row_of_a_manifest_that_cannot_be_scored_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "set.csv"
    table.write_text("case,reader,ct,pet,roi\na,R1,ct,pet,no.dcm\na,R2,,pet,no.dcm\n")
    assert main(["robustness", "--readings", str(table)]) == 2
    said = capsys.readouterr().err
    assert "row 2: ct, pet, roi missing; row 3: ct, pet, roi missing" in said


def test_a_manifest_of_scans_is_scored_as_each_reading_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, single = ["case,reader,ct,pet,roi,roi_name"], {}
    for case, radius_mm in (("a", 6.0), ("b", 8.0), ("c", 10.0)):
        for reader, off_mm in (("R1", 0.0), ("R2", 2.0)):
            made = write_case(
                tmp_path / case / reader, radius_mm=radius_mm, region_offset_mm=(off_mm, 0.0, 0.0),
                region_names=("GTV", "other"), size_px=63, n_slices=13,
            )  # fmt: skip
            rows.append(f"{case},{reader},{made.ct},{made.pet},{made.region},GTV")
            words = ["score", "--ct", made.ct, "--pet", made.pet, "--roi", made.region,
                     "--roi-name", "GTV"]  # fmt: skip
            assert main([str(w) for w in words]) == 0
            single[case, reader] = json.loads(capsys.readouterr().out)["egfr"]["dls"]
    table = tmp_path / "set.csv"
    table.write_text("\n".join(rows))
    assert main(["robustness", "--readings", str(table)]) == 0
    found = json.loads(capsys.readouterr().out)["agreement"]["egfr_dls"]
    assert found["readings"] == [
        {"case": case, "R1": single[case, "R1"], "R2": single[case, "R2"]} for case in "abc"
    ]
    differences = [single[case, "R1"] - single[case, "R2"] for case in "abc"]
    assert found["bland_altman"][0]["bias"]["estimate"] == pytest.approx(np.mean(differences))
