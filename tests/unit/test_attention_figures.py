"""Figures of attention show the numbers of the core and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from dss_core.attention.cue_localisation_result import PlantedResult, from_json, planted_result
from dss_core.attention.explanation import DEFAULT_METHOD
from dss_core.attention.sanity_checks import Perturbation, Randomised, Similarity
from dss_core.attention.zones import Share, Zone
from dss_core.records import AttentionMethod
from dss_ui.attention.attention_charts import (
    CUE_COLUMNS,
    checks_figure,
    cue_figure,
    cue_rows,
    shares_figure,
)
from dss_ui.attention.attention_overlay import blend, heat


def test_the_checks_figure_starts_at_full_similarity_and_draws_both_orders() -> None:
    randomised = (Randomised(0.5, Similarity(0.4, 0.3)), Randomised(1.0, Similarity(0.1, 0.2)))
    share = np.linspace(0.0, 1.0, 3)
    curves = Perturbation(share, share - 1.0, share + 1.0, share - 2.0, share + 2.0)
    figure = checks_figure(randomised, curves)
    drawn = [list(trace.y) for trace in figure.data]
    assert drawn[:2] == [[1.0, 0.4, 0.1], [1.0, 0.3, 0.2]]
    assert [d[0] for d in drawn[2:]] == [-1.0, -2.0, 1.0, 2.0]


def test_bars_are_attention_and_diamonds_are_chance() -> None:
    bars, diamonds = shares_figure((Share(Zone.TUMOUR, 0.4, 0.1), Share(Zone.RIM, 0.6, 0.9))).data
    assert list(bars.x) == [0.4, 0.6] and list(diamonds.x) == [0.1, 0.9]


def stored(**aucs: tuple[float, ...]) -> PlantedResult:
    """A measurement with these AUCs of the cue, every other figure 0.5."""
    rows = [
        {"seed": seed, "method": str(method), "localisation_auc": value}
        | dict.fromkeys((name for name in CUE_COLUMNS if name != "localisation_auc"), 0.5)
        | {"shift_down_px": 3.0, "shift_right_px": -4.0}
        for method in AttentionMethod
        for seed, value in enumerate(aucs[method.name])
    ]
    return from_json({"unseen_positive_images": 7, "measured": rows})


def test_the_table_of_checks_gives_mean_and_range_over_the_networks() -> None:
    result = stored(
        GRADCAM=(0.8, 0.9, 0.7), GRADCAM_PLUS_PLUS=(0.8,) * 3, INTEGRATED_GRADIENTS=(0.6,) * 3,
        OCCLUSION=(0.5,) * 3,
    )  # fmt: skip
    first, *others = cue_rows(result)
    assert first["Method"] == "Grad-CAM"
    assert first["Cue localisation (AUC)"] == "0.80 (0.70 to 0.90)"
    assert first["Offset (pixels)"] == "5.00"
    assert len(others) == 3 and (result.n_networks, result.n_images) == (3, 7)
    drawn = cue_figure(result).data[0]
    assert list(drawn.x[:3]) == [0.8, 0.9, 0.7]


def test_the_default_is_the_cheapest_method_not_beaten_on_every_network() -> None:
    rest = {"GRADCAM_PLUS_PLUS": (0.7,) * 3, "INTEGRATED_GRADIENTS": (0.7,) * 3}
    close = stored(GRADCAM=(0.8, 0.8, 0.8), OCCLUSION=(0.9, 0.9, 0.79), **rest)
    assert close.default is AttentionMethod.GRADCAM
    beaten = stored(GRADCAM=(0.8, 0.8, 0.8), OCCLUSION=(0.9, 0.9, 0.81), **rest)
    assert beaten.default is AttentionMethod.OCCLUSION


def test_too_few_networks_leave_the_published_method_the_default() -> None:
    rest = {"GRADCAM_PLUS_PLUS": (0.7,) * 2, "INTEGRATED_GRADIENTS": (0.7,) * 2}
    result = stored(GRADCAM=(0.8, 0.8), OCCLUSION=(0.9, 0.9), **rest)
    assert result.default is AttentionMethod.GRADCAM


def test_the_default_method_follows_from_the_stored_measurement() -> None:
    assert planted_result().default is DEFAULT_METHOD


def test_the_documented_table_is_the_stored_measurement() -> None:
    text = (Path(__file__).parents[2] / "docs" / "attention.md").read_text()
    for row in cue_rows(planted_result()):
        assert f"| {' | '.join(row.values())} |" in text


def test_no_response_leaves_the_image_as_it_is_and_the_scale_ends_at_a_plain_number() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    scale = heat(0.0518764, "log-odds")
    assert scale.high == pytest.approx(0.052)
    assert np.array_equal(blend(image, np.zeros((8, 8)), scale), image)
