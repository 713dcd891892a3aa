"""SUV rules one by one, on headers built in code; expected values from the textbook formula
SUV = activity x weight / (dose x 2^(-uptake / half-life)).
"""

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.suv import suv_plan
from tests.pet_headers import HALF_LIFE_S, PLAIN, headers


def codes(slices: list[Dataset]) -> list[str]:
    return [c.code for c in suv_plan(slices).record.warnings]


def test_start_corrected_activity_is_corrected_back_to_injection() -> None:
    plan = suv_plan(headers())
    assert plan.factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)
    assert (plan.record.rule, plan.record.reference_time) == ("series_time", "11:00:00")


def test_admin_corrected_activity_needs_no_decay() -> None:
    assert suv_plan(headers(DecayCorrection="ADMIN")).factors == pytest.approx(PLAIN, rel=1e-12)


def test_uncorrected_activity_is_corrected_slice_by_slice_from_mid_frame() -> None:
    slices = headers(DecayCorrection="NONE", CorrectedImage=["ATTN"], ActualFrameDuration=600_000)
    slices[1].AcquisitionTime = "111000"
    decay = np.log(2.0) / HALF_LIFE_S
    mean_over_frame = (1.0 - np.exp(-decay * 600.0)) / (decay * 600.0)
    wanted = PLAIN * np.exp(decay * np.array([3600.0, 4200.0])) / mean_over_frame
    assert suv_plan(slices).factors == pytest.approx(wanted, rel=1e-9)


def test_injection_before_midnight_is_the_day_before() -> None:
    slices = headers(
        RadiopharmaceuticalStartTime="233000", SeriesTime="003000", AcquisitionTime="003000"
    )
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)
    assert codes(slices) == ["injection_date"]


def test_full_injection_date_and_time_is_used_across_midnight() -> None:
    slices = headers(
        RadiopharmaceuticalStartTime=None,
        RadiopharmaceuticalStartDateTime="20200101233000",
        SeriesTime="003000",
        AcquisitionTime="003000",
    )
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)


def test_shifted_injection_date_keeps_the_time_of_day_and_is_said() -> None:
    slices = headers(RadiopharmaceuticalStartDateTime="20191123100000")
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)
    assert codes(slices) == ["injection_date"]


def test_one_acquisition_time_copied_to_all_beds_does_not_make_steps() -> None:
    """FrameReferenceTime counts on while AcquisitionTime stands still: one factor for all."""
    slices = headers(ActualFrameDuration=240_000)
    for bed, item in enumerate(slices):
        item.FrameReferenceTime = bed * 240_000.0
        item.DecayFactor = 2 ** ((bed * 240.0 + 119.5) / HALF_LIFE_S)
    plan = suv_plan(slices)
    assert plan.factors[0] == plan.factors[1]
    assert plan.record.rule == "series_time"


def test_series_time_after_acquisition_gives_way_to_frame_reference_time() -> None:
    slices = headers(SeriesTime="113000", ActualFrameDuration=0)
    for item, start, offset in zip(slices, ("110230", "110500"), (150e3, 300e3), strict=True):
        item.AcquisitionTime, item.FrameReferenceTime = start, offset
    plan = suv_plan(slices)
    assert (plan.record.rule, plan.record.reference_time) == ("frame_reference_time", "11:00:00")


def test_decay_factor_that_contradicts_every_time_is_refused() -> None:
    slices = headers(ActualFrameDuration=120_000, FrameReferenceTime=0.0, DecayFactor=1.4)
    with pytest.raises(InputError, match=r"DecayFactor \(0054,1321\) points to"):
        suv_plan(slices)


@pytest.mark.parametrize(
    ("suv_type", "sex", "wanted"),
    [
        ("LBM", "M", 70 / (1.10 * 70 - 120 * (70 / 175) ** 2)),
        ("LBMJAMES128", "M", 70 / (1.10 * 70 - 128 * (70 / 175) ** 2)),
        ("LBMJAMES128", "F", 70 / (1.07 * 70 - 148 * (70 / 175) ** 2)),
        ("LBMJANMA", "M", (6680 + 216 * 70 / 1.75**2) / 9270),
        ("LBMJANMA", "F", (8780 + 244 * 70 / 1.75**2) / 9270),
        ("IBW", "M", 70 / (48.0 + 1.06 * 23)),
        ("IBW", "F", 70 / (45.5 + 0.91 * 23)),
    ],
)
def test_suv_by_other_body_measures_becomes_body_weight(
    suv_type: str, sex: str, wanted: float
) -> None:
    slices = headers(Units="GML", SUVType=suv_type, PatientSize=1.75, PatientSex=sex)
    assert suv_plan(slices).factors == pytest.approx(wanted, rel=1e-9)
    assert codes(slices) == ["suv_type_converted"]


