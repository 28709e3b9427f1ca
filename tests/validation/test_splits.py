import numpy as np
import pytest

from radsurv.config import ValidationConfig
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.validation.splits import check_trainable, leave_one_out, make_splits


def test_each_set_lacks_one_patient():
    sets = leave_one_out(4)
    assert sets.sum(axis=1).tolist() == [3] * 4
    assert np.flatnonzero(sets[2] == 0).tolist() == [2]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ([1, 1, 0], "found 3 patients"),
        ([0, 0, 0, 0, 0], "0 events among 5 patients, and 5 of 5 training sets hold none"),
        ([0, 1, 0, 0, 0], "1 events among 5 patients, and 1 of 5 training sets hold none"),
    ],
)
def test_cohorts_that_cannot_be_validated(event, message):
    outcome = Outcome(np.arange(1.0, 1 + len(event)), np.array(event, dtype=bool))
    with pytest.raises(TrainingSetError, match=message):
        check_trainable(outcome, leave_one_out(len(event)))


def test_two_events_are_enough():
    check_trainable(Outcome(np.arange(1.0, 6.0), np.array([True, True, False, False, False])), leave_one_out(5))


OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)


@pytest.mark.parametrize("scheme", ["loocv", "repeated_kfold", "leave_site_out"])
def test_nobody_is_judged_by_a_model_that_has_seen_them(scheme):
    splits = make_splits(
        OUTCOME, ValidationConfig(scheme=scheme, n_splits=4, repeats=3), 0, sites=list("abc") * 7 + ["a", "b"]
    )
    assert not (splits.weights.astype(bool) & splits.tested).any()
    for repeat in range(splits.repeat[-1] + 1):
        assert splits.tested[splits.repeat == repeat].sum(axis=0).tolist() == [1] * 23
        assert splits.fold[splits.repeat == repeat].tolist() == list(range((splits.repeat == repeat).sum()))


def test_folds_are_stratified_and_drawn_anew_in_each_repeat():
    options = ValidationConfig(scheme="repeated_kfold", n_splits=4, repeats=2)
    splits, other = make_splits(OUTCOME, options, 0), make_splits(OUTCOME, options, 1)
    assert np.ptp(splits.tested.astype(int) @ OUTCOME.event) <= 1
    assert np.ptp(splits.tested.sum(axis=1)) <= 1
    assert not np.array_equal(splits.tested[:4], splits.tested[4:])
    assert not np.array_equal(splits.tested, other.tested)


def test_sites_in_the_order_of_the_alphabet():
    sites = ["b", "a", "b", "c"] * 5 + ["a"] * 3
    tested = make_splits(OUTCOME, ValidationConfig(scheme="leave_site_out"), 0, sites).tested
    assert [np.flatnonzero(row).tolist() for row in tested] == [
        [which for which, site in enumerate(sites) if site == name] for name in "abc"
    ]


@pytest.mark.parametrize(
    ("scheme", "sites", "message"),
    [
        ("leave_site_out", None, r"needs the column site.*cohort\.columns=\{site: YOURS\}"),
        ("leave_site_out", ["a", None] + ["b"] * 21, "it is empty for 1 of 23 patients"),
        ("leave_site_out", ["a"] * 23, "at least two sites, and found only 'a'"),
        ("repeated_kfold", None, "n_splits=24: there are 23 patients"),
    ],
)
def test_schemes_that_do_not_fit_the_cohort(scheme, sites, message):
    with pytest.raises(ConfigError, match=message):
        make_splits(OUTCOME, ValidationConfig(scheme=scheme, n_splits=24), 0, sites)
