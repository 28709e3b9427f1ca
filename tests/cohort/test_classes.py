import numpy as np
import pandas as pd

from radsurv.cohort.classes import is_class, rare_class_warnings


def frame(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"patient_id": [f"P{i}" for i in range(n)], **columns})


def test_what_is_a_class():
    assert is_class(pd.Series(["a", "b", "c"]))
    assert is_class(pd.Series([0.0, 1.0, np.nan]))
    assert not is_class(pd.Series([1.0, 2.0, 3.0]))


def test_one_line_per_patient_of_a_rare_class():
    table = frame(sex=["M"] * 5 + ["F"] * 2, grade=[2.0] * 6 + [3.0], age=np.arange(7.0))
    assert rare_class_warnings(table, []) == [("P5", "sex=F has only 2 patients"), ("P6", "sex=F has only 2 patients")]
    assert ("P6", "grade=3 has only 1 patient") in rare_class_warnings(table, ["grade", "age"])
    assert len(rare_class_warnings(table, ["sex", "age"])) == 2


def test_many_rare_sites_make_one_line():
    table = frame(site=["A"] * 5 + [f"S{n}" for n in range(6)])
    assert rare_class_warnings(table, []) == [("P5", "site has 6 classes of 2 patients or fewer (6 patients)")]


def test_missing_values_are_no_class():
    assert rare_class_warnings(frame(sex=["M", "M", "M", None]), []) == []
