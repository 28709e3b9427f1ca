"""The median of the training set, and nothing else, takes the place of a missing value."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from radsurv.errors import ConfigError, TrainingSetError
from radsurv.survival.measurements import Measurements
from radsurv.survival.transforms.imputation import Imputation

NAMES = ("shape_Volume", "glcm_Energy", "vgg19_fc1_0000")
TABLES = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.just(3)),
    elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, allow_nan=False)),
)  # fmt: skip


def imputation(*indicator: str) -> Imputation:
    return Imputation(name="imputation", statistic="median", indicator=list(indicator))


def measured(values) -> Measurements:
    values = np.asarray(values, dtype=float)
    return Measurements(values, NAMES[: values.shape[1]], pd.DataFrame(index=range(len(values))))


def test_the_median_of_those_who_have_a_value():
    members = measured([[1, np.nan, 5], [np.nan, np.nan, 7], [4, np.nan, np.nan], [2, np.nan, 8]])
    fitted = imputation().fit(members)
    assert fitted.apply(members).values.tolist() == [[1, 0, 5], [2, 0, 7], [4, 0, 7], [2, 0, 8]]
    assert fitted.apply(measured([[np.nan, 9, np.nan]])).values.tolist() == [[2, 9, 7]]


@settings(max_examples=100, deadline=None)
@given(values=TABLES)
def test_equal_to_nanmedian(values):
    there = ~np.isnan(values).all(axis=0)
    fitted = imputation().fit(measured(values))
    expected = np.zeros(3)
    expected[there] = np.nanmedian(values[:, there], axis=0)
    assert list(fitted.medians.values()) == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(values=TABLES, data=st.data())
def test_members_count_as_often_as_they_come_and_order_is_nothing(values, data):
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)).filter(any))
    rows = np.repeat(np.arange(len(values)), times)
    shuffled = data.draw(st.permutations(list(rows)))
    fitted = imputation().fit(measured(values).take(np.array(shuffled)))
    assert fitted == imputation().fit(measured(values[rows]))


def test_indicators_hang_on_names_alone():
    steps = imputation("*_fc1_*", "shape_*")
    complete, gaps = measured([[1, 2, 3], [4, 5, 6]]), measured([[np.nan, 2, 3], [4, np.nan, np.nan]])
    expected = (*NAMES, "shape_Volume_missing", "vgg19_fc1_0000_missing")
    for members in (complete, gaps):
        applied = steps.fit(members).apply(gaps)
        assert applied.names == steps.names_out(NAMES) == expected
        assert applied.values[:, 3:].tolist() == [[1, 0], [0, 1]]


def test_a_pattern_that_matches_no_feature_of_the_run_is_refused():
    imputation("shape_*", "*Energy").check_names(NAMES)
    with pytest.raises(ConfigError, match=r"'Shape_\*' matches none of the 3 features, such as .*upper and lower case"):
        imputation("shape_*", "Shape_*").check_names(NAMES)


def test_an_indicator_with_the_name_of_a_feature():
    with pytest.raises(ConfigError, match="glcm_Energy_missing of its own"):
        imputation("glcm_*").names_out((*NAMES, "glcm_Energy_missing"))


def test_infinite_values_are_refused_by_name():
    sick = measured([[1, np.inf, 3], [1, -np.inf, 3]])
    with pytest.raises(TrainingSetError, match="2 of 2 values of feature glcm_Energy are infinite"):
        imputation().fit(sick)
    with pytest.raises(TrainingSetError, match="2 of 2 values of feature glcm_Energy are infinite"):
        imputation().fit(measured([[1, 2, 3]])).apply(sick)


def test_other_features_than_in_training():
    with pytest.raises(ValueError, match="3 medians"):
        imputation().fit(measured([[1, 2, 3]])).apply(measured([[1, 2]]))


@settings(max_examples=60, deadline=None)
@given(values=TABLES)
def test_written_and_read_back(values):
    options, members = imputation("shape_*"), measured(values)
    fitted = options.fit(members)
    again = options.read(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    assert again == fitted
    assert np.array_equal(again.apply(members).values, fitted.apply(members).values)


@pytest.mark.parametrize(
    "stored",
    [{}, {"names": ["a"], "medians": [], "indicators": []}, {"names": ["a"], "medians": [1], "indicators": ["b"]}],
)
def test_anything_else_is_not_read(stored):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and our own
        imputation().read(stored)


def test_nobody_passes_and_it_says_what_it_does():
    options = imputation("shape_*")
    assert options.fit(measured([[1, 2, 3]])).passed(measured([[np.nan, 2, 3]])).tolist() == [False]
    assert options.needs() == ()
    assert options.told_of_passed(0, 50) == ""
    assert options.describe() == "missing values: median of the training set, indicators for shape_*"
    with pytest.raises(ValidationError):
        Imputation.model_validate({"name": "imputation"})
