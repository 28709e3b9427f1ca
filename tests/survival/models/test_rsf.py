"""The forest of scikit-survival, called by hand."""

import numpy as np
import pytest
from sksurv.ensemble import RandomSurvivalForest

import conf

KEPT = [4, 0, 2]
TREES = 20


@pytest.fixture(scope="module")
def model(sixty):
    return conf.model("rsf", trees=TREES, leaf=4).fit_reduced(sixty.training_set(seed=3)).model


@pytest.fixture(scope="module")
def theirs(sixty):
    forest = RandomSurvivalForest(n_estimators=TREES, min_samples_leaf=4, max_features="sqrt", random_state=3)
    return forest.fit(sixty.table[:, KEPT], sixty.outcome.structured())


def test_score_is_the_logarithm_of_the_expected_number_of_events(sixty, model, theirs):
    expected = theirs.predict(sixty.table[:, KEPT])
    assert (expected > 1 / (TREES * 60)).all()
    assert model.score(sixty.table) == pytest.approx(np.log(expected), rel=1e-12)


def test_survival_is_that_of_the_forest(sixty, model, theirs):
    times = np.quantile(sixty.outcome.time, [0.2, 0.5, 0.8])
    curves = theirs.predict_survival_function(sixty.table[:7, KEPT])
    assert np.array_equal(model.survival(sixty.table[:7], times), [curve(times) for curve in curves])


def test_below_one_event_in_one_tree_the_logarithm_is_not_followed():
    options = conf.model("rsf")
    assert options.risk(np.array([0.0, 0.5, 4.0]), 0.01) == pytest.approx(np.log([0.01, 0.5, 4.0]))


def test_in_words():
    assert conf.model("rsf", trees=70).describe() == "random survival forest, 70 trees"
