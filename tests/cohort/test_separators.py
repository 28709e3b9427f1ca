import pytest

from radsurv.cohort.delimited import read_text_table
from radsurv.cohort.separators import SEPARATORS, separated
from radsurv.errors import CohortError


@pytest.mark.parametrize("mark", SEPARATORS)
def test_the_separator_is_the_one_that_makes_rows_as_long_as_the_header(mark, tmp_path):
    lines = (
        [f"id{mark}a, b; c\n", f'P1{mark}"1{mark}2"\n']
        if mark not in ",;"
        else [f"id{mark}a\n", f'P1{mark}"1{mark}2"\n']
    )
    found, rows = separated(tmp_path, lines, above=3)
    assert found == mark
    assert rows == {"header": lines[0].strip().split(mark), "line 5": ["P1", f"1{mark}2"]}


@pytest.mark.parametrize("mark", ";\t|")
def test_a_table_is_read_with_it_only_where_that_was_asked_for(mark, tmp_path):
    (tmp_path / "f.csv").write_text(f"patient_id{mark}a\nP1{mark}2\n")
    read = read_text_table(tmp_path / "f.csv", any_separator=True)
    assert read.to_dict("index") == {"line 2": {"patient_id": "P1", "a": "2"}}
    if mark != "|":
        with pytest.raises(CohortError, match="separated by semicolons or tabs"):
            read_text_table(tmp_path / "f.csv")


def test_one_column_has_no_separator(tmp_path):
    with pytest.raises(CohortError, match="its header is 'patient_id'; expected several columns"):
        separated(tmp_path, ["patient_id\n", "P1\n"])
