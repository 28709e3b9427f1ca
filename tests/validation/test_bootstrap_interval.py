"""Percentile limits from resampled patients."""

import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.validation.bootstrap_interval import BOOTSTRAP, bootstrap_interval


def cohort(n_patients: int, strength: float, seed: int = 0) -> tuple[Outcome, np.ndarray]:
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n_patients)
    time = generator.exponential(20 * np.exp(-strength * score)) + 0.01
    return check_outcome(time, generator.random(n_patients) < 0.8), score


def test_limits_are_quantiles_of_scikit_survivals_c_and_of_the_hazard_ratio():
    outcome, score = cohort(40, 1.0)
    found = bootstrap_interval(outcome, score, score > 0, seed=7)
    generator = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(BOOTSTRAP,)))
    c_index, ratio = [], []
    for _ in range(1000):
        drawn = generator.integers(40, size=40)
        c_index.append(concordance_index_censored(outcome.event[drawn], outcome.time[drawn], score[drawn])[0])
        ratio.append(hazard_ratio(outcome.take(drawn), score[drawn] > 0).ratio)
    limits = [*np.quantile(c_index, [0.025, 0.975]), *np.nanquantile(ratio, [0.025, 0.975])]
    np.testing.assert_allclose(list(found.values.values()), limits, rtol=1e-9)
    assert list(found.values) == ["harrell_c_low", "harrell_c_high", "hazard_ratio_bootstrap_low",
                                  "hazard_ratio_bootstrap_high"]  # fmt: skip
    assert found.reasons == {}


def test_same_seed_same_limits_another_seed_others():
    outcome, score = cohort(30, 0.5)
    first, again, other = (bootstrap_interval(outcome, score, score > 0, seed).values for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.slow
def test_limits_cover_the_truth_as_often_as_they_say():
    # Independent patients and a fixed score: C is 0.5 without an effect. At a rate of .05, 6 misses or
    # more in 30 cohorts have probability .003.
    misses = 0
    for seed in range(30):
        outcome, score = cohort(60, 0.0, seed)
        limits = bootstrap_interval(outcome, score, score > 0, seed).values
        misses += not limits["harrell_c_low"] <= 0.5 <= limits["harrell_c_high"]
    assert misses <= 5


@pytest.mark.parametrize("short", [np.zeros(20, bool), np.arange(20) == 0], ids=["one group", "a group of one"])
def test_groups_that_the_draws_lose_have_no_limits(short):
    outcome, score = cohort(20, 1.0)
    found = bootstrap_interval(outcome, score, short, seed=0)
    assert np.isnan(found.values["hazard_ratio_bootstrap_low"])
    assert found.reasons["hazard_ratio_bootstrap_high"].endswith("of 1000 bootstrap samples give no value")
    assert 0 <= found.values["harrell_c_low"] < found.values["harrell_c_high"] <= 1


def test_one_event_and_perfect_scores():
    censored = check_outcome(np.arange(1, 13), np.arange(12) == 5)
    assert set(bootstrap_interval(censored, np.arange(12.0), np.arange(12) > 5, 0).reasons) == {
        "harrell_c_low", "harrell_c_high", "hazard_ratio_bootstrap_low", "hazard_ratio_bootstrap_high",
    }  # fmt: skip
    outcome = check_outcome(np.arange(1, 13), np.ones(12))
    found = bootstrap_interval(outcome, -outcome.time, outcome.time <= 6, 0)
    assert (found.values["harrell_c_low"], found.values["harrell_c_high"]) == (1, 1)
