"""Agreement of readings against pingouin, in every training set."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from radsurv.features.readings import Readings
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction_step import Screened
from radsurv.survival.steps.icc import ReadingAgreement
from radsurv.survival.training_sets import training_sets

STEP = ReadingAgreement(0.75)


@pytest.fixture(scope="module")
def readings():
    """Three readings of four features of ten patients, the less alike the further right; the first column has none."""
    generator = np.random.default_rng(3)
    truth = generator.normal(size=(10, 4))
    values = truth + np.array([0.05, 0.3, 0.6, 3.0]) * generator.normal(size=(3, 10, 4))
    return Readings(["age", "a", "b", "c", "d"], np.arange(1, 5), values)


def screened(readings, sets, features):
    table = np.column_stack([np.arange(10.0), np.zeros((10, 4)) if readings is None else readings.values[0]])
    return Screened(rank_table(table), sets, readings, features)


def by_pingouin(values):
    """ICC(2,1) of one feature, (reading, patient)."""
    reading, patient = np.indices(values.shape)
    table = pd.DataFrame({"reading": reading.ravel(), "patient": patient.ravel(), "value": values.ravel()})
    found = pingouin.intraclass_corr(table, "patient", "reading", "value").set_index("Type")
    return found.loc["ICC(A,1)", "ICC"]


def test_scores_are_those_of_pingouin(readings):
    sets = training_sets(np.vstack([np.ones(10, dtype=int), 1 - np.eye(10, dtype=int)[[2, 7]]]))
    scores = STEP.scores(screened(readings, sets, np.arange(5)))
    assert np.isinf(scores[:, 0]).all(), "a feature without further readings does not hang on the outline"
    for which in range(3):
        rows = sets.rows(which)
        expected = [by_pingouin(readings.values[:, rows, feature]) for feature in range(4)]
        assert scores[which, 1:] == pytest.approx(expected, rel=1e-9)
    assert STEP.passes(scores)[:, [1, 4]].tolist() == [[True, False]] * 3


def test_scores_are_of_the_features_that_are_asked_for(readings):
    sets = training_sets(np.ones((1, 10), dtype=int))
    everything = STEP.scores(screened(readings, sets, np.arange(5)))
    assert np.array_equal(STEP.scores(screened(readings, sets, np.array([0, 3]))), everything[:, [0, 3]])


def test_without_readings_everything_stays():
    sets = training_sets(np.ones((2, 10), dtype=int))
    scores = STEP.scores(screened(None, sets, np.arange(5)))
    assert scores.shape == (2, 5)
    assert STEP.passes(scores).all()


def test_at_least_the_threshold():
    assert STEP.passes(np.array([0.76, 0.75, np.nextafter(0.75, 0), -0.2, np.nan])).tolist() == [
        *(True, True, False, False, False)
    ]


def test_in_words():
    assert STEP.describe() == "ICC ≥ 0.75"
    assert ReadingAgreement.loosest([0.9, 0.75, 0.8]) == 0.75
