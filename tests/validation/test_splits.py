import numpy as np
import pytest

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.validation.splits import Place, check_trainable, splits_of_labels


def leave_one_out(n_patients):
    return splits_of_labels(np.arange(n_patients)[None]).weights


def test_each_set_lacks_one_patient():
    sets = leave_one_out(4)
    assert sets.sum(axis=1).tolist() == [3] * 4
    assert np.flatnonzero(sets[2] == 0).tolist() == [2]


def test_labels_of_two_repeats():
    splits = splits_of_labels(np.array([[0, 1, 0, 2], [1, 1, 0, 0]]))
    assert splits.tested.astype(int).tolist() == [
        [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [1, 1, 0, 0],
    ]  # fmt: skip
    assert np.array_equal(splits.weights, 1 - splits.tested)
    assert splits.places == [Place(0, 0), Place(0, 1), Place(0, 2), Place(1, 0), Place(1, 1)]
    assert len(splits) == 5


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ([1, 1, 0], "found 3 patients"),
        ([0, 0, 0, 0, 0], "0 events among 5 patients, and 5 of 5 training sets hold none"),
        ([0, 1, 0, 0, 0], "1 events among 5 patients, and 1 of 5 training sets hold none"),
    ],
)
def test_cohorts_that_cannot_be_validated(event, message):
    outcome = Outcome(np.arange(1.0, 1 + len(event)), np.array(event, dtype=bool))
    with pytest.raises(TrainingSetError, match=message):
        check_trainable(outcome, leave_one_out(len(event)))


def test_two_events_are_enough():
    check_trainable(Outcome(np.arange(1.0, 6.0), np.array([True, True, False, False, False])), leave_one_out(5))


def test_patients_of_one_time_cannot_be_compared():
    outcome = Outcome(np.full(5, 7.0), np.array([True, True, False, True, True]))
    with pytest.raises(TrainingSetError, match="all 5 patients have the time 7, so that no two can be compared"):
        check_trainable(outcome, leave_one_out(5))
