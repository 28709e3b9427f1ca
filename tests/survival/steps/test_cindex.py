"""Univariate concordance, pair by pair."""

import numpy as np
import pytest

import conf
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction
from radsurv.survival.steps.cindex import Concordance
from radsurv.survival.training_sets import training_sets


def c_of(values, outcome):
    """The higher, the earlier: a pair is comparable where it is known who had the event first; ties count one half."""
    ordered = comparable = 0
    for a in range(len(outcome)):
        for b in range(len(outcome)):
            later = outcome.time[b] > outcome.time[a] or (outcome.time[b] == outcome.time[a] and not outcome.event[b])
            if outcome.event[a] and later:
                comparable += 1
                ordered += 1.0 if values[a] > values[b] else 0.5 if values[a] == values[b] else 0.0
    return ordered / comparable


@pytest.fixture(scope="module")
def small():
    generator = np.random.default_rng(6)
    table = generator.normal(size=(12, 7)).round(1)
    return table, Outcome(np.ceil(6 * generator.random(12)), np.arange(12) % 4 != 0)


@pytest.mark.parametrize("orientation", ["strength", "literal"])
def test_every_feature_that_reaches_the_threshold(small, orientation):
    table, outcome = small
    sets = training_sets(np.vstack([1 - np.eye(12, dtype=int)[:3], [0, 2, 1, 1, 3, 1, 0, 1, 1, 0, 1, 1]]))
    options = conf.reduction(steps=["cindex"], cindex=0.55, orientation=orientation)
    found = FeatureReduction(rank_table(table), sets, options).reduce(outcome)
    for which, reduced in enumerate(found):
        rows = sets.rows(which)
        scores = np.array([c_of(column, outcome.take(rows)) for column in table[rows].T])
        if orientation == "strength":
            scores = np.maximum(scores, 1 - scores)
        expected = [feature for feature in np.argsort(-scores, kind="stable") if scores[feature] >= 0.55]
        assert reduced.kept.tolist() == expected
        assert reduced.strength == pytest.approx(scores[expected], rel=1e-12)
    assert 0 < len(found[0].kept) < 7


def test_at_least_the_threshold():
    """One of four pairs is out of order: C is 3/4 to the last bit."""
    outcome = Outcome(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False]))
    values = np.array([[4.0, 3.0, 1.0, 2.0]]).T  # comparable: 1-2, 1-3, 1-4, 3-4
    assert c_of(values[:, 0], outcome) == 0.75
    sets = training_sets(np.ones((1, 4), dtype=int))
    for threshold, survivors in ((0.75, 1), (np.nextafter(0.75, 1), 0)):
        options = conf.reduction(steps=["cindex"], cindex=threshold)
        (reduced,) = FeatureReduction(rank_table(values), sets, options).reduce(outcome)
        assert len(reduced.kept) == survivors


def test_a_feature_that_cannot_be_judged_goes():
    assert Concordance(0.5).passes(np.array([0.5, np.nan])).tolist() == [True, False]


def test_in_words():
    assert Concordance(0.66).describe() == "C ≥ 0.66"
    assert Concordance.loosest([0.7, 0.6]) == 0.6


@pytest.mark.parametrize("threshold", [0.49, 1.01])
def test_a_threshold_that_no_strength_can_miss_or_reach_is_refused(threshold):
    with pytest.raises(ValueError, match="cindex"):
        conf.reduction(cindex=threshold)
