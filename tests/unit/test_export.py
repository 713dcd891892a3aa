"""Exported files, run by their own runtimes on what they were not traced with."""

import json
from dataclasses import asdict

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import dss_core.bundles.network_export as exporting
from dss_core.bundles.bundle import load_bundle
from dss_core.bundles.bundle_writer import Taught, add_trained_task
from dss_core.bundles.export_format import ExportFormat
from dss_core.bundles.keras_bundle import import_weights
from dss_core.bundles.network_export import export
from dss_core.cli import main
from dss_core.records import Task
from dss_core.settings import NEIGHBOUR_MM, AdjacentSlices, Preprocessing
from tests.keras_legacy import Layer, Net, input_layer, write
from tests.keras_sres import as_keras, random_sres

X = np.random.default_rng(31).normal(size=(7, 64, 64, 3)).astype(np.float32)
X3 = np.random.default_rng(32).normal(size=(7, 64, 64, 9)).astype(np.float32)
ENTRY = {"cutoff": 0.375, "cutoff_origin": "of this test", "metrics": {}}


@pytest.fixture
def ours(tmp_path, monkeypatch):
    """Two networks of ours in a bundle, and their mean on X by torch alone."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    members = (random_sres(1), random_sres(2))
    add_trained_task(
        tmp_path / "weights/mine",
        Task.EGFR,
        ENTRY,
        members,
        Preprocessing(),
        AdjacentSlices(),
        Taught(2),
    )
    x = torch.from_numpy(X.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        return np.mean([m(x).softmax(dim=1) for m in members], axis=0)


@pytest.fixture
def stacked(tmp_path, monkeypatch):
    """A network that sees neighbouring slices, and what it gives on X3 by torch alone."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    members = (random_sres(4, channels=9),)
    adjacent_slices = AdjacentSlices(NEIGHBOUR_MM)
    add_trained_task(
        tmp_path / "weights/mine",
        Task.EGFR,
        ENTRY,
        members,
        Preprocessing(),
        adjacent_slices,
        Taught(2),
    )
    with torch.no_grad():
        return members[0](torch.from_numpy(X3.transpose(0, 3, 1, 2).copy())).softmax(dim=1)


@pytest.fixture
def keras(tmp_path, monkeypatch):
    """One imported network, and what the network it was made from gives on X."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    import_weights([write(tmp_path / "own.h5", as_keras(random_sres(3))[0])], Task.EGFR, "mine")
    with torch.no_grad():
        return random_sres(3)(torch.from_numpy(X.transpose(0, 3, 1, 2).copy())).softmax(dim=1)


@pytest.mark.parametrize("kind", ["ours", "stacked", "keras"])
def test_an_onnx_file_gives_the_networks_probabilities(kind, request, tmp_path, capsys):
    expected = request.getfixturevalue(kind)
    out = tmp_path / "x.onnx"
    assert main(["weights", "export", "mine", "--format", "onnx", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["largest_difference"] < 1e-5
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    (found,) = session.run(told["outputs"], {told["inputs"][0]: X3 if kind == "stacked" else X})
    np.testing.assert_allclose(found, expected, atol=1e-5)
    if kind == "ours":
        _says_which_weights_and_cutoff_it_holds(out)


def _says_which_weights_and_cutoff_it_holds(file):
    props = {p.key: p.value for p in onnx.load(file).metadata_props}
    assert props["weights_sha256"] == load_bundle("mine").sha256 and props["cutoff"] == "0.375"
    assert json.loads(props["preprocessing"]) == json.loads(json.dumps(asdict(Preprocessing())))
    assert json.loads(props["channels"]) == ["PET", "CT", "fusion"]


@pytest.mark.parametrize("kind", ["ours", "stacked", "keras"])
def test_a_torch_export_file_gives_the_networks_probabilities(kind, request, tmp_path):
    expected = request.getfixturevalue(kind)
    out = tmp_path / "x.pt2"
    command = ["weights", "export", "mine", "--task", "egfr", "--format", "torch-export"]
    assert main([*command, "--out", str(out)]) == 0
    module = torch.export.load(out).module()
    (found,) = module(torch.from_numpy(X3 if kind == "stacked" else X))
    np.testing.assert_allclose(found.detach(), expected, atol=1e-6)


def test_several_inputs_and_outputs_keep_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    layers = (
        input_layer("a", 4, 4, 1),
        input_layer("b", 4, 4, 1),
        Layer("Subtract", "minus", calls=(["a", "b"],)),
        Layer("Add", "plus", calls=(["a", "b"],)),
    )
    path = write(tmp_path / "t.h5", Net(layers, ("b", "a"), ("minus", "plus")))
    import_weights([path], Task.PDL1, "two")
    bundle = load_bundle("two")
    made = export(bundle, bundle.models[Task.PDL1], ExportFormat.ONNX)
    a, b = X[:3, :4, :4, :1], X[3:6, :4, :4, :1]
    session = onnxruntime.InferenceSession(made.content, providers=["CPUExecutionProvider"])
    minus, plus = session.run(["minus", "plus"], {"a": a, "b": b})
    np.testing.assert_allclose(minus, a - b, atol=1e-6)
    np.testing.assert_allclose(plus, a + b, atol=1e-6)


def test_a_file_that_differs_is_refused_and_not_written(ours, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    out = tmp_path / "x.pt2"
    command = ["weights", "export", "mine", "--format", "torch-export", "--out", str(out)]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "The exported network differs" in said and "Export it in the other format" in said
    assert not out.exists()


def test_the_name_must_end_as_the_format_needs(ours, tmp_path, capsys):
    command = ["weights", "export", "mine", "--format", "onnx", "--out", str(tmp_path / "x.pt2")]
    assert main(command) == 2
    assert "must end in .onnx" in capsys.readouterr().err
