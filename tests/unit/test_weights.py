"""Weights bundles: what is loaded is what its card says, or nothing is."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from dss_core.bundles.bundle import load_bundle
from dss_core.bundles.bundle_folders import SHIPPED
from dss_core.errors import WeightsError
from dss_core.records import Task
from dss_core.settings import Preprocessing


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own copy of the shipped bundle."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return Path(shutil.copytree(SHIPPED / "demo", tmp_path / "weights" / "mine"))


def change_card(folder: Path, **values: object) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | values))


def test_shipped_bundle_says_that_it_is_a_demo() -> None:
    bundle = load_bundle("demo")
    assert bundle.demo
    assert set(bundle.models) == {Task.EGFR, Task.PDL1}
    assert bundle.preprocessing == Preprocessing()


def test_bundle_in_the_users_folder_is_found(mine: Path) -> None:
    assert load_bundle("mine").id == "mine"


def test_changed_weights_are_refused(mine: Path) -> None:
    path = mine / "egfr-0.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(WeightsError, match="the file was changed"):
        load_bundle("mine")


def test_networks_made_of_the_same_files_are_taken_again_but_only_of_these(mine: Path) -> None:
    first, again = load_bundle("mine").models, load_bundle("mine").models
    assert first[Task.EGFR] is again[Task.EGFR]
    change_card(mine, title="Another")
    assert load_bundle("mine").models[Task.EGFR] is not first[Task.EGFR]
    path = mine / "pdl1-0.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="the file was changed"):
        load_bundle("mine")


def test_missing_file_is_refused(mine: Path) -> None:
    (mine / "egfr-0.safetensors").unlink()
    with pytest.raises(WeightsError, match="is missing; restore the weights bundle"):
        load_bundle("mine")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"architecture": "Other"}, "architecture: expected .* found 'Other'"),
        ({"format": 99}, "format: expected 1, found 99"),
        (
            {"preprocessing": {"spacing_mm": 1.0}},
            "preprocessing.margin_mm: expected a number, found None",
        ),
        ({"preprocessing": asdict(Preprocessing()) | {"extra": 1}}, "preprocessing.extra: "),
        ({"tasks": {"kras": {}}}, "tasks.kras: expected 'egfr' or 'pdl1'"),
        ({"tasks": None}, "tasks: "),
    ],
)
def test_card_of_another_kind_is_refused(
    mine: Path, values: dict[str, object], sentence: str
) -> None:
    change_card(mine, **values)
    with pytest.raises(WeightsError, match=sentence):
        load_bundle("mine")


def test_the_cards_multiple_of_the_interval_is_used(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    card["tasks"]["egfr"]["interval"]["multiple"] = 2.5
    del card["tasks"]["pdl1"]["interval"]
    (mine / "card.json").write_text(json.dumps(card))
    models = load_bundle("mine").models
    assert models[Task.EGFR].interval_multiple == 2.5
    assert models[Task.PDL1].interval_multiple == pytest.approx(1.6449, abs=1e-4)  # normal errors


@pytest.mark.parametrize("multiple", [0, -1.6, 10, float("nan"), "wide"])
def test_a_multiple_that_makes_no_interval_is_refused(mine: Path, multiple: object) -> None:
    card = json.loads((mine / "card.json").read_text())
    card["tasks"]["egfr"]["interval"] = {"multiple": multiple}
    (mine / "card.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match=r"tasks.egfr.interval.multiple: |finite numbers"):
        load_bundle("mine")


def test_card_cannot_name_a_file_outside_its_folder(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    card["tasks"]["egfr"]["files"][0]["name"] = "../other/egfr.safetensors"
    (mine / "card.json").write_text(json.dumps(card))
    with pytest.raises(
        WeightsError, match=r"files\[0\].name: expected the name of a file of its own folder"
    ):
        load_bundle("mine")


def test_a_card_names_the_path_of_every_bad_field(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    card["tasks"]["egfr"]["cutoff"] = 2.0
    card["preprocessing"]["size_px"] = "64"
    card["training_ranges"]["suv_max"] = [9.0, 1.0]
    card["novelty"]["stop"] = {"distance": 1.0}
    (mine / "card.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError) as refused:
        load_bundle("mine")
    for path in (
        "tasks.egfr.cutoff: expected less than 1, found 2.0",
        "preprocessing.size_px: expected a whole number, found '64'",
        "training_ranges.suv_max: ",
        "novelty.stop: expected at least",
    ):
        assert path in str(refused.value)


@pytest.mark.parametrize("notes", ["NaN", "[" * 100_000, "[" * 60 + "]" * 60])
def test_a_card_that_is_not_strict_json_is_refused_in_a_sentence(mine: Path, notes: str) -> None:
    (mine / "card.json").write_text('{"notes": ' + notes + "}")
    with pytest.raises(WeightsError, match=r"finite numbers|levels deep"):
        load_bundle("mine")


def test_what_a_card_tells_besides_survives_reading() -> None:
    stored = json.loads((SHIPPED / "demo" / "card.json").read_text())
    assert list(load_bundle("demo").card.to_json().items()) == list(stored.items())
