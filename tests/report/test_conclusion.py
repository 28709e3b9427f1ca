"""The sentence follows the permutation test where there is one, and never claims more."""

import functools

import pandas as pd
import pytest

from radsurv.catalogue.tables import FOLDS
from radsurv.report.conclusion import NO_DIFFERENCE, UNDECIDED, conclusion
from radsurv.report.experiment import Experiment

WIDE = {"hazard_ratio_low": 0.9}
NULL = {"n_folds": 160, "n_null_folds": 160, "hazard_ratio": None}


@pytest.fixture
def said(configured, metrics):
    """The conclusion of a run with some overrides, and metrics replaced by keywords."""

    def make(*overrides, folds=None, **changes) -> str:
        experiment = Experiment(configured(*overrides), metrics | changes, read={FOLDS: folds}.get)
        return conclusion(experiment).replace("\xa0", " ")

    return make


def test_a_large_permutation_p_shows_no_difference_whatever_the_naive_interval_says(said):
    text = said(permutation_p=0.41, permutation_exceeding=50, permutation_count=122)
    assert "events came at 2.35 times the rate of the others." in text
    assert "Shuffled outcomes did at least as well in 50 of 122 repetitions (permutation P = .410)" in text
    assert text.endswith(f"{NO_DIFFERENCE}.")


def test_a_small_permutation_p_says_so_whatever_the_naive_interval_says(said):
    text = said(permutation_p=0.004, permutation_exceeding=3, permutation_count=1000, **WIDE)
    assert "in 3 of 1,000 repetitions (permutation P = .004): chance alone rarely separates the groups so well." in text
    assert NO_DIFFERENCE not in text
    assert "naive" not in text


@pytest.mark.parametrize(("p", "low", "undecided"), [(0.05, 0.0, True), (0.04, 0.03, True), (0.3, 0.2, False)])
def test_too_few_repetitions_for_either_side_of_5_per_cent(said, p, low, undecided):
    text = said(permutation_p=p, permutation_p_low=low, permutation_p_high=p + 0.03)
    assert (NO_DIFFERENCE in text) == (p >= 0.05)
    assert text.endswith(UNDECIDED) == undecided


def test_without_a_permutation_test_no_honest_one_was_made(said):
    assert "No honest test was made: significance=permutation" in said()
    assert NO_DIFFERENCE not in said()
    assert f"Even the naive confidence interval includes 1: {NO_DIFFERENCE}. No honest test was made" in said(**WIDE)


def test_a_finished_model(said):
    said = functools.partial(said, "validation=external", "validation.model=A/model.json")
    assert said().endswith("the rate of the others.")
    assert said(**WIDE).endswith(f"The confidence interval includes 1: {NO_DIFFERENCE}.")
    assert NO_DIFFERENCE in said(permutation_p=0.2)
    assert "This shows nothing: the model was trained on 12 of these patients" in said(
        external_known=12, permutation_p=0.01
    )
    assert "the finished model uses no feature" in said(**NULL)


def folds(n_concordant, n_kept, n_folds=160, n_varying=438):
    return pd.DataFrame(
        {"n_varying": n_varying, "n_concordant": [n_concordant] * n_folds, "n_kept": n_kept, "n_nonzero": 0}
    )


def test_no_fold_has_a_model(said):
    below = said(folds=folds(0, 0), **NULL)
    assert "(no feature reached C ≥ 0.685 in 160 of 160 folds)" in below
    assert "no signal, or reduction.cindex is too high" in below
    constant = said(folds=folds(0, 0, n_varying=0), **NULL)  # another step left nothing for C to judge
    assert "(no feature survived reduction in 160 of 160 folds)" in constant
    assert "reduction.cindex" not in constant
    shrunk = said(folds=folds(3, 2), **NULL)
    assert "(the penalty λ set every coefficient to 0 in 160 of 160 folds)" in shrunk
    assert "reduction.cindex" not in shrunk
    for overrides in (["search=optuna", "search.cindex=[0.6,0.65]"], ["reduction=none"]):
        without = said(*overrides, folds=folds(0, 0), **NULL)
        assert "(no feature survived reduction in 160 of 160 folds)" in without
        assert "0.685" not in without
    fixed = said("search=optuna", "search.cindex=null", folds=folds(0, 0), **NULL)
    assert "no feature reached C ≥ 0.685" in fixed


def test_groups_that_cannot_be_compared_have_a_reason(said):
    assert said(hazard_ratio=None).endswith("could not be compared: the run made no predictions.")
