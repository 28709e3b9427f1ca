"""Columns of the cohort table as columns of a design."""

import numpy as np
import pandas as pd
import pytest

from radsurv.errors import TrainingSetError
from radsurv.survival.protected_covariates import design_columns, labels_of, learn_covariate

COHORT = pd.DataFrame(
    {"age": [40, 50, 60], "sex": ["M", "F", "M"], "grade": [True, False, True], "arm": ["b", "b", "b"]}
)


def test_numbers_are_centred_and_labels_become_columns():
    age, sex, arm = (learn_covariate(COHORT[name]) for name in ("age", "sex", "arm"))
    assert (age.centre, age.levels, sex.levels, arm.levels) == (50.0, None, ("F", "M"), ("b",))
    assert [one.n_columns for one in (age, sex, arm)] == [1, 1, 0]
    assert design_columns([age, sex, arm], COHORT).tolist() == [[-10, 1], [0, 0], [10, 1]]
    assert design_columns([], COHORT).shape == (3, 0)


def test_true_and_false_are_labels():
    assert learn_covariate(COHORT["grade"]).levels == ("False", "True")


def test_one_patient_alone_is_encoded_as_in_company():
    sex = learn_covariate(COHORT["sex"])
    together = sex.columns(COHORT)
    assert np.array_equal(np.vstack([sex.columns(COHORT.iloc[[row]]) for row in range(3)]), together)


def test_a_label_that_no_member_has_is_not_known():
    others = pd.DataFrame({"sex": ["F", "X"], "age": [1.0, 1000.0]})
    assert learn_covariate(COHORT["sex"]).known(others).tolist() == [True, False]
    assert learn_covariate(COHORT["age"]).known(others).tolist() == [True, True]


def test_labels_in_place_of_numbers():
    with pytest.raises(TrainingSetError, match=r"'age' is protected.*cohort\.values\.age"):
        learn_covariate(COHORT["age"]).columns(pd.DataFrame({"age": ["old"]}))


def test_whole_numbers_are_the_same_label_in_any_type():
    assert labels_of(pd.Series([1.0, 2.0])).tolist() == labels_of(pd.Series([1, 2])).tolist() == ["1", "2"]
    assert labels_of(pd.Series([1.5])).tolist() == ["1.5"]
