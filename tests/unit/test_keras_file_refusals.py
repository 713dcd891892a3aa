"""Keras files that are damaged, of another kind or made to do harm are refused."""

import shutil

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.reader import import_keras
from tests.keras_legacy import Layer, chain, write
from tests.unit.test_keras_refusals import CONV, SMALL


@pytest.fixture
def small(tmp_path):
    return write(tmp_path / "small.h5", SMALL)


def test_swapped_weights_of_one_shape_are_refused_by_name(tmp_path):
    norm = {"gamma": [1, 2], "beta": [0, 1], "moving_mean": [0, 0], "moving_variance": [1, 1]}
    net = chain(Layer("BatchNormalization", "norm", {}, norm), shape=(6, 6, 2))
    path = write(tmp_path / "n.h5", net)
    with h5py.File(path, "a") as file:
        holder = file["model_weights/norm"]
        names = list(holder.attrs["weight_names"])
        holder.attrs["weight_names"] = [names[1], names[0], *names[2:]]
    with pytest.raises(WeightsError, match="'norm/beta:0' where the weight 'norm/gamma' belongs"):
        import_keras(path)


def test_values_that_are_not_numbers_are_refused(tmp_path):
    weights = {"kernel": np.full((3, 3, 2, 2), np.nan), "bias": np.zeros(2)}
    net = chain(Layer("Conv2D", "conv", CONV, weights), shape=(6, 6, 2))
    with pytest.raises(WeightsError, match="not finite"):
        import_keras(write(tmp_path / "nan.h5", net))


@pytest.mark.parametrize(
    "link", [h5py.ExternalLink("other.h5", "/kernel"), h5py.SoftLink("/model_weights/dense")]
)
def test_links_are_never_followed(link, small):
    with h5py.File(small, "a") as file:
        del file["model_weights/conv/conv/kernel:0"]
        file["model_weights/conv/conv/kernel:0"] = link
    with pytest.raises(WeightsError, match="link that may lead out of the file"):
        import_keras(small)


def test_weights_kept_in_another_file_are_never_read(small, tmp_path):
    (tmp_path / "secret.bin").write_bytes(bytes(288))
    with h5py.File(small, "a") as file:
        del file["model_weights/conv/conv/kernel:0"]
        file["model_weights/conv/conv"].create_dataset(
            "kernel:0", (3, 3, 2, 2), "f4", external=[(str(tmp_path / "secret.bin"), 0, 288)]
        )
    with pytest.raises(WeightsError, match="stored in another file"):
        import_keras(small)


def test_a_small_file_that_unpacks_to_a_huge_array_is_refused_unread(small):
    with h5py.File(small, "a") as file:
        del file["model_weights/conv/conv/kernel:0"]
        holder = file["model_weights/conv/conv"]
        holder.create_dataset("kernel:0", (1 << 20, 1 << 20), "f4", chunks=(64, 64), compression=9)
    with pytest.raises(WeightsError, match="its weights exceed"):
        import_keras(small)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"keras_version": "1.2.2"}, "written by Keras 1.2.2"),
        ({"keras_version": "3.1.0"}, "written by Keras 3.1.0"),
        ({"backend": "theano"}, "theano backend"),
    ],
)
def test_other_generations_and_backends_are_refused(attributes, words, small):
    with h5py.File(small, "a") as file:
        file["model_weights"].attrs.update(attributes)
        file.attrs.update(attributes)
    with pytest.raises(WeightsError, match=words):
        import_keras(small)


def test_weights_without_a_model_are_told_apart_from_other_files(small, tmp_path):
    with h5py.File(small, "a") as file:
        del file.attrs["model_config"]
        file.attrs["layer_names"] = file["model_weights"].attrs["layer_names"]
    with pytest.raises(WeightsError, match="contains weights only"):
        import_keras(small)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(WeightsError, match="no Keras model in it"):
        import_keras(tmp_path / "other.h5")
    (tmp_path / "text.h5").write_text("model")
    with pytest.raises(WeightsError, match="not an HDF5 file"):
        import_keras(tmp_path / "text.h5")
    with pytest.raises(WeightsError, match="No such file"):
        import_keras(tmp_path / "absent.h5")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.floats(0.01, 0.99))
def test_a_truncated_file_is_refused_wherever_it_ends(cut, small, tmp_path):
    whole = small.read_bytes()
    path = tmp_path / "cut.h5"
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(WeightsError, match=r"truncated or damaged|not an HDF5 file"):
        import_keras(path)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_damaged_file_is_refused_or_still_a_model_but_never_a_crash(damage, small, tmp_path):
    path = tmp_path / "damaged.h5"
    shutil.copy(small, path)
    content = bytearray(path.read_bytes())
    for place, value in damage:
        content[int(place * (len(content) - 1))] = value
    path.write_bytes(content)
    try:
        imported = import_keras(path)
    except WeightsError as refusal:
        assert "damaged.h5" in str(refusal)
    else:
        assert imported.architecture.output_names == ("dense",)
