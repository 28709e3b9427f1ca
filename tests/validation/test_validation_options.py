"""What all schemes promise."""

import numpy as np
import pytest
from pydantic import ValidationError

import conf
from radsurv.survival.outcome import Outcome
from radsurv.validation.finding import Finding
from radsurv.validation.validation_options import SCHEMES, External, Scheme

OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)
SITES = [*"abc"] * 7 + ["a", "b"]


def test_every_scheme_is_found_in_its_folder():
    assert set(SCHEMES) == {"bootstrap", "leave_site_out", "loocv", "repeated_kfold"}
    assert all(kind.choice() == name for name, kind in SCHEMES.items())


@pytest.mark.parametrize("name", list(SCHEMES))
def test_nobody_is_judged_by_a_model_that_has_seen_them(name):
    splits = conf.scheme(name).splits(OUTCOME, SITES, 0)
    assert not (splits.weights.astype(bool) & splits.tested).any()
    assert splits.tested.any(axis=0).all()
    for repeat in range(splits.repeat[-1] + 1):
        assert splits.fold[splits.repeat == repeat].tolist() == list(range((splits.repeat == repeat).sum()))
    if name != "bootstrap":  # several models judge a patient there
        for repeat in range(splits.repeat[-1] + 1):
            assert splits.tested[splits.repeat == repeat].sum(axis=0).tolist() == [1] * 23


@pytest.mark.parametrize("name", list(SCHEMES))
def test_sets_hang_on_no_time_to_an_event(name):
    """Folds may be stratified by who had an event, by nothing else of the outcome."""
    other = Outcome(OUTCOME.time[::-1].copy(), OUTCOME.event)
    one, again = (conf.scheme(name).splits(outcome, SITES, 5) for outcome in (OUTCOME, other))
    assert np.array_equal(one.weights, again.weights)


@pytest.mark.parametrize("name", list(SCHEMES))
def test_every_scheme_says_why_its_predictions_hang_together(name):
    scheme = conf.scheme(name)
    assert scheme.not_independent.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))
    assert scheme.biased == bool(scheme.caveat) == (name == "loocv")
    assert scheme.describe(None)


@pytest.mark.parametrize("name", [name for name in SCHEMES if name != "bootstrap"])
def test_most_have_nothing_of_their_own_to_say(name):
    assert conf.scheme(name).own_finding(None, None, None) == Finding()


def test_a_finished_model_splits_nothing():
    scheme = conf.scheme("external", model="model.json")
    assert isinstance(scheme, External)
    assert not isinstance(scheme, Scheme)
    assert not hasattr(scheme, "splits")
    assert scheme.describe(1) == "a finished model"


@pytest.mark.parametrize(
    "wrong",
    [{"inner": "strict"}, {"inner_splits": 2}, {"inner_repeats": 0}, {"horizons": []}, {"horizons": [0.0]}, {"n_splits": 5}],
    ids=str,
)  # fmt: skip
def test_options_that_there_are_not(wrong):
    with pytest.raises(ValidationError):
        conf.scheme("loocv", **wrong)
