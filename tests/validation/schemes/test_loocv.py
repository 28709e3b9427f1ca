"""Everybody once, by a model of all others."""

import numpy as np

import conf
from radsurv.survival.outcome import Outcome
from radsurv.validation.splits import Place

OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)


def test_each_set_lacks_one_patient():
    splits = conf.scheme("loocv").splits(OUTCOME, None, 0)
    assert splits.weights.tolist() == (1 - np.eye(23, dtype=int)).tolist()
    assert splits.tested.tolist() == np.eye(23, dtype=bool).tolist()
    assert splits.places == [Place(0, patient) for patient in range(23)]


def test_nothing_is_drawn():
    one, other = (conf.scheme("loocv").splits(OUTCOME, ["a"] * 23, seed) for seed in (0, 1))
    assert np.array_equal(one.weights, other.weights)


def test_what_is_said_of_it():
    scheme = conf.scheme("loocv", inner_folds="folds.csv")
    assert scheme.describe(23) == scheme.describe(None) == "leave-one-out"
    assert scheme.given_inner_folds == "folds.csv"
    assert scheme.biased
    assert "biased downwards" in scheme.caveat
