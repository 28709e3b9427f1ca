"""Who is analysed, in one order."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import check_outcome
from radsurv.validation.patients import Patients, patients_of

TABLE = pd.DataFrame({"patient_id": ["c", "a", "b"], "x": [1, 2, 3], "y": np.array([0.5, np.nan, 1], np.float32)})
COHORT = pd.DataFrame(
    {
        "patient_id": ["a", "b", "c", "d"],
        "time": [10.0, 20.0, 30.0, 40.0],
        "event": [1, 0, 1, 1],
        "site": ["s", None, "t", "t"],
    },
    index=[7, 8, 9, 10],
)


def test_the_order_is_that_of_the_features():
    found = patients_of(TABLE, COHORT)
    assert found.ids == ("c", "a", "b")
    assert found.names == ("x", "y")
    assert found.outcome.time.tolist() == [30, 10, 20]
    assert found.outcome.event.tolist() == [True, True, False]
    assert found.sites[:2] == ["t", "s"]
    assert len(found) == 3
    assert found.measured.values.dtype == np.float64
    np.testing.assert_array_equal(found.measured.values, [[1, 0.5], [2, np.nan], [3, 1]])


def test_nothing_of_the_outcome_is_measured():
    found = patients_of(TABLE, COHORT)
    assert list(found.measured.cohort) == ["site"]
    assert found.measured.cohort.index.tolist() == [0, 1, 2]


def test_without_sites():
    assert patients_of(TABLE, COHORT.drop(columns="site")).sites is None


def test_a_patient_without_follow_up_is_named():
    with pytest.raises(TrainingSetError, match="1 patients of the feature table have no follow-up, the first is c"):
        patients_of(TABLE, COHORT[COHORT["patient_id"] != "c"])


def test_follow_up_that_is_none():
    with pytest.raises(TrainingSetError, match=r"time of row 1 is 0\.0"):
        patients_of(TABLE, COHORT.assign(time=[0.0, 20.0, 30.0, 40.0]))


def test_what_is_learned_from_never_has_a_cause_of_the_event():
    found = patients_of(TABLE, COHORT.assign(event_cause=[0, 1, 2, 0]))
    assert not {"time", "event", "event_cause"} & set(found.measured.cohort)


def test_another_outcome_leaves_what_was_sorted():
    patients = toys.cohort()
    other = check_outcome(patients.outcome.time[::-1], patients.outcome.event)
    before = patients.given(other)
    ranked = patients.ranked
    after = patients.given(other)
    assert after.ranked is ranked
    assert np.array_equal(before.ranked.order, ranked.order)
    assert after.outcome is other
    assert patients.outcome is not other


def test_a_part_of_the_features_with_their_readings():
    patients = toys.cohort()
    _ = patients.ranked
    few = patients.among(["feature 11", "feature 4", "feature 0"])
    assert few.names == ("feature 11", "feature 4", "feature 0")
    assert np.array_equal(few.measured.values, patients.measured.values[:, [11, 4, 0]])
    assert np.array_equal(few.ranked.values, few.measured.values.T)  # not those of all features
    assert few.readings.columns.tolist() == [1, 2]
    assert np.array_equal(few.readings.values, patients.readings.values[:, :, [4, 0]])
    assert few.outcome is patients.outcome


def test_parts_that_do_not_fit_together_are_a_mistake():
    patients = toys.cohort()
    for wrong in (
        {"ids": patients.ids[:-1]},
        {"outcome": patients.outcome.take(np.arange(3))},
        {"measured": patients.measured.take(np.arange(3))},
        {"readings": patients.readings.take(np.arange(3))},
        {"readings": patients.readings.of(patients.names[::-1])},
    ):
        with pytest.raises(AssertionError):
            replace(patients, **wrong)
    assert isinstance(replace(patients, readings=None), Patients)
