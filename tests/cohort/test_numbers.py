import pandas as pd
import pytest

from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import are_no_labels, comma_in, faults_among_numbers, finite_number

NO_VALUE = MissingWords()


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1", 1.0), ("-2.5e1", -25.0), ("", None), ("inf", None), ("nan", None), ("1_0", None), ("1,5", None)],
)
def test_numbers(cell, value):
    assert finite_number(cell) == value


@pytest.mark.parametrize("cell", ["26,4", "-0,5", "1.234,56", "0,123", "1234,567"])
def test_decimal_commas(cell):
    assert comma_in(cell) == "a decimal comma: write a point"


@pytest.mark.parametrize("cell", ["1,000", "12,345,678", "1,000.5"])
def test_commas_that_may_part_thousands(cell):
    assert "for thousands nothing" in comma_in(cell)


@pytest.mark.parametrize("cell", ["1.5", "1,2,3", "a,b", "1,", "12"])
def test_other_cells(cell):
    assert comma_in(cell) is None


@pytest.mark.parametrize("fault", ["n.d.", "26,4", ">90", "61 years", "12 mm", "x"])
def test_a_column_of_numbers_with_a_fault(fault):
    cells = pd.Series(["1.5", "2", "3", "4", "5", fault, "", "[Not Available]"])
    assert faults_among_numbers(cells, NO_VALUE).to_dict() == {5: fault}


@pytest.mark.parametrize("cells", [["26,4", "3,9", "0,6"], [">90", "61 years", "5"], ["1,000", "2,000", "900"]])
def test_numbers_that_are_written_in_another_way_are_numbers(cells):
    found = faults_among_numbers(pd.Series(cells), NO_VALUE)
    assert found.tolist() == [cell for cell in cells if finite_number(cell) is None]


@pytest.mark.parametrize("cells", [["1", "2", "3a", "3b"], ["G1", "G2", "G3"], ["1", "2", "3", "a"], ["yes", "no"]])
def test_labels_are_no_numbers(cells):
    """Below four fifths."""
    assert faults_among_numbers(pd.Series(cells), NO_VALUE) is None


def test_numbers_alone_have_no_faults():
    assert faults_among_numbers(pd.Series(["1", "", "NA", "2"]), NO_VALUE).empty
    assert faults_among_numbers(pd.Series(["", "NA"]), NO_VALUE).empty


def test_dates_are_no_labels_and_sites_are():
    assert are_no_labels(pd.Series([f"2020-01-{day:02d}" for day in range(1, 13)]), NO_VALUE)
    assert not are_no_labels(pd.Series(["CS", "DU", "FG", "HT", "EZ", "QW", "RT", "AB", "AC", "AD", "AE"]), NO_VALUE)
    assert not are_no_labels(pd.Series(["G1", "G2", "G3"] * 8), NO_VALUE)
    assert not are_no_labels(pd.Series(["", "NA"]), NO_VALUE)
