import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.survival.absolute_deviation import median_absolute_deviation, varies
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets


def brute_force(values):
    return np.median(np.abs(values - np.median(values, axis=0)), axis=0)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_equal_to_the_last_bit_in_any_training_set(data, cohorts, multiplicities):
    table, outcome = data.draw(cohorts(max_patients=10))
    leave_one_out = 1 - np.eye(len(outcome), dtype=int)
    for weights in (data.draw(multiplicities(len(outcome))), leave_one_out, leave_one_out[::-1]):
        sets = training_sets(weights)
        found = median_absolute_deviation(rank_table(table), sets)
        for which in range(len(sets)):
            assert np.array_equal(found[which], brute_force(table[sets.rows(which)]))


def test_the_values_of_r(reference):
    n_patients = len(reference.outcome)
    ranked = rank_table(reference.table)
    left_out = median_absolute_deviation(ranked, training_sets(1 - np.eye(n_patients, dtype=int)))
    assert np.array_equal(left_out > 0, reference.golden["loo_step1"])
    assert np.array_equal(left_out[0], reference.golden["fold0_mad"])
    full = median_absolute_deviation(ranked, training_sets(np.ones((1, n_patients), dtype=int)))
    assert np.array_equal(full[0], reference.golden["full_mad"])


def test_a_median_beyond_the_largest_number():
    """Which is infinite, and so is the distance of everybody from it."""
    for sign in (1, -1):
        table = rank_table(sign * np.array([[1.2e308, 1e308], [1.1e308, 1e308], [1e308, 1e308], [9e307, 1e308]]))
        found = median_absolute_deviation(table, training_sets(np.ones((1, 4), dtype=int)))
        assert found.tolist() == [[np.inf, np.inf]]


def test_without_a_threshold_whatever_varies_among_the_members():
    """A rare label has MAD 0 and stays; a set that holds one label alone does not see it vary."""
    table = rank_table(np.array([[0.0, 5.0, 1.0], [0.0, 5.0, 2.0], [0.0, 5.0, 3.0], [1.0, 5.0, 4.0]]))
    sets = training_sets(np.array([[1, 1, 1, 1], [1, 1, 2, 0], [0, 0, 0, 3]]))
    assert varies(table, sets).tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert median_absolute_deviation(table, sets)[0].tolist() == [0, 0, 1]
