"""Steps of a run as its tables have them."""

import numpy as np
import pandas as pd

from radsurv.report.history import history


def along(axis: str, points) -> list[tuple[int, dict]]:
    return [(one.step, dict(one.values)) for one in points if one.axis == axis]


def test_the_share_of_shuffles_that_do_at_least_as_well(load):
    table = pd.DataFrame(
        {
            "repetition": range(5),
            "signed_log_rank": [2.0, 1.0, 2.0, 3.0, -1.0],
            "log_hazard_ratio": 0.0,
            "harrell_c": [0.6, 0.5, 0.6, np.nan, 0.4],
        }
    )
    assert along("permutations", history(load(permutations=table))) == [
        (1, {"harrell_c": 0.5, "share_at_least": 0.0}),
        (2, {"harrell_c": 0.6, "share_at_least": 0.5}),
        (3, {"share_at_least": 2 / 3}),
        (4, {"harrell_c": 0.4, "share_at_least": 0.5}),
    ]


def test_the_best_trial_so_far_is_that_of_each_training_set(load, configured):
    trials = pd.DataFrame(
        {
            "repeat": 0,
            "fold": [0, 0, 0, 1, 1, 1],
            "trial": [0, 1, 2, 0, 1, 2],
            "value": [3.0, 1.0, 2.0, 4.0, 5.0, 3.0],
            "chosen": False,
        }
    )
    found = along("trials", history(load(trials=trials, config=configured("search=optuna"))))
    # Deviance: what is small is good.
    assert found == [
        (1, {"value": 3.5, "best": 3.5}),
        (2, {"value": 3.0, "best": 2.5}),
        (3, {"value": 2.5, "best": 2.0}),
    ]


def test_of_many_steps_the_last_is_among_those_that_are_shown(load):
    n = 2_345
    table = pd.DataFrame(
        {"repetition": range(n + 1), "signed_log_rank": 0.0, "log_hazard_ratio": 0.0, "harrell_c": 0.5}
    )
    steps = [step for step, _ in along("permutations", history(load(permutations=table)))]
    assert len(steps) == 782
    assert (steps[-1], set(np.diff(steps))) == (n, {3})


def test_without_its_tables_a_run_has_no_steps(load):
    assert history(load(folds=None)) == []
