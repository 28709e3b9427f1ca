"""Folds drawn several times."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conf
from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome

OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)


def kfold(**options):
    return conf.scheme("repeated_kfold", **options)


def test_folds_are_stratified_and_drawn_anew_in_each_repeat():
    splits, other = (kfold(n_splits=4, repeats=2).splits(OUTCOME, None, seed) for seed in (0, 1))
    assert np.ptp(splits.tested.astype(int) @ OUTCOME.event) <= 1
    assert np.ptp(splits.tested.sum(axis=1)) <= 1
    assert not np.array_equal(splits.tested[:4], splits.tested[4:])
    assert not np.array_equal(splits.tested, other.tested)


@given(
    event=st.lists(st.booleans(), min_size=5, max_size=40),
    n_splits=st.integers(2, 5),
    repeats=st.integers(1, 3),
    seed=st.integers(0, 2**40),
)
def test_everybody_once_per_repeat_and_never_by_their_own_model(event, n_splits, repeats, seed):
    outcome = Outcome(np.arange(1.0, 1 + len(event)), np.array(event))
    splits = kfold(n_splits=n_splits, repeats=repeats).splits(outcome, None, seed)
    assert np.array_equal(splits.weights, ~splits.tested)
    for repeat in range(repeats):
        own = splits.repeat == repeat
        assert splits.fold[own].tolist() == list(range(n_splits))
        assert (splits.tested[own].sum(axis=0) == 1).all()
        assert np.ptp(splits.tested[own].astype(int) @ outcome.event) <= 1
        assert np.ptp(splits.tested[own].sum(axis=1)) <= 1


def test_more_repeats_leave_the_first_as_they_were():
    two, three = (kfold(n_splits=4, repeats=repeats).splits(OUTCOME, None, 3) for repeats in (2, 3))
    assert np.array_equal(two.tested, three.tested[:8])


def test_more_folds_than_patients():
    with pytest.raises(ConfigError, match="n_splits=24: there are 23 patients"):
        kfold(n_splits=24).splits(OUTCOME, None, 0)


def test_what_is_said_of_it():
    assert kfold(n_splits=5, repeats=5).describe(25) == "5-fold, 5 times"
    assert kfold(n_splits=5, repeats=1).describe(None) == "5-fold"
    assert not kfold().biased
    assert kfold().given_inner_folds is None
