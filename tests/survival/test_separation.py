"""Every prediction has statistics, and better ones have larger ones."""

import numpy as np
import pytest

from radsurv.survival.outcome import check_outcome
from radsurv.survival.separation import separation

TIME = np.arange(1.0, 13.0)
EVENT = np.ones(12)


def test_sign_is_that_of_the_prediction():
    outcome = check_outcome(TIME, EVENT)
    score = np.array([5.0, 4, 6, 3, 9, -1, 0, -5, 2, -3, -4, -9])
    right, wrong = separation(outcome, score, score > 1), separation(outcome, -score, score <= 1)
    assert np.all(right > [0, 0, 0.5])
    assert wrong == pytest.approx([-right[0], -right[1], 1 - right[2]], rel=1e-9)


@pytest.mark.parametrize("short", [np.zeros(12, dtype=bool), np.ones(12, dtype=bool)])
def test_one_group_separates_nothing(short):
    assert separation(check_outcome(TIME, EVENT), np.zeros(12), short).tolist() == [0.0, 0.0, 0.5]


def test_no_comparable_pair():
    outcome = check_outcome(np.ones(12), EVENT)
    assert separation(outcome, TIME, TIME > 6)[2] == 0.5


def test_no_maximum_of_the_likelihood():
    outcome = check_outcome(TIME, TIME <= 6)
    assert separation(outcome, -TIME, TIME <= 6)[1] == 0.0
    assert separation(outcome, -TIME, TIME <= 6)[0] > 3
