import numpy as np

from radsurv.survival.risk_groups import group_names, is_short, risk_threshold


def test_the_median_splits_and_only_what_exceeds_it_is_short():
    score = np.array([0.3, -1.0, 2.0, 0.1])
    threshold = risk_threshold(score)
    assert threshold == (0.1 + 0.3) / 2
    assert group_names(is_short(score, threshold)) == ["short", "long", "short", "long"]
    assert not is_short(np.array([0.3]), 0.3).any()


def test_a_null_model_calls_everybody_a_long_survivor():
    assert group_names(is_short(np.zeros(3), risk_threshold(np.zeros(9)))) == ["long"] * 3


def test_every_patient_may_have_a_threshold_of_their_own():
    assert is_short(np.array([1.0, 1.0]), np.array([0.5, 1.5])).tolist() == [True, False]
