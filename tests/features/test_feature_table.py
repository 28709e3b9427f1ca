"""The one table: nobody vanishes, nothing appears twice."""

import numpy as np
import pandas as pd
import pytest

from radsurv.errors import CohortError
from radsurv.features.feature_table import complete, from_vectors, join

NAN = np.nan


def table(**columns):
    return pd.DataFrame({"patient_id": ["a", "b", "c", "d"], **columns})


def test_join_keeps_the_order_of_the_cohort_and_who_is_in_all_tables():
    radiomics = table(x=[1.0, 2, 3, 4])
    deep = table(y=[10.0, 20, 30, 40]).iloc[[3, 0, 1]]
    joined = join([radiomics, deep, table()], ["d", "c", "b", "a"])
    assert joined.to_dict("list") == {"patient_id": ["d", "b", "a"], "x": [4, 2, 1], "y": [40, 20, 10]}


def test_join_refuses_a_name_in_two_tables_and_a_table_without_features():
    with pytest.raises(CohortError, match="two tables, for instance x"):
        join([table(x=[1.0] * 4), table(x=[2.0] * 4)], ["a"])
    with pytest.raises(CohortError, match="no features"):
        join([table(), table()], ["a"])


def test_complete_drops_rare_features_first_then_names_the_patients():
    found = complete(table(x=[1, 2, 3, 4.0], often=[1, NAN, NAN, 4], once=[NAN, 1, 1, 1]), max_missing=0.3)
    assert found.dropped_features == ["often"]
    assert found.incomplete_patients == {"a": "1 of 2 features could not be computed, for instance once"}
    assert found.table.to_dict("list") == {"patient_id": ["b", "c", "d"], "x": [2, 3, 4], "once": [1, 1, 1]}


def test_from_vectors_without_patients_still_has_its_columns():
    assert list(from_vectors({}, ["x", "y"]).columns) == ["patient_id", "x", "y"]
    assert from_vectors({"a": np.array([1.0, 2.0])}, ["x", "y"]).values.tolist() == [["a", 1.0, 2.0]]
