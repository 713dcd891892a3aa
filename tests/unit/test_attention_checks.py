"""Sanity of the maps: they follow the network, the labels, the image and a planted cue."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from dss_core.attention import sanity_checks as sanity
from dss_core.attention.sanity_checks import (
    flip_equivariance,
    mirror_shift,
    parameter_randomisation,
    perturbation,
    similarity,
    ssim,
)
from dss_core.networks.srescnn import SResCNN
from dss_core.records import AttentionMethod
from dss_core.training.cue_localisation import (
    RECIPE,
    CueImages,
    cue_images,
    localisation_auc,
    train_on,
    with_permuted_labels,
)
from dss_core.training.training_loop import predict_patients

pytestmark = pytest.mark.slow
GRADCAM = AttentionMethod.GRADCAM


@pytest.fixture(scope="module")
def trained() -> SResCNN:
    """A short training on one thread, so that it always ends in the same network."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    network = train_on(cue_images(400, 1).data, replace(RECIPE, max_epochs=6))
    torch.set_num_threads(threads)
    return network


@pytest.fixture(scope="module")
def unseen() -> CueImages:
    return cue_images(40, 2)


def test_the_planted_cue_is_learnt_and_found_by_grad_cam(
    trained: SResCNN, unseen: CueImages
) -> None:
    scores, labels = predict_patients(trained, unseen.data)
    assert roc_auc_score(labels, scores) > 0.9
    assert localisation_auc(trained, unseen, GRADCAM).mean() > 0.65


def test_the_cue_is_the_only_difference_between_the_labels() -> None:
    planted = cue_images(60, 5)
    ct, cue, label = planted.data.images[:, 1], planted.cue, planted.data.label
    inside = np.array([one[where].mean() for one, where in zip(ct, cue, strict=True)])
    rest = np.array([one[~where].mean() for one, where in zip(ct, cue, strict=True)])
    assert roc_auc_score(label, inside) == 1.0
    assert 0.3 < roc_auc_score(label, rest) < 0.7


def test_permuted_labels_keep_the_balance_and_lose_the_cue() -> None:
    data = cue_images(200, 3).data
    permuted = with_permuted_labels(data, 0)
    assert permuted.label.sum() == data.label.sum()
    assert abs(np.corrcoef(permuted.label, data.label)[0, 1]) < 0.2


def test_maps_change_when_the_network_is_shuffled(trained: SResCNN, unseen: CueImages) -> None:
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    steps = parameter_randomisation(trained, unseen.positive_x[:6], GRADCAM)
    assert [s.share for s in steps] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert steps[-1].similarity.rank_correlation < 0.5
    assert steps[-1].similarity.ssim < 0.6
    assert all(torch.equal(before[n], v) for n, v in trained.state_dict().items())


def test_pixels_of_the_map_matter_more_than_random_ones(
    trained: SResCNN, unseen: CueImages
) -> None:
    curves = perturbation([trained], unseen.positive_x[:10], GRADCAM)
    assert curves.deletion_gain > 0.0
    assert curves.deletion[0] == pytest.approx(curves.insertion[-1], abs=1e-9)
    assert curves.deletion[-1] == pytest.approx(curves.insertion[0], abs=1e-9)
    assert curves.random_deletion[0] == pytest.approx(curves.deletion[0], abs=1e-9)


def test_a_mirrored_image_gives_the_mirrored_map(trained: SResCNN, unseen: CueImages) -> None:
    assert flip_equivariance([trained], unseen.positive_x[:8], GRADCAM).rank_correlation > 0.5


class Symmetric(nn.Module):
    """Looks at each pixel on its own, so mirrored input must give exactly mirrored attribution."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        odds = torch.tanh(x).mean(dim=(1, 2, 3))
        return torch.stack([-odds, odds], dim=1)


def test_a_network_without_sides_is_exactly_flip_equivariant(unseen: CueImages) -> None:
    found = flip_equivariance(
        [Symmetric()], unseen.positive_x[:2], AttentionMethod.INTEGRATED_GRADIENTS
    )
    assert found.rank_correlation == pytest.approx(1.0, abs=1e-6)
    assert found.ssim == pytest.approx(1.0, abs=1e-6)


def test_the_shift_of_a_map_is_seen_in_mirrored_images(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_down_five_right(
        members: Sequence[nn.Module], x: torch.Tensor, method: AttentionMethod
    ) -> torch.Tensor:
        return x[:, 1].clamp_min(0.0).roll((2, 5), dims=(1, 2))

    monkeypatch.setattr(sanity, "positive_response", two_down_five_right)
    x = torch.zeros(3, 3, 64, 64)
    x[0, 1, 20, 30], x[1, 1, 40, 22] = 1.0, 2.0  # the third shows nothing
    assert mirror_shift([], x, GRADCAM) == pytest.approx((2.0, 5.0))


def test_similarity_is_one_to_itself_minus_one_reversed_and_zero_to_a_constant() -> None:
    maps = np.random.default_rng(0).random((2, 64, 64))
    same, opposite = similarity(maps, maps), similarity(maps, 1.0 - maps)
    assert same.rank_correlation == pytest.approx(1.0) and same.ssim == pytest.approx(1.0)
    assert opposite.rank_correlation == pytest.approx(-1.0)
    assert similarity(maps, np.ones_like(maps)).rank_correlation == 0.0


def test_ssim_of_two_constant_images_is_its_closed_form() -> None:
    a, b = 0.3, 0.7
    expected = (2 * a * b + 0.01**2) / (a**2 + b**2 + 0.01**2)
    assert ssim(np.full((32, 32), a), np.full((32, 32), b)) == pytest.approx(expected)
