"""Figures of attention show the numbers of the core and nothing else."""

import json

import numpy as np
import pytest

from dss_core.preprocessing.zones import Share, Zone
from dss_core.records import AttentionMethod
from dss_core.scoring.planted import RESULT
from dss_core.scoring.sanity import Perturbation, Randomised, Similarity
from dss_ui.attention_charts import checks_figure, planted_rows, shares_figure
from dss_ui.heat import blend, heat


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


def test_the_table_of_checks_holds_the_measured_numbers() -> None:
    measured = json.loads(RESULT.read_text())["methods"]
    rows = planted_rows()
    assert len(rows) == len(measured) == len(AttentionMethod)
    for row, (name, values) in zip(rows, measured.items(), strict=True):
        assert row["Finds the cue (AUC)"] == values["localisation_auc"], name


def test_no_response_leaves_the_image_as_it_is_and_the_scale_ends_at_a_plain_number() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    scale = heat(0.0518764, "log-odds")
    assert scale.high == pytest.approx(0.052)
    assert np.array_equal(blend(image, np.zeros((8, 8)), scale), image)
