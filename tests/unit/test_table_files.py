"""Table files: structure, separators, decimal signs and types are found, never assumed."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.cli import main
from dss_core.cohort.bad_cells import CohortTableError
from dss_core.cohort.cohort_table import Cohort, load, validate
from dss_core.cohort.tables import infer_numbers, read_bytes
from dss_core.cohort.time_units import TimeUnit
from dss_core.errors import CohortError

HEADER = "patient_id,cohort,pfs_months,pfs_event"


def read(text: str) -> pd.DataFrame:
    return read_bytes(text.encode(), "t.csv")


def test_a_row_with_fewer_or_more_cells_than_the_header_is_named() -> None:
    with pytest.raises(CohortError, match=r"row 2 \(R2\) has 2; row 3 \(R3\) has 5"):
        read(f"{HEADER}\nR1,A,3,1\nR2,A\nR3,A,9,0,x\n")


def test_an_empty_cell_is_missing_and_not_a_short_row() -> None:
    assert read(f"{HEADER}\nR1,A,,\n").isna().sum(axis=1).tolist() == [2]


def test_blank_lines_do_not_shift_the_row_that_is_named() -> None:
    table = read(f"{HEADER}\nR1,A,3,1\n\n\nR2,A,x,1\n")
    with pytest.raises(CohortTableError, match="found 'x' in row 4"):
        validate(table)
    assert validate(read(f"{HEADER}\n\nR1,A,3,1\n")).index.tolist() == [0]


def test_a_bad_cell_is_shown_as_the_file_has_it() -> None:
    with pytest.raises(CohortTableError, match=r"found '700' in row 1.*found '-0\.50' in row 2"):
        validate(read(f"{HEADER}\nR1,A,700,1\nR2,A,-0.50,0\n"))


def test_an_open_quote_is_refused() -> None:
    with pytest.raises(CohortError, match="Close every quoted cell"):
        read(f'{HEADER}\nR1,"A,3,1\nR2,A,4,0\n')


@pytest.mark.parametrize("separator", [";", "\t"])
@given(months=st.lists(st.floats(0, 600), min_size=1, max_size=20))
def test_a_table_reads_the_same_with_decimal_comma(separator: str, months: list[float]) -> None:
    rows = [(f"P{i}", "A,B", f"{m:.2f}", "1") for i, m in enumerate(months)]
    plain = "\n".join([HEADER, *(f'{i},"{c}",{m},{e}' for i, c, m, e in rows)])
    other = "\n".join(
        [HEADER.replace(",", separator)]
        + [separator.join((i, c, m.replace(".", ","), e)) for i, c, m, e in rows]
    )
    pd.testing.assert_frame_equal(validate(read(plain)), validate(read(other)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b\n1,5;2.5\n", "b has a point"),
        ("a;b\n1,234;x\n", "separate thousands"),
        ("a,b;c\n1,2;3\n", "comma and semicolon alike"),
    ],
)
def test_an_unclear_separator_or_decimal_sign_is_refused(text: str, message: str) -> None:
    with pytest.raises(CohortError, match=message):
        read(text)


def test_another_encoding_is_named() -> None:
    with pytest.raises(CohortError, match=r"UTF-16\. Save it as CSV UTF-8"):
        read_bytes(HEADER.encode("utf-16"), "t.csv")
    with pytest.raises(CohortError, match="another encoding"):
        read_bytes("a,b\nMünchen,1\n".encode("latin-1"), "t.csv")


def parquet(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    path = folder / "t.parquet"
    table.to_parquet(path)
    return load(path).table


@pytest.mark.parametrize(
    "form",
    [
        lambda t: t.assign(pfs_event=t.pfs_event.astype(bool)),
        lambda t: t.assign(pfs_event=t.pfs_event.astype("boolean")),
        lambda t: t.assign(patient_id=t.patient_id.astype(float)),
        lambda t: t.assign(cohort=t.cohort.astype("category")),
        lambda t: t.set_index("patient_id"),
        lambda t: t.set_index(["cohort", "patient_id"]),
        lambda t: t[t.patient_id != 0],
    ],
)
def test_the_types_of_a_parquet_file_are_taken_as_it_states_them(
    form: Callable[[pd.DataFrame], pd.DataFrame], tmp_path: Path
) -> None:
    n = 6
    table = pd.DataFrame(
        {"patient_id": range(55, 55 + n), "cohort": "A", "pfs_months": 3.5, "pfs_event": [0, 1] * 3}
    )
    found = parquet(form(table), tmp_path)
    assert found["patient_id"].tolist() == ["55", "56", "57", "58", "59", "60"]
    assert found["pfs_event"].tolist() == [0, 1] * 3
    assert found["cohort"].tolist() == ["A"] * n


def test_a_missing_boolean_stays_missing(tmp_path: Path) -> None:
    dcb = pd.array([True, pd.NA, False], dtype="boolean")
    table = pd.DataFrame({"patient_id": list("abc"), "cohort": "A", "dcb": dcb})
    assert parquet(table, tmp_path)["dcb"].tolist() == [1, pd.NA, 0]


def test_rows_named_by_an_index_without_a_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"index without a name.*'P1'"):
        parquet(pd.DataFrame({"cohort": ["A"]}, index=["P1"]), tmp_path)


def test_identifiers_are_text_in_a_table_of_any_layout() -> None:
    table = infer_numbers(read("patient_id,score\n00001,0.5\n00002,1\n"))
    assert table["patient_id"].tolist() == ["00001", "00002"]
    assert table["score"].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("unit", "value"), [("days", 365.25), ("weeks", 365.25 / 7), ("months", 12), ("years", 1)]
)
def test_times_become_months(unit: str, value: float) -> None:
    found = validate(read(f"{HEADER}\nR1,A,{value!r},1\n"), TimeUnit(unit))
    assert found["pfs_months"][0] == pytest.approx(12)


@pytest.mark.parametrize(("median", "likely"), [(167, "days or weeks"), (9, None), (0.8, "years")])
def test_a_median_that_no_cohort_has_is_said(median: float, likely: str | None) -> None:
    found = Cohort(validate(read(f"{HEADER}\nR1,A,{median},1\n")), "t", "").warnings
    assert [likely in text for text in found if likely] == ([True] if likely else [])
    assert bool(found) == bool(likely)


def test_cohort_check_says_that_days_were_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"{HEADER}\nR1,A,167,1\nR2,A,200,0\n")
    assert main(["cohort", "check", str(path)]) == 0
    assert "check the unit" in capsys.readouterr().out
