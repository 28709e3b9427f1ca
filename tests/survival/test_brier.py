"""The Brier score in cases that can be computed by hand."""

import numpy as np
import pytest

from radsurv.survival.brier import brier_at_horizons, integrated_brier
from radsurv.survival.outcome import check_outcome

HORIZONS = np.array([2.0, 4.0])


def test_uncensored_it_is_a_mean_square():
    outcome = check_outcome([1, 2, 3, 4, 5, 6], [1] * 6)
    alive = outcome.time[:, None] > HORIZONS
    predicted = np.linspace(0.05, 0.95, 12).reshape(6, 2)
    np.testing.assert_allclose(
        brier_at_horizons(outcome, predicted, HORIZONS), ((alive - predicted) ** 2).mean(axis=0), rtol=1e-12
    )
    assert brier_at_horizons(outcome, alive.astype(float), HORIZONS).tolist() == [0, 0]
    np.testing.assert_allclose(brier_at_horizons(outcome, np.full((6, 2), 0.5), HORIZONS), 0.25)


def test_censored_patients_are_made_up_for():
    # One of the four under observation is censored at 2, so 3/4 stay uncensored: the patient with an event at 3 and
    # the two alive at 4 count 4/3 each, the one with an event at 1 counts once.
    outcome = check_outcome([1, 2, 3, 5, 6], [1, 0, 1, 1, 0])
    survival = np.array([0.1, 0.9, 0.3, 0.6, 0.8])
    expected = (0.1**2 + (0.3**2 + 0.4**2 + 0.2**2) * 4 / 3) / 5
    assert brier_at_horizons(outcome, survival[:, None], np.array([4.0]))[0] == pytest.approx(expected, abs=1e-12)


def test_integral_over_a_line():
    assert integrated_brier(np.array([0.1, 0.2, 0.4]), np.array([1.0, 2.0, 5.0])) == pytest.approx((0.15 + 0.9) / 4)
