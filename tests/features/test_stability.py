"""Agreement of readings, against pingouin and Shrout & Fleiss's own table."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from radsurv.features.stability import BLOCK, intraclass_correlation


def pingouins(readings):
    """ICC(2,1) and ICC(3,1) of readings (reading, patient) of one feature."""
    n_readings, n_patients = readings.shape
    long = pd.DataFrame(
        {
            "patient": np.tile(np.arange(n_patients), n_readings),
            "reader": np.repeat(np.arange(n_readings), n_patients),
            "value": readings.ravel() / np.abs(readings).max(),
        }
    )
    table = pingouin.intraclass_corr(long, targets="patient", raters="reader", ratings="value").set_index("Type")
    return table.loc["ICC(A,1)", "ICC"], table.loc["ICC(C,1)", "ICC"]


def readings_of(n_readings, n_patients, scale, rng):
    truth = rng.normal(size=(n_patients, len(scale)))
    noise = rng.normal(size=(n_readings, n_patients, len(scale))) * rng.uniform(0.1, 3, len(scale))
    return (truth + noise + rng.normal(size=(n_readings, 1, len(scale)))) * scale + 5 * np.asarray(scale)


def everybody(readings):
    return intraclass_correlation(readings, np.ones((1, readings.shape[1]), dtype=int))


def test_shrout_and_fleiss_1979():
    """Their Table 2: four judges, six targets; ICC(2,1) = .29, ICC(3,1) = .71 (Table 4)."""
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    found = everybody(ratings.T[:, :, None])
    assert found.icc2[0, 0] == pytest.approx(0.29, abs=0.005)
    assert found.icc3[0, 0] == pytest.approx(0.71, abs=0.005)
    assert found.n_patients[0, 0] == 6


@pytest.mark.parametrize("n_readings", [2, 3])
def test_equals_pingouin_for_features_of_any_scale(n_readings):
    readings = readings_of(n_readings, 30, [1e-9, 1.0, 1e9, 3.0], np.random.default_rng(0))
    found = everybody(readings)
    for feature in range(4):
        icc2, icc3 = pingouins(readings[:, :, feature])
        assert found.icc2[0, feature] == pytest.approx(icc2, abs=1e-9)
        assert found.icc3[0, feature] == pytest.approx(icc3, abs=1e-9)


def test_every_training_set_equals_pingouin_on_its_members():
    """Left-out, halved and bootstrapped sets; a patient drawn twice counts as two; a missing reading leaves one out."""
    rng = np.random.default_rng(1)
    readings = readings_of(3, 9, [1.0, 4.0], rng)
    readings[1, 4, 1] = np.nan
    weights = np.vstack([1 - np.eye(9, dtype=int), [1, 1, 0, 1, 1, 0, 0, 1, 0], rng.multinomial(9, np.full(9, 1 / 9))])
    found = intraclass_correlation(readings, weights)
    for which, weight in enumerate(weights):
        for feature in range(2):
            rows = np.repeat(np.arange(9), weight)
            rows = rows[np.isfinite(readings[:, rows, feature]).all(axis=0)]
            icc2, icc3 = pingouins(readings[:, rows, feature])
            assert found.icc2[which, feature] == pytest.approx(icc2, abs=1e-9)
            assert found.icc3[which, feature] == pytest.approx(icc3, abs=1e-9)
            assert found.n_patients[which, feature] == len(rows)


def test_who_is_not_in_a_set_does_not_touch_its_last_bit():
    rng = np.random.default_rng(2)
    readings = readings_of(2, 12, 10.0 ** rng.integers(-6, 6, BLOCK + 5), rng)
    weights = 1 - np.eye(12, dtype=int)
    before = intraclass_correlation(readings, weights)
    for spoilt in (np.nan, 1e12):
        changed = readings.copy()
        changed[:, 0] = spoilt
        changed[1, 0] *= 3
        after = intraclass_correlation(changed, weights)
        assert np.array_equal(after.icc2[0], before.icc2[0])
        assert np.array_equal(after.icc3[0], before.icc3[0])
        assert not np.array_equal(after.icc2[1], before.icc2[1])
    assert np.array_equal(intraclass_correlation(readings, weights[:1]).icc2[0], before.icc2[0])


@pytest.mark.parametrize("n_readings", [2, 3])
def test_perfect_agreement_constant_and_missing(n_readings):
    values = np.array([[1.0, 0.1, np.nan, np.nan], [2.0, 0.1, 1.0, 1.0], [4.0, 0.1, 2.0, np.nan]])
    found = everybody(np.stack([values] * n_readings))
    assert found.icc2[0, [0, 2]] == pytest.approx(1)
    assert found.icc3[0, [0, 2]] == pytest.approx(1)
    assert np.isnan(found.icc2[0, [1, 3]]).all()
    assert found.n_patients[0].tolist() == [3, 3, 2, 1]
    with pytest.raises(ValueError, match="found 1"):
        everybody(values[None])
