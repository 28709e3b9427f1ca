"""What forests and boosted trees share."""

import json
from dataclasses import replace

import numpy as np
import pytest

import conf

NAMES = ("rsf", "gbs")


def fit(sixty, name, seed=3):
    return conf.model(name, trees=20).fit_reduced(sixty.training_set(seed=seed)).model


@pytest.mark.parametrize("name", NAMES)
def test_trees_hang_on_the_seed_alone(sixty, name):
    first, again, other = (fit(sixty, name, seed).score(sixty.table) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", NAMES)
def test_survival_changes_at_the_times_of_the_training_set_only(sixty, name):
    model, times = fit(sixty, name), np.unique(sixty.outcome.time)
    just_before = model.survival(sixty.table, times[1:] - np.diff(times) / 1e6)
    assert np.array_equal(just_before, model.survival(sixty.table, times[:-1]))
    assert (model.survival(sixty.table, times[:1] / 2) == 1).all()
    assert np.array_equal(model.survival(sixty.table, times[-1:] * 9), model.survival(sixty.table, times[-1:]))


@pytest.mark.parametrize("name", NAMES)
def test_there_are_no_coefficients_and_no_null_trees(sixty, name):
    model = fit(sixty, name)
    assert np.isnan(model.coefficients).tolist() == [True] * 3
    assert np.isnan(model.penalty)
    assert not model.is_null
    assert model.smallest == 1 / (20 * 60)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_predicts_as_what_was_trained(sixty, name):
    """Also on a table in another order, and of patients who are far away."""
    model = fit(sixty, name)
    stored = json.loads(json.dumps(model.to_dict(list("abcde")), allow_nan=False))
    assert stored["features"] == ["e", "a", "c"]
    assert stored["strength"] == [0.6] * 3
    read = conf.model(name, trees=20).model_from(stored, ["x", "a", "c", "e"])
    times = np.unique([*sixty.outcome.time, *sixty.outcome.time / 3, 1e9])
    for table in (sixty.table, sixty.table * 40, sixty.table - 1e90):
        other = np.column_stack([np.full(len(table), np.nan), table[:, [0, 2, 4]]])
        assert np.array_equal(read.score(other), model.score(table))
        assert np.array_equal(read.survival(other, times), model.survival(table, times))
    assert (read.threshold, read.smallest) == (model.threshold, model.smallest)
    used = sixty.table[:, [4, 0, 2]]
    np.testing.assert_allclose(read.mean, used.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(read.sd, used.std(axis=0, ddof=1), rtol=1e-12)
    assert read.to_dict(["x", "a", "c", "e"]) == stored


@pytest.mark.parametrize("name", NAMES)
def test_the_median_score_divides_the_training_set_in_halves(sixty, name):
    model = fit(sixty, name)
    assert model.threshold == np.median(model.score(sixty.table))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("power", [-300, 250])
def test_trees_do_not_hang_on_the_unit(sixty, name, power):
    """scikit-learn keeps values in single precision, which ends at 3.4e38 and 1.2e-38."""
    other = replace(sixty, table=np.ldexp(sixty.table, power))
    assert np.array_equal(fit(other, name).score(other.table), fit(sixty, name).score(sixty.table))


@pytest.mark.parametrize("name", NAMES)
def test_a_patient_beyond_single_precision_is_beyond_every_split(sixty, name):
    model = fit(sixty, name)
    far, farther = sixty.table[:1] + 1e9, sixty.table[:1] + 1e90
    assert np.array_equal(model.score(far), model.score(farther))
    times = np.unique(sixty.outcome.time)
    assert np.array_equal(model.survival(-far, times), model.survival(-farther, times))
