"""Trials of hyper-parameters."""

import numpy as np
import pytest

import conf
from radsurv.validation.trials import Trial, best, direction, run_trials

SPACE = {"alpha": [0.1, 0.5, 1.0], "cindex": [0.5, 0.6], "lambda_rule": ["min", "1se"], "features": ["a", "b"]}


def search(**options):
    return conf.search("optuna", **options)


def value(chosen):
    return chosen["alpha"] + 10 * chosen["cindex"] + (chosen["lambda_rule"] == "1se") + (chosen["features"] == "b")


def tried(trials):
    return [tuple(trial.parameters.items()) for trial in trials]


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_the_same_seed_the_same_trials(sampler):
    asked = search(sampler=sampler, trials=15)
    one, again, other = (run_trials(value, SPACE, asked, seed) for seed in (3, 3, 4))
    assert one == again
    assert tried(one) != tried(other)
    assert [trial.value for trial in one] == [value(trial.parameters) for trial in one]
    assert all(list(trial.parameters) == list(SPACE) for trial in one)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_as_many_trials_as_asked(sampler):
    assert len(run_trials(value, SPACE, search(sampler=sampler, trials=4), 0)) == 4


@pytest.mark.parametrize("trials", [1, 1000])
def test_a_grid_is_complete_whatever_the_number_of_trials(trials):
    found = run_trials(value, SPACE, search(sampler="grid", trials=trials), 0)
    assert len(found) == len(set(tried(found))) == 24
    assert found[best(found, search())].parameters == {
        "alpha": 0.1, "cindex": 0.5, "lambda_rule": "min", "features": "a",
    }  # fmt: skip


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_a_trial_without_a_value_is_tried_once_and_never_chosen(sampler):
    def sometimes(chosen):
        return np.nan if chosen["cindex"] == 0.5 else value(chosen)

    found = run_trials(sometimes, SPACE, search(sampler=sampler, trials=12), 0)
    assert len(found) == (24 if sampler == "grid" else 12)
    missing = [np.isnan(trial.value) for trial in found]
    assert 0 < sum(missing) < len(found)
    for objective in ("deviance", "c"):
        assert not missing[best(found, search(objective=objective))]
    if sampler == "grid":
        assert len(set(tried(found))) == 24


def test_the_first_of_the_best_is_chosen():
    trials = [Trial({}, one) for one in (np.nan, 2.0, 1.0, 3.0, 1.0, 3.0)]
    assert best(trials, search(objective="deviance")) == 2
    assert best(trials, search(objective="c")) == 3
    assert best([Trial({}, np.nan)] * 3, search()) == 0


def test_what_is_good():
    assert direction(search(objective="deviance")) == "minimize"
    assert direction(search(objective="c")) == "maximize"


@pytest.mark.parametrize("objective", ["deviance", "c"])
def test_a_search_leans_towards_what_is_good(objective):
    """Trials after the first ten of TPE are better than random ones."""
    asked = search(objective=objective, trials=60)
    sign = -1 if objective == "deviance" else 1
    found = np.array([sign * trial.value for trial in run_trials(value, SPACE, asked, 1)])
    assert found[20:].mean() > found[:10].mean()
