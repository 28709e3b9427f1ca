import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from radsurv.survival.concordance import concordance
from radsurv.survival.concordance_tree import entries_by_moment, moments
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets

KINDS = ("concordant", "discordant", "tied")


def every_kind_of_set(generator, n_patients):
    """Leave-one-out, 10-fold, bootstrap samples, small subsets, everybody."""
    return np.vstack(
        [
            1 - np.eye(n_patients, dtype=int),
            np.arange(n_patients) % 10 != np.arange(10)[:, None],
            [np.bincount(generator.integers(0, n_patients, n_patients), minlength=n_patients) for _ in range(5)],
            generator.random((5, n_patients)) < 0.1,
            np.ones((1, n_patients), dtype=int),
        ]
    )


@pytest.mark.parametrize("n_patients", [63, 64, 65, 400])
@pytest.mark.parametrize(("n_values", "n_times"), [(2, 5), (30, 40), (10**9, 10**9)])
@pytest.mark.parametrize("share_of_events", [0.0, 0.1, 0.6, 1.0])
def test_equal_to_the_bit_masks(n_patients, n_values, n_times, share_of_events):
    generator = np.random.default_rng([n_patients, n_values, int(10 * share_of_events)])
    table = rank_table(generator.integers(0, n_values, (n_patients, 3)).astype(float))
    time = generator.integers(1, n_times, n_patients).astype(float)
    outcome = Outcome(time, generator.random(n_patients) < share_of_events)
    sets = training_sets(every_kind_of_set(generator, n_patients))
    features = np.array([2, 0])
    tree, bits = (concordance(table, outcome, sets, features, kernel=kernel) for kernel in ("tree", "bits"))
    for kind in KINDS:
        assert np.array_equal(getattr(tree, kind), getattr(bits, kind))


def test_threads_change_nothing():
    generator = np.random.default_rng(8)
    table = rank_table(generator.integers(0, 20, (90, 7)).astype(float))
    outcome = Outcome(generator.integers(1, 50, 90).astype(float), generator.random(90) < 0.5)
    sets = training_sets(every_kind_of_set(generator, 90))
    one, three = (concordance(table, outcome, sets, n_threads=n, kernel="tree") for n in (1, 3))
    for kind in KINDS:
        assert np.array_equal(getattr(one, kind), getattr(three, kind))


def test_20_000_patients():
    # Without ties and censoring C is Kendall's tau of value and time, turned round: C = (1 - tau) / 2.
    n_patients = 20_000
    generator = np.random.default_rng(1)
    outcome = Outcome(generator.permutation(n_patients) + 1.0, np.ones(n_patients, dtype=bool))
    noise = generator.normal(0, 5_000, n_patients)
    table = np.column_stack([-outcome.time, outcome.time, noise - outcome.time, np.ones(n_patients)])
    without_one = np.arange(n_patients) != 77
    sets = training_sets(np.vstack([np.ones(n_patients, dtype=int), without_one]))
    counts = concordance(rank_table(table), outcome, sets)
    for which, size in enumerate((n_patients, n_patients - 1)):
        pairs = size * (size - 1) // 2
        assert counts.concordant[which, [0, 1, 3]].tolist() == [pairs, 0, 0]
        assert counts.discordant[which, [0, 1, 3]].tolist() == [0, pairs, 0]
        assert counts.tied[which].tolist() == [0, 0, 0, pairs]
    for which, rows in enumerate((slice(None), without_one)):
        tau = kendalltau(table[rows, 2], outcome.time[rows]).statistic
        assert counts.index()[which, 2] == pytest.approx((1 - tau) / 2, abs=1e-12)


def test_70_000_patients_have_more_pairs_than_32_bits_hold():
    n_patients = 70_000
    generator = np.random.default_rng(2)
    outcome = Outcome(generator.permutation(n_patients) + 1.0, np.ones(n_patients, dtype=bool))
    table = np.column_stack([-outcome.time, generator.normal(0, n_patients, n_patients) - outcome.time])
    without_one = np.arange(n_patients) != 77
    counts = concordance(rank_table(table), outcome, training_sets(without_one[None].astype(int)))
    pairs = (n_patients - 1) * (n_patients - 2) // 2
    assert counts.concordant[0, 0] == pairs > np.iinfo(np.int32).max
    assert counts.concordant[0, 1] + counts.discordant[0, 1] == pairs
    tau = kendalltau(table[without_one, 1], outcome.time[without_one]).statistic
    assert counts.index()[0, 1] == pytest.approx((1 - tau) / 2, abs=1e-12)


@pytest.mark.parametrize("kernel", ["tree", "bits"])
def test_few_patients_drawn_often_have_more_pairs_than_32_bits_hold(kernel):
    """A pair counts as often as its patients' draws can be paired: by a matrix of all pairs."""
    generator = np.random.default_rng(4)
    values, times = generator.integers(0, 30, 300), generator.integers(1, 60, 300)
    outcome = Outcome(times.astype(float), generator.random(300) < 0.6)
    sets = training_sets(np.vstack([np.full(300, 600), generator.integers(300, 900, 300)]))
    counts = concordance(rank_table(values[:, None].astype(float)), outcome, sets, kernel=kernel)
    censored_then = (times[:, None] == times) & ~outcome.event
    comparable = outcome.event[:, None] & ((times[:, None] < times) | censored_then)
    for which, drawn in enumerate(sets.weights):
        worth = comparable * np.outer(drawn, drawn)
        larger, same = values[:, None] > values, values[:, None] == values
        expected = [int(worth[chosen].sum()) for chosen in (larger, ~larger & ~same, same)]
        assert [getattr(counts, kind)[which, 0] for kind in KINDS] == expected
        assert max(expected) > np.iinfo(np.int32).max


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_moments_tell_who_is_comparable(data, cohorts):
    _, outcome = data.draw(cohorts(min_patients=1))
    time, event = outcome.time, outcome.event
    earlier = time[:, None] < time
    comparable = event[:, None] & (earlier | ((time[:, None] == time) & ~event))
    moment = moments(outcome)
    assert np.array_equal(comparable, event[:, None] & (moment[:, None] > moment))


def test_entries_stay_with_their_set():
    sets = training_sets(np.array([[1, 0, 1, 1, 0, 0], [0, 2, 0, 1, 1, 0]]))
    moment = np.array([3, 0, 4, 1, 2, 5])
    assert sets.entries[entries_by_moment(sets, moment)].tolist() == [3, 0, 2, 1, 3, 4]


def test_entries_are_sorted_by_set_and_moment_and_stay_in_order_where_these_are_the_same():
    generator = np.random.default_rng(5)
    moment = generator.integers(0, 6, 40)
    sets = training_sets(generator.multinomial(40, np.full(40, 1 / 40), size=7))
    of_set = np.repeat(np.arange(7), np.diff(sets.starts))
    expected = sorted(range(len(sets.entries)), key=lambda entry: (of_set[entry], moment[sets.entries[entry]]))
    assert entries_by_moment(sets, moment).tolist() == expected
