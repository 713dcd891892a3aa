"""Names of regions: what speaks of a tumour, and what of an organ."""

import pytest

from dss_core.regions.region_names import names_an_organ, speaks_of_tumour


@pytest.mark.parametrize(
    "name",
    ["GTV", "gtv-1", "GTV_Mass_CT", "IGTV", "iGTV", "GTVp", "GTVnd1", "Lung GTV", "Lung_GTV",
     "Tumor", "Primary tumour", "LeftLungTumor", "Lesion01", "liver lesion 2",
     "Mass", "RUL nodule", "肿瘤", "靶区", "右肺结节", "病灶1", "肿瘤GTV", "Ö×ÁöGTV", "***肿瘤"],
)  # fmt: skip
def test_a_tumour_is_known_by_whole_words(name: str) -> None:
    assert speaks_of_tumour(name) and not names_an_organ(name)


@pytest.mark.parametrize(
    "name",
    ["Lungs-GTV", "Lung_R-IGTV", "Lungs - GTV", "Lung minus GTV", "Lung without tumour", "双肺-GTV",
     "肺减肿瘤", "肺除去肿瘤", "肺减GTV", "Masseter_L", "Body–GTV", "心脏",
     "肺", "Spinal_Cord", "Heart", "BODY"],
)  # fmt: skip
def test_an_organ_and_what_is_left_of_one_is_no_tumour(name: str) -> None:
    assert not speaks_of_tumour(name)
    assert names_an_organ(name)


@pytest.mark.parametrize(
    "name",
    ["PTV", "CTV_60", "PTV GTV", "GTV ring", "计划靶区", "label 1", "Region", "peritumoral", ""],
)
def test_a_margin_and_a_name_that_says_nothing_is_neither(name: str) -> None:
    assert not speaks_of_tumour(name) and not names_an_organ(name)
