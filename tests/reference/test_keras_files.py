"""Files that Keras 2.1.3 wrote, against the outputs recorded with them.

`Pancreas.hdf5` is a trained file of the published family with its authors' outputs; the others
have random weights and outputs of TensorFlow.
"""

import json

import numpy as np
import pytest
import torch

from dss_core.cli import main
from dss_core.errors import WeightsError
from dss_core.networks.keras_import.imported_network import attention_layer
from dss_core.networks.keras_import.reader import import_keras
from tests.dicom_case import write_case

GOOD = ("egfr_like", "io_like", "sigmoid", "io_shared_stem")
REFUSED = {
    "lambda": r"not supported: lambda_1 \(Lambda layer\)",
    "truncated": "truncated or damaged",
    "weights_only": "contains weights only",
}


def entry_of(folder, kind):
    entries = json.loads((folder / "manifest.json").read_text())["entries"]
    return next(entry for entry in entries if entry["kind"] == kind)


def arrays_of(folder, kind):
    """Inputs by name, as the manifest stacks them."""
    entry = entry_of(folder, kind)
    planes = np.load(folder / entry["inputs_file"])
    specs = import_keras(folder / entry["file"]).architecture.inputs
    stacked = [np.stack([planes[name] for name in names], axis=-1) for names in entry["inputs"]]
    return {spec.name: x for spec, x in zip(specs, stacked, strict=True)}


def test_the_authors_trained_file_gives_the_authors_outputs(shared_data):
    folder = shared_data / "keras" / "pancreas"
    network = import_keras(folder / "Pancreas.hdf5").network
    x = np.load(folder / "sample_64.npy")[..., None].astype(np.float32)
    expected = np.loadtxt(folder / "predicttest.txt")
    np.testing.assert_allclose(network(torch.from_numpy(x)).numpy(), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_of_the_family_gives_the_outputs_of_tensorflow(kind, shared_data):
    folder = shared_data / "keras" / "dev"
    entry = entry_of(folder, kind)
    imported = import_keras(folder / entry["file"])
    assert sum(t.numel() for t in imported.tensors.values()) == entry["params"]
    layer = attention_layer(imported.network)
    assert layer == entry["activation_layer"]
    inputs = [torch.from_numpy(x) for x in arrays_of(folder, kind).values()]
    trace = imported.network.trace(inputs, layer)
    expected, tolerance = np.load(folder / entry["expected_file"]), entry["tolerance"]
    (output,), pooled = trace.outputs, trace.kept.mean(dim=(1, 2))
    np.testing.assert_allclose(
        output.detach(), expected["output"], rtol=0, atol=tolerance["output_atol"]
    )
    np.testing.assert_allclose(
        pooled.detach(), expected["act_gap"], rtol=0, atol=tolerance["act_gap_atol"]
    )


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_imported_is_refused(kind, shared_data):
    with pytest.raises(WeightsError, match=REFUSED[kind]):
        import_keras(shared_data / "keras" / "dev" / f"{kind}.hdf5")


def test_the_command_line_imports_checks_and_predicts(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    folder = shared_data / "keras" / "pancreas"
    x, y, out = (str(tmp_path / f"{name}.npz") for name in ("x", "y", "out"))
    np.savez(x, input_1=np.load(folder / "sample_64.npy")[..., None])
    np.savez(y, output=np.loadtxt(folder / "predicttest.txt"))
    command = ["weights", "import", str(folder / "Pancreas.hdf5"), "--task", "egfr", "--id", "p"]
    assert main([*command, "--check", x, y]) == 0
    (done,) = json.loads(capsys.readouterr().out)["checks"]
    assert done["passed"] and done["n"] == 31 and done["largest_difference"] < 1e-5
    assert main(["predict", "--weights", "p", "--inputs", x, "--out", out]) == 0
    result = np.load(out)["output"]
    np.testing.assert_allclose(result, np.loadtxt(folder / "predicttest.txt"), rtol=0, atol=1e-5)


def test_a_check_that_fails_refuses_the_import(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    folder = shared_data / "keras" / "dev"
    np.savez(tmp_path / "x.npz", **arrays_of(folder, "io_like"))
    pair = [str(tmp_path / "x.npz"), str(folder / "egfr_like.expected.npz")]
    command = ["weights", "import", str(folder / "io_like.hdf5"), "--task", "pdl1", "--id", "io"]
    assert main([*command, "--check", *pair]) == 2
    assert "error: The network differs from 'egfr_like.expected.npz'" in capsys.readouterr().err
    assert not (tmp_path / "home" / "weights").exists()


def test_an_imported_bundle_scores_a_case_end_to_end(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    case = write_case(tmp_path / "case")
    place = ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    for kind, task in (("egfr_like", "egfr"), ("io_like", "pdl1")):
        path = str(shared_data / "keras" / "dev" / f"{kind}.hdf5")
        assert main(["weights", "import", path, "--task", task, "--id", "authors"]) == 0
    tensor, out = str(tmp_path / "tensor.npz"), tmp_path / "out.npz"
    assert main(["tensor", *place, "--weights", "authors", "--out", tensor]) == 0
    capsys.readouterr()
    assert main(["score", *place, "--weights", "authors"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["weights_id"] == "authors" and not told["demo_weights"]
    assert (told["egfr"]["cutoff"], told["pdl1"]["cutoff"]) == (0.5, 0.54)
    x = np.load(tensor)["x"].transpose(0, 2, 3, 1)
    for kind, task in (("egfr_like", "egfr"), ("io_like", "pdl1")):
        specs = import_keras(shared_data / f"keras/dev/{kind}.hdf5").architecture.inputs
        parts = [x] if len(specs) == 1 else [x[..., k : k + 1] for k in range(3)]
        np.savez(tmp_path / "x.npz", **{s.name: p for s, p in zip(specs, parts, strict=True)})
        command = ["predict", "--weights", "authors", "--task", task]
        assert main([*command, "--inputs", str(tmp_path / "x.npz"), "--out", str(out)]) == 0
        capsys.readouterr()
        slices = [s["score"] for s in told[task]["slices"]]
        np.testing.assert_allclose(slices, np.load(out)["output"][:, -1], rtol=0, atol=1e-5)
        assert told[task]["dls"] == pytest.approx(np.mean(slices), abs=1e-9)


def test_a_case_is_refused_by_networks_of_another_kind(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    case = write_case(tmp_path / "case")
    path = str(shared_data / "keras" / "pancreas" / "Pancreas.hdf5")
    assert main(["weights", "import", path, "--task", "egfr", "--id", "other"]) == 0
    capsys.readouterr()
    place = ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    assert main(["score", *place, "--weights", "other"]) == 2
    assert "Weights 'other', egfr: The network cannot score a case" in capsys.readouterr().err
