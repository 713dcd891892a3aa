"""Cohort tables: every bad cell named, missing stays missing, selections parsed not evaluated."""

from pathlib import Path

import pandas as pd
import pytest

from dss_core.cohort.bad_cells import CohortTableError
from dss_core.cohort.cohort_table import (
    as_text,
    load,
    load_for_analysis,
    validate,
)
from dss_core.cohort.selection import parse
from dss_core.cohort.tables import read_bytes, read_table, rename
from dss_core.errors import CohortError


def table_of(**columns: list[str | None]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    needed = {"patient_id": [f"P{i}" for i in range(n)], "cohort": ["A"] * n}
    return pd.DataFrame(needed | columns, dtype="string")


def test_every_bad_cell_is_listed_at_once() -> None:
    table = table_of(
        sex=["M", "female", "male"],
        age_years=["17", "x", None],
        egfr_dls=["1.2", "0.5", "0.4"],
        dcb=["2", "1", "0.5"],
    )
    with pytest.raises(CohortTableError, match="6 bad cells") as refusal:
        validate(table)
    found = [(cell.row, cell.column) for cell in refusal.value.cells]
    assert found == [
        (1, "age_years"),
        (1, "dcb"),
        (1, "egfr_dls"),
        (1, "sex"),
        (2, "age_years"),
        (3, "dcb"),
    ]
    assert "sex: expected one of female, male, found 'M' in row 1" in str(refusal.value)


def test_a_repeated_patient_is_refused() -> None:
    table = pd.DataFrame({"patient_id": ["a", "a"], "cohort": ["A", "A"]}, dtype="string")
    with pytest.raises(CohortTableError, match="each only once, found 'a' in rows 1-2"):
        validate(table)


def test_a_time_without_its_event_is_refused() -> None:
    table = table_of(pfs_months=["3", "4"], pfs_event=["1", None])
    with pytest.raises(CohortTableError, match="both empty, found only one in row 2"):
        validate(table)


def test_a_missing_required_column_is_refused() -> None:
    with pytest.raises(CohortTableError, match="cohort: expected a required column"):
        validate(pd.DataFrame({"patient_id": ["a"]}, dtype="string"))


def test_missing_stays_missing() -> None:
    table = validate(table_of(age_years=["60", None], histology=[None, "squamous"]))
    assert table["age_years"].isna().tolist() == [False, True]
    assert table["histology"].isna().tolist() == [True, False]


def test_a_table_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,cohort,pfs_months,pfs_event,extra\nP1,A,3.25,1,x\nP2,A,,,\n")
    first = load(path)
    path.write_text(as_text(first))
    pd.testing.assert_frame_equal(load(path).table, first.table)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    table = pd.DataFrame({"patient_id": ["P1"], "cohort": ["A"], "age_years": [61.5]})
    table.to_parquet(tmp_path / "c.parquet")
    assert load(tmp_path / "c.parquet").table["age_years"].tolist() == [61.5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00bad", "cannot be read"),
        (b"", "cannot be read"),
        (b"a,a\n1,2\n", "these repeat: a"),
        (b"a,b\n", "no rows below its header"),
    ],
)
def test_unreadable_tables_are_refused_in_words(content: bytes, message: str) -> None:
    with pytest.raises(CohortError, match=message):
        read_bytes(content, "x.csv")


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="cannot be opened"):
        read_table(tmp_path / "none.csv")


def test_columns_are_renamed_by_a_mapping_and_a_double_use_is_refused() -> None:
    raw = pd.DataFrame({"id": ["a"], "Cohort": ["A"]}, dtype="string")
    assert list(rename(raw, {"patient_id": "id"})) == ["patient_id", "Cohort"]
    with pytest.raises(CohortError, match="mapped twice"):
        rename(raw, {"patient_id": "id", "cohort": "id"})
    with pytest.raises(CohortError, match="does not have: no"):
        rename(raw, {"patient_id": "no"})


def test_a_table_of_another_layout_is_read_for_analysis(tmp_path: Path) -> None:
    path = tmp_path / "lung.csv"
    path.write_text("time,status,sex\n5,1,2\n8,0,1\n")
    table = load_for_analysis(path)
    assert table["sex"].tolist() == [2.0, 1.0]


@pytest.fixture
def patients() -> pd.DataFrame:
    return validate(
        table_of(
            treatment=["ICI", "EGFR-TKI", "ICI", None],
            age_years=["50", "70", None, "80"],
            egfr_dls=["0.2", "0.5", "0.9", "0.4"],
            dcb=["1", "0", None, "1"],
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("treatment=='ICI'", [True, False, True, None]),
        ("treatment != 'ICI'", [False, True, False, None]),
        ("age_years>=65 and treatment=='EGFR-TKI'", [False, True, False, None]),
        ("age_years>=65 or treatment=='ICI'", [True, True, True, True]),
        ("not age_years>=65", [True, False, None, False]),
        ("0.3 <= egfr_dls < 0.9", [False, True, False, True]),
        ("treatment in ['ICI', 'chemotherapy']", [True, False, True, None]),
        ("treatment not in ['ICI']", [False, True, False, None]),
        ("missing(age_years)", [False, False, True, False]),
        ("dcb", [True, False, None, True]),
        ("60 < age_years", [False, True, None, True]),
    ],
)
def test_a_selection_gives_true_false_or_unknown(
    text: str, expected: list[bool | None], patients: pd.DataFrame
) -> None:
    found = parse(text).select(patients)
    assert [None if pd.isna(v) else bool(v) for v in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "treatment.upper()=='ICI'",
        "[x for x in (1,)]",
        "1 == 1",
        "age_years + 1 > 3",
        "lambda: 1",
        "treatment ==",
        "",
        "(" * 300 + "dcb" + ")" * 300,
        "age_years >= 1e3 if dcb else dcb",
        "f'{dcb}' == 'x'",
        "missing(__import__('os'))",
        "x := 3",
        "treatment is None",
    ],
)
def test_what_is_no_selection_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(CohortError, match="selection"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing==1", "does not have"),
        ("age_years=='old'", "contains numbers"),
        ("treatment>3", "contains text"),
        ("treatment=='ici'", "is never 'ici'"),
        ("treatment", "not yes/no"),
        ("age_years==treatment", "different kinds"),
    ],
)
def test_a_selection_that_does_not_fit_the_table_says_why(
    text: str, message: str, patients: pd.DataFrame
) -> None:
    with pytest.raises(CohortError, match=message):
        parse(text).select(patients)


def test_a_selection_that_is_too_long_is_refused() -> None:
    with pytest.raises(CohortError, match="1000 characters"):
        parse("dcb or " * 200 + "dcb")
