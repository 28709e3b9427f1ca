from pathlib import Path

import pandas as pd

from radsurv.cohort.faults import quoted, table_error, unknown_name


def test_a_long_list_is_cut_and_counted():
    assert str(table_error(Path("t.csv"), ["one"])) == "t.csv: one"
    faults = [str(number) for number in range(7)]
    assert str(table_error(Path("t.csv"), faults)) == "t.csv: 0; 1; 2; 3; 4; and 2 more such faults"
    assert str(table_error(Path("t.csv"), faults[:6])).endswith("; and 1 more such fault")


def test_the_nearest_names_come_first_whatever_their_case():
    table = pd.DataFrame(columns=["patient_id", "Age at Diagnosis", "AGE", "sex"])
    assert unknown_name("age", table) == "no column 'age'; nearest: 'AGE'"
    assert unknown_name("age at diagnoses", table).startswith(
        "no column 'age at diagnoses'; nearest: 'Age at Diagnosis'"
    )


def test_without_a_near_name_the_first_ones_are_shown():
    table = pd.DataFrame(columns=[f"x{number}" for number in range(9)])
    assert unknown_name("event", table) == (
        "no column 'event'; the table has 'x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', …"
    )


def test_cells_are_shown_safely():
    assert quoted("") == "empty"
    assert quoted("\x1b[31mred") == "'\\x1b[31mred'"
    assert len(quoted("x" * 500)) == 42
