"""Tables that a spreadsheet shows and never calculates, and that come back as they were."""

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.csv_files import as_text, as_written, read_csv, write_csv

DANGEROUS = tuple("=+-@\t\r")  # OWASP, CSV Injection


@given(st.text(alphabet="'=+-@\t\r\nP1 ", max_size=5))
def test_no_text_begins_like_a_formula_and_every_text_comes_back(cell):
    assert not as_text(cell).startswith(DANGEROUS)
    assert as_written(as_text(cell)) == cell


@given(st.text(alphabet="'=+-@P1", max_size=4), st.text(alphabet="'=+-@P1", max_size=4))
def test_two_texts_stay_two(one, other):
    assert (as_text(one) == as_text(other)) == (one == other)


def test_ids_come_back_from_a_file_and_numbers_stay_numbers(tmp_path):
    ids = ['=HYPERLINK("http://x",1)', "+1", "-3", "@SUM(A1)", "'=1", "007", "NA", "O'Brien", "", "a,b\n=1"]
    table = pd.DataFrame({"patient_id": ids, "age": [-3.2, *[0.1] * 9], "=n": range(-5, 5), "sure": True})
    table["small"] = table["age"].astype("float32")
    path = tmp_path / "qc.csv"
    write_csv(table, path)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["patient_id", "age", "'=n", "sure", "small"]
    assert rows[0] == ["'" + ids[0], "-3.2", "-5", "True", "-3.2"]
    assert not any(row[0].startswith(DANGEROUS) for row in rows)
    back = read_csv(path)
    assert back["patient_id"].tolist() == ids
    assert back["=n"].tolist() == [str(number) for number in range(-5, 5)]


@pytest.mark.parametrize("columns", [["patient_id", "status"], []])
def test_a_table_without_rows(tmp_path, columns):
    write_csv(pd.DataFrame(columns=columns or ["x"]), tmp_path / "x.csv")
    assert list(read_csv(tmp_path / "x.csv")) == (columns or ["x"])


def test_plain_tables_have_the_bytes_of_pandas(tmp_path):
    """So that no run of before is told from one of today by its files."""
    table = pd.DataFrame({"patient_id": ["P1", "P2"], "reason": ["", None], "c": [0.1, float("nan")]})
    write_csv(table, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == table.to_csv(index=False)
