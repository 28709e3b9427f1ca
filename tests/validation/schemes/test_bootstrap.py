"""Bootstrap samples, and who is outside of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome

OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)


def bootstrap(resamples):
    return conf.scheme("bootstrap", resamples=resamples)


def test_samples_are_as_large_as_the_cohort_and_judged_by_those_outside():
    splits = bootstrap(100).splits(OUTCOME, None, 0)
    assert splits.weights.shape == (100, 23)
    assert (splits.weights.sum(axis=1) == 23).all()
    assert np.array_equal(splits.tested, splits.weights == 0)
    assert splits.tested.any(axis=0).all()
    assert splits.tested.mean() == pytest.approx(np.exp(-1), abs=0.02)
    assert splits.fold.tolist() == list(range(100))
    assert not splits.repeat.any()


def test_samples_hang_on_the_seed():
    one, again, other = (bootstrap(20).splits(OUTCOME, None, seed).weights for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_rare_events_are_in_every_sample():
    rare = Outcome(np.arange(1.0, 31.0), np.isin(np.arange(30), [4, 9]))
    assert bootstrap(60).splits(rare, None, 0).weights[:, rare.event].any(axis=1).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**64 - 1))
def test_the_fewest_samples_serve_a_small_cohort_whatever_the_seed(seed):
    """A fifth of all draws of ten samples has somebody in each of them; a permutation test draws a thousand times."""
    splits = bootstrap(10).splits(OUTCOME, None, seed)
    assert splits.tested.any(axis=0).all()


def test_too_few_samples_for_a_large_cohort():
    many = Outcome(np.arange(1.0, 2001.0), np.ones(2000, dtype=bool))
    with pytest.raises(ConfigError, match=r"validation.resamples=10: .* patients are in every sample"):
        bootstrap(10).splits(many, None, 0)


def test_what_is_said_of_it():
    assert bootstrap(1000).describe(1000) == "bootstrap, 1,000 samples"
    assert "bootstrap samples that missed them" in bootstrap(10).not_independent
