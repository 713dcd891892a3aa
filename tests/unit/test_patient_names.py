"""Texts without the patient's name, in whatever way it is written."""

import pytest
from pydicom.dataset import Dataset

from dss_core.reading.privacy import without_identity


def of(name: str, **more: str) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = name
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("patient", "shown", "left"),
    [
        ("Zhang^Wei=张^伟", "张伟 GTV", "*** GTV"),
        ("张伟", "张伟肿瘤", "***肿瘤"),
        ("张^伟", "GTV张伟", "GTV***"),
        ("欧阳^明月", "明月GTV", "***GTV"),
        ("Zhang^Wei", "ZhangWei GTV", "*** GTV"),
        ("Zhang^Wei", "gtvzhangwei", "gtv***"),
        ("Zhang^Wei", "WEI_ZHANG_GTV", "***_GTV"),
        ("Li^Na", "LI NA GTV", "*** GTV"),
        ("Li^Na", "GTV_NaLi", "GTV_***"),
        ("Ng^Xu", "GTV Xu", "GTV ***"),
        ("Müller^Jörg", "GTV Mueller", "GTV ***"),
        ("Mueller^Joerg", "GTV MÜLLER", "GTV ***"),
        ("Groß^Eva", "Gross GTV", "*** GTV"),
        ("Garçon-Lévy^Zoë", "levy gtv zoe", "*** gtv ***"),
        ("Sørensen^Bo", "GTV Sorensen", "GTV ***"),
        ("Иванов^Иван", "ОПУХОЛЬ иванов", "ОПУХОЛЬ ***"),
        ("김^철수", "김철수GTV", "***GTV"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田 やまだ GTV", "*** *** GTV"),
        ("One^Two^Three", "GTV three one", "GTV ***"),
    ],
)
def test_a_name_is_removed_in_every_script_and_form(patient: str, shown: str, left: str) -> None:
    assert without_identity(shown, of(patient)) == left


@pytest.mark.parametrize(
    ("patient", "shown"),
    [
        ("Li^Na", "Lingula GTV"),
        ("张^伟", "支气管扩张"),
        ("Long^An", "Lung GTV"),
        ("T", "GTV T1"),
        ("Mas^Se", "Masseter_L"),
        ("", "GTV"),
    ],
)
def test_other_words_stay(patient: str, shown: str) -> None:
    assert without_identity(shown, of(patient)) == shown


def test_numbers_are_removed_with_and_without_separators() -> None:
    dataset = of("Doe^Jane", PatientID="A-1234", PatientBirthDate="19500312")
    dataset.OtherPatientNames = ["Roe^Jane", "Poe^J"]
    for shown in (
        "A1234 GTV",
        "A-1234_GTV",
        "1950-03-12 GTV",
        "12.03.1950 GTV",
        "Roe GTV",
        "POE GTV",
    ):
        assert without_identity(shown, dataset).lstrip("* _") == "GTV"
