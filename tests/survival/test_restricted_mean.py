import numpy as np
import pytest
from real_groups import REAL_GROUPS
from scipy.special import ndtri

from radsurv.survival.outcome import Outcome
from radsurv.survival.restricted_mean import restricted_mean, restricted_means


@pytest.mark.parametrize("data", REAL_GROUPS)
def test_means_of_survfit(data):
    known = REAL_GROUPS[data]
    outcome, first = known.patients()
    for members, expected in ((first, known.first), (~first, known.second)):
        mean = restricted_mean(outcome.take(np.flatnonzero(members)), known.until)
        assert (mean.mean, mean.standard_error) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("data", REAL_GROUPS)
def test_the_difference_is_that_of_two_independent_means(data):
    known = REAL_GROUPS[data]
    means = restricted_means(*known.patients())
    margin = ndtri(0.975) * np.hypot(known.first[1], known.second[1])
    assert means.until == known.until
    assert means.difference == pytest.approx(known.second[0] - known.first[0], rel=1e-10)
    assert (means.high - means.difference, means.difference - means.low) == pytest.approx((margin, margin), rel=1e-12)


def test_without_censoring_it_is_the_mean_of_the_times_cut_off():
    time = np.random.default_rng(0).exponential(10, 50)
    found = restricted_mean(Outcome(time, np.ones(50, dtype=bool)), 12.0)
    cut = np.minimum(time, 12.0)
    assert (found.mean, found.standard_error) == pytest.approx((cut.mean(), cut.std() / np.sqrt(50)), rel=1e-12)


def test_without_events_everybody_lives_until_the_end():
    found = restricted_mean(Outcome(np.array([3.0, 7.0]), np.zeros(2, dtype=bool)), 7.0)
    assert (found.mean, found.standard_error) == (7.0, 0.0)
    assert restricted_mean(Outcome(np.array([9.0]), np.ones(1, dtype=bool)), 7.0).mean == 7.0


def test_one_group_alone_is_nan_with_a_reason():
    means = restricted_means(Outcome(np.array([1.0, 2.0]), np.ones(2, dtype=bool)), np.ones(2, dtype=bool))
    assert np.isnan(means.difference)
    assert means.reason == "all 2 patients are in one group"
