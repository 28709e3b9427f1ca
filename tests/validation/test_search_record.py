"""What a search tried, as a table and in words."""

import numpy as np
import pytest

import conf
from radsurv.validation.search_record import no_trials, search_notes, trials_table
from radsurv.validation.splits import EVERYBODY, Place
from radsurv.validation.trials import Trial

ALONE = dict.fromkeys(("mad", "cindex", "pearson", "alpha", "lambda_rule"))
COLUMNS = [
    "repeat", "fold", "trial", "mad", "cindex", "pearson", "alpha", "lambda_rule", "features", "value", "chosen",
]  # fmt: skip


def protocol(choice="optuna", inner="paper", **searched):
    return conf.protocol(
        reduction=conf.reduction(cindex=0.6, pearson=0.85),
        model=conf.model("coxnet", alpha=0.1),
        scheme=conf.scheme("loocv", inner=inner),
        search=conf.search(choice, **{**ALONE, **searched}),
    )


TRIALS = [
    (Place(0, 1), [Trial({"cindex": 0.55}, 3.0), Trial({"cindex": 0.7}, 2.0), Trial({"cindex": 0.5}, 2.0)]),
    (Place(1, 0), [Trial({"cindex": 0.5}, np.nan), Trial({"cindex": 0.55}, 9.0)]),
]


def test_one_row_per_trial_with_what_was_not_searched():
    table = trials_table(TRIALS, protocol(cindex=[0.5, 0.55, 0.7]))
    assert list(table) == COLUMNS
    assert table[["repeat", "fold", "trial"]].to_numpy().tolist() == [
        [0, 1, 0],
        [0, 1, 1],
        [0, 1, 2],
        [1, 0, 0],
        [1, 0, 1],
    ]
    assert table["cindex"].tolist() == [0.55, 0.7, 0.5, 0.5, 0.55]
    assert (table[["mad", "pearson", "alpha"]] == [0, 0.85, 0.1]).all(axis=None)
    assert (table["lambda_rule"] == "min").all()
    assert table["features"].isna().all()
    assert table["chosen"].tolist() == [False, True, False, False, True]  # the first of the best
    largest = trials_table(TRIALS, protocol(cindex=[0.5, 0.55, 0.7], objective="c"))
    assert largest["chosen"].tolist() == [True, False, False, False, True]


def test_a_search_without_a_value_says_that_nothing_was_chosen():
    asked = protocol(cindex=[0.5, 0.55, 0.7], objective="c")
    blind = [(place, [Trial(one.parameters, np.nan) for one in trials]) for place, trials in TRIALS[:1]] + TRIALS[1:]
    said = search_notes(asked, {}, trials_table(blind, asked))
    assert "in 1 of 2 searches no trial had a value" in said[1]
    assert len(said) == 2


def test_columns_and_types_do_not_hang_on_what_there_is():
    whole = trials_table(TRIALS, protocol(cindex=[0.5]))
    nothing = no_trials(conf.reduction(cindex=0.6))
    assert nothing.empty
    assert nothing.dtypes.to_dict() == whole.dtypes.to_dict()
    forest = conf.protocol(model=conf.model("rsf"), reduction=conf.reduction("none"))
    assert trials_table([], forest).dtypes.to_dict() == whole.dtypes.to_dict()


def test_no_search_no_word():
    assert search_notes(conf.protocol(), {}, no_trials(conf.reduction())) == []


def test_words_of_a_nested_search():
    asked = protocol(cindex=[0.5, 0.55], alpha=[0.1])
    assert search_notes(asked, {}, trials_table(TRIALS, asked)) == [
        "nested search: cindex, alpha were searched inside every training set (tpe)"
    ]


def test_words_of_a_flat_search():
    said = search_notes(protocol("flat", pearson=[0.8]), {}, no_trials(conf.reduction()))
    assert len(said) == 1
    assert said[0].startswith("FLAT SEARCH, OPTIMISTIC: pearson were tuned once on all patients")


def test_words_of_groups_and_of_lambda():
    asked = protocol(inner="nested", features={"a": ["x*"], "b": ["y*"]})
    trials = [
        (Place(0, fold), [Trial({"features": "a"}, value), Trial({"features": "b"}, 1.0)])
        for fold, value in ((0, 0.5), (1, 2.0), (2, 1.0))
    ]
    groups = {"a": np.array([True, True, False]), "b": np.array([False, False, True])}
    said = search_notes(asked, groups, trials_table(trials, asked))
    assert said[0] == "nested search: features were searched inside every training set (tpe)"
    assert said[1] == "groups of features chosen in 3 searches: a (2 features) in 2; b (1 features) in 1"
    assert said[2].startswith("λ was chosen with the features reduced anew")


@pytest.mark.parametrize("fold", [EVERYBODY, 3])
def test_the_place_of_a_search_is_in_the_table(fold):
    table = trials_table([(Place(0, fold), [Trial({}, 1.0)])], protocol("flat", cindex=[0.5]))
    assert table["fold"].tolist() == [fold]
