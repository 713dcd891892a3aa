"""Figures of attention show the numbers of the core and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from dss_core.attention.cue_localisation_result import (
    RESULT,
    CueLocalisationResult,
    cue_localisation_result,
    read_result,
)
from dss_core.attention.sanity_checks import Perturbation, Randomised, Similarity
from dss_core.attention.zones import Share, Zone
from dss_core.errors import InputError
from dss_core.records import DEFAULT_METHOD, AttentionMethod
from dss_ui.attention.attention_charts import (
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


def stored(**aucs: tuple[float, ...]) -> CueLocalisationResult:
    """A measurement with these AUCs of the cue, the shift 3 and -4 pixels."""
    result = cue_localisation_result()
    rows = tuple(
        result.measured[0].model_copy(
            update={
                "seed": seed,
                "method": method,
                "localisation_auc": value,
                "shift_down_px": 3.0,
                "shift_right_px": -4.0,
            }
        )
        for method in AttentionMethod
        for seed, value in enumerate(aucs[method.name])
    )
    return result.model_copy(update={"unseen_positive_images": 7, "measured": rows})


def test_the_table_of_checks_gives_mean_and_range_over_the_networks() -> None:
    result = stored(
        GRADCAM=(0.8, 0.9, 0.7), GRADCAM_PLUS_PLUS=(0.8,) * 3, INTEGRATED_GRADIENTS=(0.6,) * 3,
        OCCLUSION=(0.5,) * 3,
    )  # fmt: skip
    first, *others = cue_rows(result)
    assert first["Method"] == "Grad-CAM"
    assert first["Cue localisation (AUC)"] == "0.80 (0.70 to 0.90)"
    assert first["Offset (pixels)"] == "5.00"
    assert len(others) == 3 and (result.n_networks, result.unseen_positive_images) == (3, 7)
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
    assert cue_localisation_result().default is DEFAULT_METHOD


def test_the_documented_table_is_the_stored_measurement() -> None:
    text = (Path(__file__).parents[2] / "docs" / "attention.md").read_text()
    for row in cue_rows(cue_localisation_result()):
        assert f"| {' | '.join(row.values())} |" in text


def test_the_stored_measurement_is_written_as_it_was_read() -> None:
    assert cue_localisation_result().to_text() == RESULT.read_text()


def test_every_bad_field_of_a_measurement_is_named_at_once_by_its_path() -> None:
    value = json.loads(RESULT.read_text()) | {"training_images": "many", "more": 1}
    value["measured"][1]["method"] = "guess"
    value["measured"][2]["localisation_auc"] = None
    del value["measured"][3]["seed"]
    with pytest.raises(InputError) as refused:
        read_result(json.dumps(value))
    found = str(refused.value)
    assert found.startswith("The measurement of attention methods cannot be used, 5 faults: ")
    for fault in (
        "training_images: expected a whole number, found 'many'",
        "measured[1].method: expected 'gradcam'",
        "measured[2].localisation_auc: expected a number, found None",
        "measured[3].seed: expected, not found",
        "more: unknown field",
    ):
        assert fault in found


@pytest.mark.parametrize("change", [slice(0, -1), slice(1, None), [0, 0]])
def test_methods_measured_on_different_networks_are_refused(change: slice | list[int]) -> None:
    value = json.loads(RESULT.read_text())
    rows = value["measured"]
    value["measured"] = rows[change] if isinstance(change, slice) else [rows[i] for i in change]
    with pytest.raises(InputError, match="measured: expected the same networks, each once"):
        read_result(json.dumps(value))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"training_images": NaN}', "finite numbers only, found NaN"),
        ("[" * 100_000, "nested at most 50 levels deep"),
        ("[" * 60 + "]" * 60, "nested at most 50 levels deep"),
        ("[]", "the whole: expected an object"),
    ],
)
def test_what_is_no_measurement_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_result(text)


def test_no_response_leaves_the_image_as_it_is_and_the_scale_ends_at_a_plain_number() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    scale = heat(0.0518764, "log-odds")
    assert scale.high == pytest.approx(0.052)
    assert np.array_equal(blend(image, np.zeros((8, 8)), scale), image)
