"""The permutation test, on analyses whose answer is known, and on the pipeline."""

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from radsurv.errors import TrainingSetError
from radsurv.survival.group_comparison import log_rank
from radsurv.survival.outcome import check_outcome
from radsurv.validation.permutation import permutation_p, permutation_test, shuffled

NEVER = 10**6


@pytest.fixture
def outcome():
    generator = np.random.default_rng(3)
    return check_outcome(np.arange(1.0, 41.0), generator.random(40) < 0.8)


def by_rank(marker):
    """Analysis that correlates a marker with early death; draws nothing."""
    return lambda outcome, seed: np.array([-float(np.dot(marker, outcome.time)), float(np.dot(marker, outcome.event))])


def test_p_is_the_share_of_all_permutations():
    """Five patients: the sampled P approaches that of the 120 permutations there are."""
    time, marker = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 3.0, 0.5, 0.2, 0.1])
    outcome = check_outcome(time, np.ones(5))
    analysis = by_rank(marker)
    observed = analysis(outcome, 0)
    every = [-np.dot(marker, time[list(order)]) for order in itertools.permutations(range(5))]
    exact = np.mean(np.array(every) >= observed[0] - 1e-9)
    test = permutation_test(analysis, outcome, observed, permutations=2000, stop_after=NEVER, seed=1)
    found = test.results[0]
    assert found.low <= exact <= found.high
    assert found.p == pytest.approx((1 + found.exceeding) / 2001, abs=0)
    assert found.exceeding == np.count_nonzero(test.repetitions[:, 0] >= observed[0] - 1e-9)
    # A statistic that permuting cannot change is reached every time.
    constant = permutation_test(
        lambda shuffled, seed: np.array([float(shuffled.event.sum())]), outcome, np.array([5.0]),
        permutations=30, stop_after=NEVER, seed=1,
    )  # fmt: skip
    assert (constant.results[0].p, constant.results[0].high) == (1.0, 1.0)


@given(
    reached=st.lists(st.booleans(), min_size=1, max_size=60),
    stop_after=st.integers(1, 8),
)
def test_stopping_rule_is_that_of_besag_and_clifford(reached, stop_after):
    found = permutation_p(0.5, np.array(reached, dtype=float), stop_after)
    h = 0
    for number, hit in enumerate(reached, start=1):
        h += hit
        if h == stop_after:
            assert (found.p, found.count, found.exceeding) == (h / number, number, h)
            return
    assert (found.p, found.count, found.exceeding) == ((1 + h) / (1 + len(reached)), len(reached), h)


@pytest.mark.parametrize(("stop_after", "n"), [(3, 40), (5, 99), (NEVER, 19)])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_p_is_valid_whatever_the_stopping_rule(stop_after, n, level):
    """Exact: with u uniform, each repetition reaches the observed value with probability u."""
    uniform = (np.arange(4000) + 0.5) / 4000
    size = np.zeros_like(uniform)
    for g in range(min(stop_after, n + 1)):
        if (1 + g) / (1 + n) <= level:
            size += binom.pmf(g, n, uniform)
    for count in range(stop_after, n + 1):
        if stop_after / count <= level:
            size += uniform * binom.pmf(stop_after - 1, count - 1, uniform)
    assert size.mean() <= level + 1e-6


def test_interval_without_a_stop_is_clopper_pearsons():
    found = permutation_p(1.0, np.r_[np.ones(7), np.zeros(93)], NEVER)
    theirs = binomtest(7, 100).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert permutation_p(1.0, np.zeros(100), NEVER).low == 0


def test_interval_of_a_stopped_sequence_is_that_of_the_waiting_time():
    """At its limits, waiting as long (as short) has a probability of 2.5 %."""
    found = permutation_p(1.0, np.r_[np.tile([0.0, 0, 0, 1], 5)], 5)
    assert found.count == 20
    assert binom.sf(4, 20, found.low) == pytest.approx(0.025)
    assert binom.cdf(4, 19, found.high) == pytest.approx(0.025)


def test_a_tie_up_to_rounding_is_reached():
    assert permutation_p(0.1 + 0.2, np.array([0.3] * 19), NEVER).exceeding == 19


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), stop_after=st.sampled_from([2, 7, NEVER]))
def test_any_number_of_workers_gives_the_same(seed, stop_after):
    generator = np.random.default_rng(seed)
    outcome = check_outcome(generator.integers(1, 9, 12), generator.random(12) < 0.7)
    marker = generator.normal(size=12)

    def analysis(shuffled, drawing):  # one that draws
        return by_rank(marker)(shuffled, 0) + np.random.default_rng(drawing).normal(size=2)

    observed = analysis(outcome, seed)
    options = {"permutations": 30, "stop_after": stop_after, "seed": seed}
    one, two, three = (permutation_test(analysis, outcome, observed, n_jobs=n, **options) for n in (1, 2, 3))
    assert one.results == two.results == three.results
    for other in (two, three):
        assert np.array_equal(one.repetitions, other.repetitions)


