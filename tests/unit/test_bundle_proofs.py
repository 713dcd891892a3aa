"""Bundles prove themselves: reference outputs, the list, and refusals of what no longer fits."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from dss_core.bundles.bundle import load_bundle
from dss_core.bundles.bundle_writer import Taught, add_trained_task, file_entry
from dss_core.bundles.catalogue import list_bundles
from dss_core.bundles.keras_bundle import KnownPair, import_weights
from dss_core.bundles.verification import verify_bundle
from dss_core.cli import main
from dss_core.errors import InputError, WeightsError
from dss_core.networks.raw_prediction import predict_mean
from dss_core.records import Task
from dss_core.settings import AdjacentSlices, Preprocessing
from tests.keras_legacy import Layer, chain, write
from tests.keras_sres import as_keras, random_sres

ENTRY = {"cutoff": 0.5, "cutoff_origin": "of this test", "metrics": {}}


@pytest.fixture
def user_home(tmp_path, monkeypatch):
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def trained(user_home):
    """A bundle of two networks of ours, as training writes it."""
    folder = user_home / "weights" / "mine"
    members = (random_sres(1), random_sres(2))
    add_trained_task(
        folder, Task.EGFR, ENTRY, members, Preprocessing(), AdjacentSlices(), Taught(2)
    )
    return folder


@pytest.fixture
def imported(user_home):
    """A bundle imported from a Keras file."""
    path = write(user_home / "own.h5", as_keras(random_sres(3))[0])
    import_weights([path], Task.EGFR, "own")
    return user_home / "weights" / "own"


def change_reference_outputs(folder, change):
    """Rewrite the golden file and its hash, as someone would who knows how a bundle is made."""
    card = json.loads((folder / "card.json").read_text())
    proof = card["tasks"]["egfr"]["golden"]
    tensors = load_file(folder / proof["name"])
    change(tensors)
    save_file(tensors, folder / proof["name"])
    proof.update(file_entry(proof["name"], (folder / proof["name"]).read_bytes()).to_json())
    (folder / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize("kind", ["trained", "imported"])
def test_a_written_bundle_repeats_its_reference_outputs(kind, request):
    folder = request.getfixturevalue(kind)
    found = verify_bundle(folder.name).reference_outputs[Task.EGFR]
    assert found.recorded and found.passed and found.largest_difference < 1e-6


def test_reference_outputs_are_those_of_every_member(trained):
    tensors = load_file(trained / "egfr-golden.safetensors")
    x = tensors["input/input"].permute(0, 3, 1, 2)
    for number, seed in enumerate((1, 2)):
        with torch.no_grad():
            expected = torch.softmax(random_sres(seed)(x), dim=1)
        np.testing.assert_allclose(tensors[f"output/{number}/output"], expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["trained", "imported"])
def test_networks_that_compute_something_else_are_refused(kind, request):
    folder = request.getfixturevalue(kind)
    change_reference_outputs(folder, lambda tensors: tensors["output/0/output"].add_(2e-5))
    with pytest.raises(WeightsError, match="differ from their reference outputs by up to 2e-05"):
        verify_bundle(folder.name)


def test_a_reference_file_of_other_networks_is_refused(trained):
    change_reference_outputs(trained, lambda tensors: tensors.pop("output/1/output"))
    with pytest.raises(WeightsError, match="do not belong to these networks"):
        verify_bundle("mine")


@pytest.mark.parametrize("name", ["egfr-0.safetensors", "egfr-golden.safetensors"])
def test_a_changed_file_is_refused(trained, name):
    raw = bytearray((trained / name).read_bytes())
    raw[-1] ^= 1
    (trained / name).write_bytes(bytes(raw))
    with pytest.raises(WeightsError, match=f"{name} has SHA-256 .* the file was changed"):
        verify_bundle("mine")


def test_a_bundle_without_reference_outputs_says_so(trained, capsys):
    card = json.loads((trained / "card.json").read_text())
    del card["tasks"]["egfr"]["golden"]
    (trained / "card.json").write_text(json.dumps(card))
    assert main(["weights", "verify", "mine"]) == 0
    told = json.loads(capsys.readouterr().out)["golden"]["egfr"]
    assert told["recorded"] is False and "none were compared" in told["note"]


def test_the_list_names_every_bundle_and_a_broken_card_does_not_hide_the_others(trained, user_home):
    for name, text in {"broken": "{", "odd": "[]", ".part": "{}"}.items():
        (user_home / "weights" / name).mkdir()
        (user_home / "weights" / name / "card.json").write_text(text)
    found = {item.id: item for item in list_bundles()}
    assert set(found) == {"broken", "demo", "mine", "odd"}
    assert "not valid JSON" in found["broken"].problem and "the whole" in found["odd"].problem
    assert found["demo"].shipped and found["demo"].demo and not found["mine"].shipped
    (task,) = found["mine"].tasks
    assert (task.networks, task.cutoff, task.cutoff_origin) == (2, 0.5, "of this test")


def test_show_gives_the_card_without_the_list_of_layers(imported, capsys):
    assert main(["weights", "show", "own"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tasks"]["egfr"]["cutoff"] == 0.5
    assert "network" not in told["tasks"]["egfr"]


@pytest.mark.parametrize("action", ["show", "verify"])
def test_an_unknown_bundle_is_refused_with_those_there_are(action, user_home, capsys):
    assert main(["weights", action, "none"]) == 2
    assert "no weights bundle 'none'; available: demo" in capsys.readouterr().err


def test_several_files_of_one_task_are_averaged(user_home):
    paths = [write(user_home / f"{k}.h5", as_keras(random_sres(k))[0]) for k in (4, 5)]
    import_weights(paths, Task.EGFR, "both")
    members = load_bundle("both").models[Task.EGFR].members
    x = np.random.default_rng(6).normal(size=(2, 64, 64, 3)).astype(np.float32)
    torch_x = torch.from_numpy(x.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        expected = np.mean([random_sres(k)(torch_x).softmax(dim=1) for k in (4, 5)], axis=0)
    np.testing.assert_allclose(predict_mean(members, {"x": x})["output"], expected, atol=1e-6)


def test_members_of_other_layers_are_refused(user_home):
    first = write(user_home / "a.h5", as_keras(random_sres(4))[0])
    pool = write(user_home / "b.h5", chain(Layer("GlobalAveragePooling2D", "p"), shape=(4, 4, 1)))
    with pytest.raises(WeightsError, match=r"'b.h5' has other layers or layer names than 'a.h5'"):
        import_weights([first, pool], Task.EGFR, "both")
    with pytest.raises(InputError, match="A check is of one file"):
        import_weights([first, first], Task.EGFR, "both", KnownPair(first, first))
    assert not (user_home / "weights").exists()
