"""The boosted trees of scikit-survival, called by hand."""

import numpy as np
import pytest
from sksurv.ensemble import GradientBoostingSurvivalAnalysis

import conf

KEPT = [4, 0, 2]


@pytest.fixture(scope="module")
def model(sixty):
    options = conf.model("gbs", trees=20, learning_rate=0.2, depth=2, leaf=4)
    return options.fit_reduced(sixty.training_set(seed=3)).model


@pytest.fixture(scope="module")
def theirs(sixty):
    trees = GradientBoostingSurvivalAnalysis(
        n_estimators=20, learning_rate=0.2, max_depth=2, min_samples_leaf=4, subsample=0.5, random_state=3
    )
    return trees.fit(sixty.table[:, KEPT], sixty.outcome.structured())


def test_score_is_the_sum_of_the_trees(sixty, model, theirs):
    assert np.array_equal(model.score(sixty.table), theirs.predict(sixty.table[:, KEPT]))


def test_survival_is_that_of_the_trees(sixty, model, theirs):
    times = np.quantile(sixty.outcome.time, [0.2, 0.5, 0.8])
    curves = theirs.predict_survival_function(sixty.table[:7, KEPT])
    assert np.array_equal(model.survival(sixty.table[:7], times), [curve(times) for curve in curves])


def test_in_words():
    options = conf.model("gbs", trees=70, depth=3, learning_rate=0.05)
    assert options.describe() == "gradient-boosted Cox trees, 70 trees of depth 3, learning rate 0.05"