def test_suv_by_body_surface_becomes_body_weight() -> None:
    """Du Bois: 1.8481 m2 for 70 kg and 175 cm; SUVbsa is in cm2/mL, weight in g."""
    slices = headers(Units="CM2ML", PatientSize=1.75)
    assert suv_plan(slices).factors == pytest.approx(70_000 / 18_481.0, rel=1e-4)


@pytest.mark.parametrize(("tag", "factor"), [(0x1000, 0.0005), (0x1009, 2.0)])
def test_philips_counts_use_their_private_scale(tag: int, factor: float) -> None:
    slices = headers(Units="CNTS")
    for item in slices:
        item.add_new((0x7053, tag), "DS", str(factor))
    wanted = factor if tag == 0x1000 else factor * PLAIN * 2 ** (3600 / HALF_LIFE_S)
    assert suv_plan(slices).factors == pytest.approx(wanted, rel=1e-9)


def test_philips_scale_is_found_when_the_private_tag_could_not_be_decoded() -> None:
    slices = headers(Units="CNTS")
    for item in slices:
        item.add_new((0x7053, 0x1000), "UN", b"0.0005 ")
    assert suv_plan(slices).factors == pytest.approx(0.0005)


@pytest.mark.parametrize("block", [0x10, 0x11, 0x13])
def test_philips_scale_is_found_in_the_block_of_its_creator(block: int) -> None:
    slices = headers(Units="CNTS")
    for item in slices:
        item.add_new((0x7053, 0x10), "LO", "Somebody else")
        item.add_new((0x7053, block), "LO", "Philips PET Private Group")
        item.add_new((0x7053, block << 8), "DS", "0.0005")
    assert suv_plan(slices).factors == pytest.approx(0.0005)


@pytest.mark.parametrize(
    ("start", "offset", "uptake_s"),
    [
        ("20200102100000", "", 3600),
        ("20200102100000.500000", "", 3599.5),
        ("20200102100000+0100", "", 3600),
        ("20200102100000+0100", "+0100", 3600),
        ("20200102090000+0000", "+0100", 3600),
        ("20200102143000+0530", "+0100", 3600),
        ("20200102050000-0500", "+0000", 3600),
        ("202001021000", "-0300", 3600),
    ],
)
def test_injection_time_is_read_in_the_time_zone_of_the_scan(
    start: str, offset: str, uptake_s: float
) -> None:
    slices = headers(
        RadiopharmaceuticalStartTime=None,
        RadiopharmaceuticalStartDateTime=start,
        TimezoneOffsetFromUTC=offset,
    )
    wanted = PLAIN * 2 ** (uptake_s / HALF_LIFE_S)
    assert suv_plan(slices).factors == pytest.approx(wanted, rel=1e-9)
    assert codes(slices) == []


@pytest.mark.parametrize(
    ("time", "uptake_s"),
    [("100000", 3600), ("100000.25", 3599.75), ("1000", 3600), ("10", 3600), ("10:00:00", 3600)],
)
def test_every_form_of_a_time_of_day_is_read(time: str, uptake_s: float) -> None:
    slices = headers(RadiopharmaceuticalStartTime=time)
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (uptake_s / HALF_LIFE_S))


def test_injection_date_and_time_goes_before_another_time_of_day_and_is_said() -> None:
    slices = headers(RadiopharmaceuticalStartDateTime="20200102103000")
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (1800 / HALF_LIFE_S), rel=1e-9)
    assert codes(slices) == ["injection_times_differ"]


@pytest.mark.parametrize("creator", ["GEMS_PETD_01", None])
def test_scan_time_of_ge_goes_before_all_others(creator: str | None) -> None:
    slices = headers(AcquisitionTime="110500", SeriesTime="110400")
    for item in slices:
        if creator:
            item.add_new((0x0009, 0x0010), "LO", creator)
        item.add_new((0x0009, 0x100D), "DT", "20200102110000.00")
    plan = suv_plan(slices)
    assert (plan.record.rule, plan.record.reference_time) == ("ge_private_scan_time", "11:00:00")
    assert plan.factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)


