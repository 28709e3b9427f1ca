"""Median absolute deviations by their definition."""

import numpy as np

from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction_step import Screened
from radsurv.survival.steps.mad import Spread
from radsurv.survival.training_sets import training_sets


def test_scores_by_definition():
    table = np.random.default_rng(0).normal(size=(9, 6)).round(1)
    sets = training_sets(np.vstack([1 - np.eye(9, dtype=int), [0, 3, 1, 1, 0, 2, 0, 1, 0]]))
    features = np.array([5, 0, 2])
    scores = Spread(0.0).scores(Screened(rank_table(table), sets, None, features))
    for which in range(10):
        members = table[np.ix_(sets.rows(which), features)]
        assert np.array_equal(scores[which], np.median(np.abs(members - np.median(members, axis=0)), axis=0))


def test_the_threshold_must_be_exceeded():
    assert Spread(0.5).passes(np.array([0.6, 0.5, 0.4, np.nan])).tolist() == [True, False, False, False]
    assert Spread(0.0).passes(np.array([1e-300, 0.0])).tolist() == [True, False]


def test_a_rare_label_does_not_vary_by_this_measure():
    """Unless each of 0 and 1 makes up a half."""
    table = np.column_stack([[0, 0, 0, 1], [0, 0, 1, 1]]).astype(float)
    sets = training_sets(np.ones((1, 4), dtype=int))
    assert Spread(0.0).scores(Screened(rank_table(table), sets, None, np.arange(2))).tolist() == [[0.0, 0.5]]


def test_in_words():
    assert Spread(0.25).describe() == "MAD > 0.25"
    assert Spread.loosest([0.3, 0.1]) == 0.1
