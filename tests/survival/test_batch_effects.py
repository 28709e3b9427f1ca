"""Shifts and scales of batches: the numbers of Fortin's own implementation, closed forms, and what must not matter."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from radsurv.errors import TrainingSetError
from radsurv.survival.batch_effects import estimate_batch_effects

NOTHING = np.zeros((30, 0))


@pytest.fixture(scope="module")
def neurocombat() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[1] / "data" / "combat" / "neurocombat.npz", allow_pickle=False) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def designs(neurocombat) -> dict[str, np.ndarray]:
    age, male = neurocombat["covariate_age"], neurocombat["covariate_sex"] == "M"
    return {"plain": NOTHING, "age": age[:, None], "age_sex": np.column_stack([male, age]).astype(float)}


@pytest.mark.parametrize("name", ["plain", "age", "age_sex"])
def test_the_numbers_of_neurocombat(neurocombat, designs, name):
    values, site = neurocombat["values"], np.unique(neurocombat["site"], return_inverse=True)[1]
    effects = estimate_batch_effects(values, site, designs[name])
    assert effects.shift == pytest.approx(neurocombat[f"{name}_gamma"], abs=1e-11)
    assert effects.scale**2 == pytest.approx(neurocombat[f"{name}_delta"], rel=1e-11)
    harmonised = effects.remove(values, site, designs[name])
    unit = values.std(axis=0)
    assert np.abs((harmonised - neurocombat[name]) / unit).max() < 1e-11
    assert np.abs((harmonised - neurocombat[f"{name}_loose"]) / unit).max() < 2e-5


def test_the_mode_that_the_iteration_climbs(neurocombat):
    """Shift and variance maximise a normal × inverse-gamma posterior whose priors are moments over the features of a batch."""
    values, site = neurocombat["values"], np.unique(neurocombat["site"], return_inverse=True)[1]
    effects = estimate_batch_effects(values, site, NOTHING)
    z = ((values - effects.mean) / effects.sd)[site == 1]
    n, own, spread = len(z), z.mean(axis=0), z.var(axis=0, ddof=1)
    m, s2 = spread.mean(), spread.var(ddof=1)
    a, b = (m**2 + 2 * s2) / s2, (m * s2 + m**3) / s2
    for feature in range(5):

        def negative(at, feature=feature):
            shift, variance = at[0], np.exp(at[1])
            squares = ((z[:, feature] - shift) ** 2).sum()
            prior = (shift - own.mean()) ** 2 / (2 * own.var(ddof=1))
            return (n / 2 + a - 1) * at[1] + (b + squares / 2) / variance + prior

        found = minimize(negative, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14}).x
        assert effects.shift[1, feature] == pytest.approx(found[0], abs=1e-6)
        assert effects.scale[1, feature] == pytest.approx(np.exp(found[1] / 2), abs=1e-6)


def test_one_feature_has_nothing_to_be_shrunk_towards(neurocombat):
    values, site = neurocombat["values"][:, :1], np.unique(neurocombat["site"], return_inverse=True)[1]
    harmonised = estimate_batch_effects(values, site, NOTHING).remove(values, site, NOTHING)
    means = [harmonised[site == one].mean() for one in range(3)]
    deviations = [harmonised[site == one].std(ddof=1) for one in range(3)]
    assert np.ptp(means) == pytest.approx(0, abs=1e-12)
    assert np.ptp(deviations) == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_estimated_stays_to_the_last_bit(neurocombat):
    """Constant, constant in one batch, or a function of batch and covariates; and the others do not notice."""
    values, site = neurocombat["values"], np.unique(neurocombat["site"], return_inverse=True)[1]
    age = neurocombat["covariate_age"][:, None]
    rare = np.where(site == 0, 3.0, values[:, 0])
    odd = np.column_stack([np.full(30, 1 / 3), rare, age[:, 0], site * 7.0 + 0.1 * age[:, 0], 1e9 + age[:, 0] * 1e-3])
    both = np.hstack([values, odd])
    harmonised = estimate_batch_effects(both, site, age).remove(both, site, age)
    assert np.array_equal(harmonised[:, 25:], odd)
    alone = estimate_batch_effects(values, site, age).remove(values, site, age)
    assert harmonised[:, :25] == pytest.approx(alone, rel=1e-12)


def test_a_covariate_that_is_constant_is_not_in_the_model(neurocombat, designs):
    values, site = neurocombat["values"], np.unique(neurocombat["site"], return_inverse=True)[1]
    wider = np.column_stack([np.full(30, 5.0), designs["age"]])
    effects = estimate_batch_effects(values, site, wider)
    assert np.all(effects.coefficients[0] == 0)
    assert effects.coefficients[1] == pytest.approx(
        estimate_batch_effects(values, site, designs["age"]).coefficients[0]
    )


def test_one_batch_is_left_as_it_is(neurocombat):
    values = neurocombat["values"]
    alone = np.zeros(30, dtype=int)
    assert np.array_equal(estimate_batch_effects(values, alone, NOTHING).remove(values, alone, NOTHING), values)


def test_confounded_or_too_few(neurocombat):
    values, site = neurocombat["values"], np.unique(neurocombat["site"], return_inverse=True)[1]
    with pytest.raises(TrainingSetError, match="follow from the batch"):
        estimate_batch_effects(values, site, (site == 2).astype(float)[:, None])
    with pytest.raises(TrainingSetError, match="5 members are too few to tell 5"):
        estimate_batch_effects(values[:5], np.array([0, 0, 1, 1, 1]), np.random.default_rng(0).normal(size=(5, 3)))


def test_all_features_alike(neurocombat):
    """Nothing varies between features, so the priors are points; no division by their width."""
    values, site = neurocombat["values"][:, [0, 0, 0]], np.unique(neurocombat["site"], return_inverse=True)[1]
    harmonised = estimate_batch_effects(values, site, NOTHING).remove(values, site, NOTHING)
    assert np.isfinite(harmonised).all()
    assert np.ptp([harmonised[site == one].mean(axis=0) for one in range(3)], axis=0) == pytest.approx(0, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_units_and_order_do_not_matter(data):
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    sizes = data.draw(st.lists(st.integers(2, 9), min_size=2, max_size=4))
    batch = np.repeat(np.arange(len(sizes)), sizes)
    covariates = generator.normal(size=(len(batch), data.draw(st.integers(0, 1))))
    values = generator.normal(size=(len(batch), 6)) + generator.normal(size=(len(sizes), 6))[batch]
    harmonised = estimate_batch_effects(values, batch, covariates).remove(values, batch, covariates)
    order = generator.permutation(len(batch))
    again = estimate_batch_effects(values[order], batch[order], covariates[order])
    assert again.remove(values, batch, covariates) == pytest.approx(harmonised, abs=1e-10)
    unit, origin = generator.uniform(0.01, 100, 6), generator.normal(size=6) * 10
    rescaled = values * unit + origin
    moved = estimate_batch_effects(rescaled, batch, covariates).remove(rescaled, batch, covariates)
    assert (moved - origin) / unit == pytest.approx(harmonised, abs=1e-9)
