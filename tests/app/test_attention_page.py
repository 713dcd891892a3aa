"""The attention page: raw images beside, caption, numbers against chance, honest empty states."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.attention.explanation import explain
from dss_core.records import AttentionMethod, Task
from dss_ui.attention import more_maps
from dss_ui.attention.computed_maps import Asked
from dss_ui.shell.cache import bundle
from tests.app.pages import all_text
from tests.app.session import belongings, scored_case

PAGE = "pages/attention.py"


def kept(app: AppTest) -> dict[Any, Any]:
    return belongings(app, "attention")[-1].found


def test_the_page_shows_the_caption_and_the_numbers_of_the_core(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    assert "Where the network responded, not why." in all_text(app)
    case = scored_case(app)
    direct = explain(case.images.aligned, case.images.region.roi, bundle(), Task.EGFR)
    (shown,) = kept(app).values()
    assert shown.attention.method is AttentionMethod.GRADCAM
    assert np.array_equal(shown.positive.slices.maps, direct.positive.slices.maps)
    assert direct.dls == pytest.approx(case.result.scores[0].dls, abs=1e-9)
    if not direct.positive.shares.whole:
        assert any("No localised response" in i.value for i in app.info)
        return
    table = app.dataframe[0].value
    tumour = table[table["Zone"] == "Inside the tumour"].iloc[0]
    share = direct.positive.shares.whole[0]
    assert tumour["Response"] == f"{share.share:.1%}"
    assert tumour["Expected by chance"] == f"{share.chance:.1%}"


def test_the_wider_region_is_computed_beside_the_first(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    app.toggle[0].set_value(True).run()
    assert not app.exception and not app.error
    by_margin = {asked.margin_mm: found for asked, found in kept(app).items()}
    assert set(by_margin) == {20.0, 40.0}
    assert np.allclose(by_margin[40.0].tensor.side_mm - by_margin[20.0].tensor.side_mm, 40.0)


def test_without_a_localised_response_the_page_says_so(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    found = kept(app)
    (asked,) = found
    side = found[asked].positive
    slices = dataclasses.replace(
        side.slices,
        maps=np.zeros_like(side.slices.maps),
        localised=np.zeros_like(side.slices.localised),
    )
    nothing = dataclasses.replace(side.shares, whole=())
    flat = dataclasses.replace(side, slices=slices, shares=nothing)
    found[asked] = dataclasses.replace(found[asked], positive=flat)
    app.run()
    assert not app.exception and not app.error
    assert any("No localised response" in i.value for i in app.info)


def test_only_the_first_view_is_computed_until_more_is_opened(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("strongest_channels", "volume_figure", "to_patient_grid"):
        real = getattr(more_maps, name)
        monkeypatch.setattr(
            more_maps, name, lambda *a, n=name, r=real, **k: (asked.append(n), r(*a, **k))[1]
        )
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    assert len(kept(app)) == 1 and asked == []
    next(t for t in app.toggle if t.label == "3D view").set_value(True).run()
    assert asked == ["to_patient_grid", "volume_figure"]
    next(t for t in app.toggle if t.label == "Single channels").set_value(True).run()
    assert not app.exception and not app.error and "strongest_channels" in asked


def test_a_cancelled_map_is_not_computed_until_asked_for_again(app: AppTest) -> None:
    case = app.switch_page(PAGE).run() and scored_case(app)
    margin = case.result.preprocessing.margin_mm
    slow = Asked(Task.EGFR, AttentionMethod.OCCLUSION, margin)
    app.session_state["attention_stopped"] = slow
    next(b for b in app.selectbox if b.label == "Method").set_value(slow.method).run()
    assert slow not in kept(app) and any("Stopped" in i.value for i in app.info)
    next(b for b in app.selectbox if b.label == "Method").set_value("gradcam").run()
    assert not any("Stopped" in i.value for i in app.info)


def test_without_a_case_the_page_says_where_to_load_one(emptied: AppTest) -> None:
    emptied.switch_page(PAGE).run()
    assert not emptied.exception
    assert any("No case is open" in i.value for i in emptied.info)