def test_sampling_goes_on_until_every_statistic_is_settled(outcome):
    marker = -outcome.time  # as strong as can be for the first statistic, and nothing for the second
    analysis = by_rank(marker)
    test = permutation_test(analysis, outcome, analysis(outcome, 0), permutations=99, stop_after=5, seed=0)
    strong, weak = test.results
    assert (strong.p, strong.count) == (0.01, 99)
    assert (weak.exceeding, weak.count < 99) == (5, True)


def test_no_repetition_is_begun_that_does_not_count(outcome):
    asked = []

    def analysis(shuffled, _):
        asked.append(shuffled)
        return np.zeros(2)

    test = permutation_test(analysis, outcome, np.zeros(2), permutations=1000, stop_after=5, seed=0)
    assert [result.count for result in test.results] == [5, 5]
    assert len(asked) == 5


def test_time_and_event_of_a_patient_stay_together(outcome):
    pairs = sorted(zip(outcome.time, outcome.event, strict=True))
    orders, seeds = set(), set()

    def analysis(shuffled, drawing):
        assert sorted(zip(shuffled.time, shuffled.event, strict=True)) == pairs
        orders.add(tuple(shuffled.time))
        seeds.add(drawing)
        return np.zeros(1)

    permutation_test(analysis, outcome, np.ones(1), permutations=25, stop_after=NEVER, seed=0)
    assert len(orders) == len(seeds) == 25


def test_p_values_of_an_honest_analysis_are_uniform():
    """A log-rank test of a fixed grouping needs no permutation: its permutation P follows it."""
    generator = np.random.default_rng(11)
    outcome = check_outcome(generator.exponential(size=60), generator.random(60) < 0.8)
    short = np.arange(60) < 30
    test = log_rank(outcome, short)

    def analysis(shuffled, drawing):
        return np.array([log_rank(shuffled, short).chi2])

    found = permutation_test(analysis, outcome, np.array([test.chi2]), permutations=400, stop_after=NEVER, seed=0)
    assert found.results[0].p == pytest.approx(test.p, abs=0.08)


def test_a_shuffled_outcome_that_cannot_be_analysed_is_shuffled_again():
    """Leaving the large site out must leave an event: P is the share of the orders in which it does."""
    large = np.arange(6) < 4
    outcome = check_outcome([3, 1, 6, 2, 5, 4], [1, 0, 0, 1, 1, 0])

    asked = []

    def analysis(shuffled, drawing):
        asked.append(shuffled)
        if not shuffled.event[~large].any():
            raise TrainingSetError("nothing to learn from")
        return np.array([-np.dot(shuffled.time, shuffled.event * np.arange(6))])

    every = []
    for order in itertools.permutations(range(6)):
        with contextlib.suppress(TrainingSetError):
            every.append(analysis(outcome.take(np.array(order)), 0)[0])
    assert 0 < len(every) < 720
    observed = analysis(outcome, 0)
    options = {"permutations": 1000, "stop_after": NEVER, "seed": 0}
    asked.clear()
    test = permutation_test(analysis, outcome, observed, **options)
    found = test.results[0]
    assert test.n_refused == len(asked) - 1000 > 0
    assert found.low <= np.mean(np.array(every) >= observed[0] - 1e-9) <= found.high
    assert np.array_equal(
        permutation_test(analysis, outcome, observed, n_jobs=2, **options).repetitions, test.repetitions
    )


def test_an_analysis_that_refuses_every_outcome_ends():
    def analysis(shuffled, drawing):
        raise TrainingSetError("never")

    with pytest.raises(TrainingSetError, match="never"):
        permutation_test(
            analysis, check_outcome([1, 2], [1, 1]), np.zeros(1), permutations=19, stop_after=NEVER, seed=0
        )


SITES = [np.array([0, 3, 4, 9]), np.array([1, 2]), np.array([5, 6, 7, 8, 10, 11])]


@given(seed=st.integers(0, 2**32))
def test_shuffles_stay_inside_of_strata(seed):
    order = shuffled(SITES, np.random.default_rng(seed))
    assert all(set(order[members]) == set(members) for members in SITES)


def test_every_order_inside_of_strata_comes():
    strata = [np.array([0, 2, 4]), np.array([1, 3])]
    generator = np.random.default_rng(0)
    counts = np.unique([shuffled(strata, generator) for _ in range(2400)], axis=0, return_counts=True)[1]
    assert len(counts) == 12
    assert abs(counts - 200).max() < 5 * 200**0.5


@given(seed=st.integers(0, 2**32), n=st.integers(1, 40))
def test_one_stratum_of_everybody_is_the_permutation_that_it_always_was(seed, n):
    order = shuffled([np.arange(n)], np.random.default_rng(seed))
    assert np.array_equal(order, np.random.default_rng(seed).permutation(n))


def test_repetitions_within_strata_hang_on_seed_and_number_alone():
    generator = np.random.default_rng(4)
    outcome = check_outcome(generator.integers(1, 9, 12), generator.random(12) < 0.7)
    analysis = by_rank(generator.normal(size=12))
    observed = analysis(outcome, 0)
    options = {"stop_after": NEVER, "seed": 3, "strata": SITES}
    few = permutation_test(analysis, outcome, observed, permutations=20, n_jobs=1, **options).repetitions
    many = permutation_test(analysis, outcome, observed, permutations=33, n_jobs=3, **options).repetitions
    assert np.array_equal(few, many[:20])
