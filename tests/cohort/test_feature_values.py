import numpy as np
import pandas as pd
import pytest

from radsurv.cohort.feature_values import FeatureValues
from radsurv.cohort.missing import MissingWords
from radsurv.errors import TableFaults


def values(**columns):
    cells = pd.DataFrame(columns, dtype=object)
    cells.index = [f"line {row}" for row in range(2, len(cells) + 2)]
    ids = pd.Series([f"P{row}" for row in range(len(cells))], index=cells.index)
    return FeatureValues(cells, MissingWords()), ids


@pytest.mark.parametrize(
    "cells",
    [["t1.nii", "t2.nii"], ["v3.0.1", "3.0.1"], ["(1.0, 2.0)", "(256, 256, 25)"], ["{}", "{}"], ["NA", "dead"], ["a3f", ""],
     ["2004-08-26", ""], ["1.3.6.1.4", "1.3.6.1.5"]],
)  # fmt: skip
def test_a_column_is_text_where_no_cell_is_or_could_be_a_number(cells):
    assert values(a=cells)[0].texts == {"a"}


@pytest.mark.parametrize(
    "cells", [["1", "high"], ["26,4", "text"], ["text", ">90"], ["1_000", "1_001"], ["5 mm", "6 mm"], ["1 000", "2"]]
)
def test_a_column_with_a_number_that_is_written_in_another_way_is_at_fault(cells, tmp_path):
    read, ids = values(a=cells)
    assert not read.texts
    with pytest.raises(TableFaults, match="'a' is "):
        read.table(["a"], ids, tmp_path)


def test_an_empty_column_is_one_of_numbers():
    read, _ = values(a=["", "NA"])
    assert not read.texts
    assert np.isnan(read.numbers["a"]).all()


def test_every_faulty_column_is_in_the_one_message(tmp_path):
    comma = {f"c{number}": ["1,5", "2,5", "3"] for number in range(9)}
    read, ids = values(
        high=["1", "2", "high"],
        far=["1", "inf", "-inf"],
        huge=["1", "2", "3e200"],
        tiny=["0", "1e-170", "0"],
        good="123",
        **comma,
    )
    with pytest.raises(TableFaults) as caught:
        read.table([*read.numbers], ids, tmp_path / "f.csv")
    assert str(caught.value) == (
        f"{tmp_path / 'f.csv'}: 13 columns cannot be features: line 4: 'high' is 'high'; expected a number, or nothing; 'far' is"
        " infinite for patient 'P1' (1 more such cell); expected a number, or nothing where it cannot be computed; the largest value"
        " of 'huge' is 3e+200 in size (patient 'P2'); expected 1e-100 to 1e+100, whose squares are numbers: give it in another"
        " unit; the largest value of 'tiny' is 1e-170 in size (patient 'P1'); expected 1e-100 to 1e+100, whose squares are"
        " numbers: give it in another unit; line 2: 'c0' is '1,5' (a decimal comma: write a point) (1 more such cell); expected a"
        " number, or nothing; likewise 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'; correct what is no number, or say which"
        " columns are features with 'cohort.feature_columns=[PATTERN]'"
    )
    assert [fault.column for fault in caught.value.faults] == ["high", "far", "huge", "tiny", *comma]
    assert [fault.patient_id for fault in caught.value.faults][:4] == ["P2", "P1", "P2", "P1"]
