"""Choice of a region: never by its order, never by a name that several have."""

from itertools import permutations

import numpy as np
import pytest

from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.records import Roi
from dss_core.regions.contours import Contours
from dss_core.regions.label_masks import LabelMask
from dss_core.regions.referenced_images import Drawn
from dss_core.regions.region_choice import choose_region, labels
from dss_core.regions.region_files import RegionSource


def ball(
    name: str, number: int = 1, *, radius: float = 10.0, empty: bool = False, on: str = "unknown"
) -> Contours:
    angle = np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False)
    heights = np.arange(-radius + 0.5, radius)
    circles = tuple(
        np.stack([r * np.cos(angle), r * np.sin(angle), np.full_like(angle, z)], axis=1)
        for z in heights
        for r in [np.sqrt(radius**2 - z**2)]
    )
    return Contours(name, "", () if empty else circles, False, number, Drawn(on))


def segment(name: str, number: int, n_slices: int) -> LabelMask:
    mask = np.zeros((8, 10, 10), dtype=np.bool_)
    mask[1 : 1 + n_slices] = True
    return LabelMask(
        name, Roi(name, mask, Grid(mask.shape, (1.0, 1.0, 5.0), (0, 0, -20))), (), number
    )


def refusal(regions: list[RegionSource], name: str | None = None, number: int | None = None) -> str:
    with pytest.raises(InputError) as found:
        choose_region(regions, name, number)
    return str(found.value)


def test_two_regions_of_one_name_are_listed_and_chosen_by_number() -> None:
    both = [ball("GTV", 3), ball("Heart", 4), ball("GTV", 7, radius=5.0)]
    for name in (None, "GTV"):
        said = refusal(both, name)
        assert "'GTV' (number 3, 4.2 mL, z −10 to 10 mm)" in said
        assert "'GTV' (number 7, 0.5 mL, z −4 to 4 mm)" in said or "number 7, 0.5 mL, z −5" in said
        assert "--roi-number" in said and "Heart" not in said
    assert choose_region(both, None, 7)[0] is both[2]
    assert choose_region(both, "GTV", 3)[0] is both[0]
    assert "no region named 'GTV' and of number 4" in refusal(both, "GTV", 4)


def test_each_of_ten_segments_of_one_name_is_reached() -> None:
    ten = [segment("Lesion", n, n_slices=1 + n % 4) for n in range(1, 11)]
    assert [choose_region(ten, "Lesion", n)[0] for n in range(1, 11)] == ten
    assert "number 3, 2.0 mL, z −15 to 0 mm" in refusal(
        [segment("x", 3, 4), segment("x", 4, 1)], "x"
    )


def test_an_empty_twin_hides_nothing_and_is_no_candidate() -> None:
    twin = [ball("GTV", 1, empty=True), ball("GTV", 2)]
    for name in (None, "GTV"):
        assert choose_region(twin, name)[0] is twin[1]
    assert "is empty" in refusal(twin, "GTV", 1)
    assert "is empty" in refusal([twin[0]])


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("Lungs-GTV", "Tumor"), "Tumor"),
        (("Lung_R-IGTV", "IGTV", "PTV"), "IGTV"),
        (("Masseter_L", "Lesion 1"), "Lesion 1"),
        (("肺", "心脏", "肿瘤"), "肿瘤"),
    ],
)
def test_the_only_name_that_speaks_of_a_tumour_is_taken(
    names: tuple[str, ...], chosen: str
) -> None:
    for order in permutations(names):
        found, warnings = choose_region([ball(n, k) for k, n in enumerate(order)], None)
        assert found.name == chosen
        assert [w.code for w in warnings] == ["several_regions"]


def test_where_no_name_or_more_than_one_speaks_of_a_tumour_none_is_taken() -> None:
    assert "No region is named like a tumour: 'BODY'" in refusal([ball("BODY"), ball("Heart", 2)])
    assert "No region is named like a tumour" in refusal([ball("PTV"), ball("label 2", 2)])
    assert "2 regions are named like a tumour" in refusal([ball("GTVp"), ball("GTVn", 2)])


def test_a_single_region_needs_no_name_but_must_not_be_an_organ() -> None:
    for name in ("label 1", "Region", "支气管扩张"):
        assert choose_region([ball(name)], None)[0].name == name
    assert "No region is named like a tumour: 'Heart'" in refusal([ball("Heart")])
    assert choose_region([ball("Heart")], "Heart")[0].name == "Heart"


def test_a_region_drawn_on_the_ct_goes_before_one_drawn_on_the_pet_in_any_order() -> None:
    regions = [ball("GTV_PET", on="PET"), ball("GTV_CT", 2, on="CT"), ball("Lung", 3, on="CT")]
    for order in permutations(regions):
        assert choose_region(list(order), None)[0].name == "GTV_CT"
    assert "2 regions" in refusal([regions[1], ball("lesion", 4)])
    assert "2 regions" in refusal([ball("GTV", 1, on="PET"), ball("GTV", 2, on="PET")])


def test_labels_of_regions_are_never_alike() -> None:
    assert labels([ball("GTV"), ball("Heart", 2)]) == ("GTV", "Heart")
    same = [ball("GTV"), ball("GTV", 2), ball("GTV", 2), ball("GTV", 4, empty=True)]
    found = labels(same)
    assert len(set(found)) == 4
    assert all("GTV (number" in label for label in found)