def test_decay_factor_of_one_on_every_slice_says_nothing() -> None:
    """As in the reference objects, where it contradicts every time and is wrong."""
    slices = headers(DecayFactor=1.0, ActualFrameDuration=120_000, FrameReferenceTime=60_000.0)
    slices[1].AcquisitionTime = "110500"
    assert suv_plan(slices).factors == pytest.approx(PLAIN * 2 ** (3600 / HALF_LIFE_S), rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RadionuclideTotalDose": 370.0}, "dose_in_mbq"),
        ({"RadiopharmaceuticalStartTime": "104500"}, "short_uptake"),
        ({"RadiopharmaceuticalStartTime": "070000"}, "long_uptake"),
        ({"RadionuclideHalfLife": 1223.4}, "tracer_not_f18"),
    ],
)
def test_what_is_unusual_is_said(changes: dict[str, object], code: str) -> None:
    assert code in codes(headers(**changes))


Refusal = tuple[dict[str, object], str]
REFUSALS: list[Refusal] = [
    ({"Units": "PROPCNTS"}, r"Units \(0054,1001\) is 'PROPCNTS'"),
    ({"Units": None}, r"Units \(0054,1001\) is ''"),
    ({"Units": "CNTS"}, r"neither Philips scale \(7053,1000\)"),
    ({"Units": "GML", "SUVType": "LBM", "PatientSex": "O", "PatientSize": 1.7}, "PatientSex"),
    ({"Units": "GML", "SUVType": "LBM", "PatientSex": "M"}, "PatientSize"),
    ({"Units": "GML", "SUVType": "XYZ", "PatientSex": "M", "PatientSize": 1.7}, "not a known SUV"),
    ({"PatientWeight": None}, r"PatientWeight \(0010,1030\) is absent"),
    ({"PatientWeight": 0.0}, r"PatientWeight \(0010,1030\) is 0"),
    ({"RadionuclideTotalDose": None}, r"RadionuclideTotalDose \(0018,1074\) is absent"),
    ({"RadionuclideTotalDose": 0.0}, r"RadionuclideTotalDose \(0018,1074\) is 0"),
    ({"RadionuclideHalfLife": None}, r"RadionuclideHalfLife \(0018,1075\)"),
    ({"RadiopharmaceuticalStartTime": None}, "injection time is missing"),
    ({"RadiopharmaceuticalStartTime": "ABC"}, "injection time is missing"),
    ({"RadiopharmaceuticalStartTime": "113000"}, "uptake time is not plausible"),
    ({"RadiopharmaceuticalInformationSequence": None}, "RadiopharmaceuticalInformationSequence"),
    ({"CorrectedImage": ["DECY"]}, "without ATTN"),
    ({"CorrectedImage": None}, "without ATTN"),
    ({"CorrectedImage": ["ATTN"]}, "contradict each other"),
    ({"DecayCorrection": "NONE"}, "contradict each other"),
    ({"DecayCorrection": None}, r"DecayCorrection \(0054,1102\) is ''"),
    ({"RescaleIntercept": 5.0}, r"RescaleIntercept \(0028,1052\) is 5"),
    ({"SeriesType": ["DYNAMIC", "IMAGE"]}, "static series is needed"),
    ({"SeriesType": ["GATED", "IMAGE"]}, "static series is needed"),
    ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "static series is needed"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSALS)
def test_suv_is_refused_with_tag_and_value(changes: dict[str, object], sentence: str) -> None:
    slices = headers()
    for item in slices:
        drug = item.RadiopharmaceuticalInformationSequence[0]
        for keyword, value in changes.items():
            inner = keyword.startswith("Radio") and not keyword.endswith("Sequence")
            _set(drug if inner else item, keyword, value)
    with pytest.raises(InputError, match=sentence):
        suv_plan(slices)


@pytest.mark.parametrize("keyword", ["PatientWeight", "Units", "DecayCorrection"])
def test_slices_that_disagree_are_refused(keyword: str) -> None:
    slices = headers()
    changed: Callable[[str], object] = {
        "PatientWeight": 71.0, "Units": "GML", "DecayCorrection": "ADMIN",
    }.__getitem__  # fmt: skip
    setattr(slices[1], keyword, changed(keyword))
    with pytest.raises(InputError, match=f"{keyword} differs between images"):
        suv_plan(slices)


def _set(target: Dataset, keyword: str, value: object) -> None:
    if value is not None:
        setattr(target, keyword, value)
    elif keyword in target:
        delattr(target, keyword)
