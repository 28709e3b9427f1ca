"""Trees as plain numbers: a tree by hand, and what is none."""

import copy

import numpy as np
import pytest
from sksurv.ensemble import GradientBoostingSurvivalAnalysis, RandomSurvivalForest

from radsurv.survival.grown_trees import Boosted, Forest

# x ≤ 0.5: hazard 0.25 from day 3 on; else y ≤ 2: nothing happens; else 0.5 from day 3, 1.5 from day 5 on. And a tree without a split.
NODES = {
    "n_nodes": [5, 1],
    "feature": [0, -1, 1, -1, -1, -1],
    "threshold": [0.5, 0.0, 2.0, 0.0, 0.0, 0.0],
    "left": [1, -1, 3, -1, -1, -1],
    "right": [2, -1, 4, -1, -1, -1],
}
FOREST = {
    "nodes": NODES,
    "event_times": [3.0, 5.0, 8.0],
    "n_steps": [0, 1, 0, 0, 2, 1],
    "step_time": [0, 0, 1, 2],
    "step_hazard": [0.25, 0.5, 1.5, 1.0],
    "step_survival": [0.75, 0.5, 0.0, 0.5],
}
BOOSTED = {
    "nodes": NODES,
    "value": [0.0, 1.0, 0.0, -2.0, 3.0, 0.5],
    "learning_rate": 0.1,
    "event_times": [3.0, 5.0],
    "cumulative_hazard": [0.2, 0.4],
}
PATIENTS = np.array([[0.5, 9.0], [0.6, 2.0], [0.6, 2.1]])


def test_a_forest_by_hand():
    forest = Forest.read(FOREST, 2)
    # Expected events: the cumulative hazard summed over days 3, 5 and 8, and the mean of both trees.
    np.testing.assert_allclose(forest.predict(PATIENTS), [(0.75 + 1) / 2, (0 + 1) / 2, (0.5 + 1.5 + 1.5 + 1) / 2])
    found = forest.survival(PATIENTS, np.array([2.9, 3.0, 7.0, 8.0, 99.0]))
    expected = [[1, 0.875, 0.875, 0.625, 0.625], [1, 1, 1, 0.75, 0.75], [1, 0.75, 0.5, 0.25, 0.25]]
    np.testing.assert_allclose(found, expected)
    assert forest.to_dict() == FOREST


def test_boosted_trees_by_hand():
    boosted = Boosted.read(BOOSTED, 2)
    np.testing.assert_allclose(boosted.predict(PATIENTS), [0.15, -0.15, 0.35])
    found = boosted.survival(PATIENTS, np.array([1.0, 3.0, 6.0]))
    np.testing.assert_allclose(found, np.exp(-np.outer(np.exp([0.15, -0.15, 0.35]), [0, 0.2, 0.4])))
    assert boosted.to_dict() == BOOSTED


def test_only_times_at_which_somebody_in_a_leaf_had_the_event_are_kept():
    generator = np.random.default_rng(0)
    outcome = np.array(
        [(bool(number % 3), number // 2 + 1.0) for number in range(60)], dtype=[("e", bool), ("t", float)]
    )
    values = generator.normal(size=(60, 3))
    grown = RandomSurvivalForest(5, min_samples_leaf=3, random_state=0).fit(values, outcome)
    forest = Forest.of_estimator(grown)
    assert forest.event_times.tolist() == sorted({time for event, time in outcome if event})
    leaves = forest.nodes.feature == -1
    n_steps = np.diff(forest.first)
    assert (n_steps[~leaves] == 0).all()
    assert n_steps[leaves].max() <= 60 * 0.7
    np.testing.assert_array_equal(forest.nodes.leaves(values) - forest.nodes.roots, grown.apply(values))


@pytest.mark.parametrize(
    ("estimator", "plain"),
    [
        (RandomSurvivalForest(30, min_samples_leaf=3, max_features="sqrt", random_state=0), Forest),
        (GradientBoostingSurvivalAnalysis(n_estimators=30, subsample=0.5, random_state=0), Boosted),
    ],
)
def test_they_predict_what_scikit_survival_predicts(estimator, plain):
    generator = np.random.default_rng(1)
    values = generator.normal(size=(90, 5))
    time = np.ceil(np.exp(3 - values[:, 0] + generator.normal(size=90)))
    outcome = np.array([*zip(generator.random(90) < 0.7, time, strict=True)], dtype=[("e", bool), ("t", float)])
    grown = estimator.fit(values, outcome)
    trees, others = plain.of_estimator(grown), generator.normal(size=(40, 5))
    assert np.array_equal(trees.predict(others), grown.predict(others))
    assert np.array_equal(trees.predict(others[:1]), grown.predict(others[:1]))
    found = trees.survival(others, grown.unique_times_)
    np.testing.assert_allclose(found, grown.predict_survival_function(others, return_array=True), rtol=1e-12)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("nodes", "left"), [0, -1, 3, -1, -1, -1], "left: a child is none of the later nodes"),  # for ever
        (("nodes", "left"), [1, -1, 1, -1, -1, -1], "left: a child is none of the later nodes"),
        (("nodes", "right"), [5, -1, 4, -1, -1, -1], "right: a child is none of the later nodes"),  # another tree's
        (("nodes", "right"), [-1, -1, 4, -1, -1, -1], "right: a child is none of the later nodes"),
        (("nodes", "feature"), [2, -1, 1, -1, -1, -1], "2 is none of the 2 features"),
        (("nodes", "feature"), [-1, -1, 1], "not one number for each node"),
        (("nodes", "n_nodes"), [5, 2], "not one number for each node"),
        (("nodes", "n_nodes"), [10**30], "less than or equal to"),
        (("nodes", "n_nodes"), [], "at least 1 item"),
        (("nodes", "threshold"), [float("nan")] * 6, "finite"),
        (("event_times",), [3.0, 3.0, 8.0], "event_times do not rise"),
        (("step_time",), [0, 1, 1, 2], "steps of a leaf do not rise"),
        (("step_time",), [0, 0, 3, 2], "at none of event_times"),
        (("n_steps",), [0, 1, 0, 0, 2], "one per node"),
        (("step_hazard",), [0.25], "one number for each step"),
        (("step_survival",), [0.75, 0.5, 0.0, 1.5], "less than or equal to 1"),
    ],
)
def test_what_is_no_forest(place, value, said):
    stored = copy.deepcopy(FOREST)
    holder = stored[place[0]] if len(place) > 1 else stored
    holder[place[-1]] = value
    with pytest.raises(ValueError, match=said):
        Forest.read(stored, 2)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("value", [1.0], "not one number for each node"),
        ("value", [1e300] * 6, "less than or equal"),
        ("learning_rate", 0.0, "greater than 0"),
        ("cumulative_hazard", [0.1, float("inf")], "finite"),
    ],
)
def test_what_is_no_sum_of_trees(name, value, said):
    with pytest.raises(ValueError, match=said):
        Boosted.read({**BOOSTED, name: value}, 2)
