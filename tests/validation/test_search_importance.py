"""How much hyper-parameters mattered, where it is known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.catalogue.tables import IMPORTANCE
from radsurv.validation.search_importance import importance_table, no_importance
from radsurv.validation.search_record import trials_table
from radsurv.validation.splits import EVERYBODY, Place
from radsurv.validation.trials import Trial

ALONE = dict.fromkeys(("mad", "cindex", "pearson", "alpha", "lambda_rule"))
CINDEX, ALPHA, RULE = [0.5, 0.54, 0.58, 0.62, 0.66, 0.7], [0.1, 0.3, 0.5, 0.75, 1.0], ["min", "1se"]
OF_RULE = {"min": 0.0, "1se": 0.5}


def protocol(seed=0, **searched):
    return conf.protocol(seed=seed, search=conf.search("optuna", **{**ALONE, **searched}))


def grid(value):
    """Every combination once."""
    return [
        Trial({"cindex": cindex, "alpha": alpha, "lambda_rule": rule}, value(cindex, alpha, rule))
        for cindex, alpha, rule in product(CINDEX, ALPHA, RULE)
    ]


def importance(trials, asked):
    found = importance_table(trials_table(trials, asked), asked)
    return found.set_index(["repeat", "fold", "hyper_parameter"])["importance"]


THREE = protocol(cindex=CINDEX, alpha=ALPHA, lambda_rule=RULE)


def test_shares_of_the_variance_are_those_of_an_analysis_of_variance():
    """Of a sum of effects, the share of each is the variance of its own values, over all combinations."""

    def value(cindex, alpha, rule):
        return 10 * cindex + 0.4 * alpha + OF_RULE[rule]

    own = np.array([np.var([10 * one for one in CINDEX]), np.var([0.4 * one for one in ALPHA]), np.var([0.0, 0.5])])
    found = importance([(Place(0, 3), grid(value))], THREE)
    assert found.index.tolist() == [(0, 3, "cindex"), (0, 3, "alpha"), (0, 3, "lambda_rule")]
    np.testing.assert_allclose(found, own / own.sum(), atol=0.05)
    assert found.sum() == pytest.approx(1)


def test_what_matters_is_found_in_each_training_set_by_itself():
    by_alpha = grid(lambda cindex, alpha, rule: alpha)
    by_rule = grid(lambda cindex, alpha, rule: OF_RULE[rule])
    found = importance([(Place(0, 0), by_alpha), (Place(1, EVERYBODY), by_rule)], THREE)
    assert found[0, 0, "alpha"] > 0.99
    assert found[1, EVERYBODY, "lambda_rule"] > 0.99
    alone = importance([(Place(1, EVERYBODY), by_rule)], THREE)
    pd.testing.assert_series_equal(alone, found.loc[alone.index], check_exact=True)


def test_the_seed_draws_the_forest_and_nothing_else_does():
    generator = np.random.default_rng(0)
    trials = [(Place(0, 0), grid(lambda cindex, alpha, rule: cindex + generator.normal()))]
    first, again = importance(trials, THREE), importance(trials, THREE)
    pd.testing.assert_series_equal(first, again, check_exact=True)
    other = importance(trials, protocol(seed=1, cindex=CINDEX, alpha=ALPHA, lambda_rule=RULE))
    assert (other != first).any()


def test_trials_without_a_value_take_no_part():
    trials = grid(lambda cindex, alpha, rule: alpha)
    lost = [Trial({"cindex": 0.5, "alpha": 1.0, "lambda_rule": "min"}, value) for value in (np.nan, np.inf)]
    with_lost = importance([(Place(0, 0), trials + lost)], THREE)
    pd.testing.assert_series_equal(with_lost, importance([(Place(0, 0), trials)], THREE), check_exact=True)


@pytest.mark.parametrize("values", [[2.0] * 6, [np.nan] * 6, [1.0] + [np.nan] * 5])
def test_nothing_is_known_where_all_values_are_the_same(values):
    asked = protocol(cindex=CINDEX)
    trials = [Trial({"cindex": cindex}, value) for cindex, value in zip(CINDEX, values, strict=True)]
    assert importance([(Place(0, 0), trials)], asked).isna().tolist() == [True]


def test_what_has_one_value_is_no_choice():
    asked = protocol(cindex=[0.6], alpha=ALPHA)
    trials = [Trial({"cindex": 0.6, "alpha": alpha}, alpha) for alpha in ALPHA]
    assert importance([(Place(0, 0), trials)], asked).index.get_level_values("hyper_parameter").tolist() == ["alpha"]
    one = protocol(cindex=[0.6])
    assert importance([(Place(0, 0), [Trial({"cindex": 0.6}, 1.0)])], one).empty


def test_columns_and_types_do_not_hang_on_what_there_is():
    nothing = no_importance()
    assert tuple(nothing) == IMPORTANCE.columns
    trials = [(Place(0, 0), grid(lambda cindex, alpha, rule: alpha))]
    assert importance_table(trials_table(trials, THREE), THREE).dtypes.to_dict() == nothing.dtypes.to_dict()
    plain = conf.protocol()
    assert importance_table(trials_table([], plain), plain).dtypes.to_dict() == nothing.dtypes.to_dict()
