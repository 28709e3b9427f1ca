import numpy as np
import pytest

from radsurv.errors import TrainingSetError
from radsurv.survival.training_sets import pack_bits, training_sets


def test_leave_one_out_is_down_dated_with_one_entry_each():
    sets = training_sets(1 - np.eye(5, dtype=int))
    assert sets.from_everybody.all()
    assert sets.entries.tolist() == list(range(5))
    assert sets.rows(2).tolist() == [0, 1, 3, 4]


def test_small_sets_and_repetition_are_built_up():
    sets = training_sets(np.array([[0, 0, 0, 1], [3, 1, 0, 1]]))
    assert not sets.from_everybody.any()
    assert sets.rows(1).tolist() == [0, 0, 0, 1, 3]
    assert sets.amounts.tolist() == [1, 3, 1, 1]


def test_bits_cross_words():
    members = np.zeros(130, dtype=bool)
    members[[0, 63, 64, 129]] = True
    assert pack_bits(members).tolist() == [1 | 1 << 63, 1, 2]


@pytest.mark.parametrize(
    ("weights", "counter"),
    [
        ([[65_534, 1]], np.int32),
        ([[65_535, 1]], np.int64),
        ([[1, 1], [65_535, 1]], np.int64),
        ([[1, *[0] * 65_534]], np.int32),
        ([[1, *[0] * 65_535]], np.int64),  # counted down from everybody
    ],
)
def test_counters_hold_the_pairs_of_the_largest_set(weights, counter):
    sets = training_sets(np.array(weights))
    assert sets.counter == counter
    largest = max(int(np.sum(weights, axis=1).max()), sets.n_patients)
    assert largest * (largest - 1) // 2 <= np.iinfo(counter).max


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([[1, -1]], "whole numbers"),
        ([[1, 0.5]], "whole numbers"),
        ([1, 1], "sets × patients"),
        ([[1, 1], [0, 0]], "training set 1 has no patient"),
        ([[10_000_000, 1]], "at most 10,000,000 patients, and are drawn from as many; found 1e[+]07: select fewer"),
        ([[np.inf, 1]], "at most 10,000,000 patients"),
        ([[np.nan, 1]], "whole numbers"),
        ([[]], "one at least"),
        (np.ones((0, 3)), "one at least"),
    ],
)
def test_what_is_no_training_set_is_refused(weights, message):
    with pytest.raises(TrainingSetError, match=message):
        training_sets(np.array(weights))
