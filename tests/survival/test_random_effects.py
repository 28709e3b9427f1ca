"""Meta-analysis against published numbers of R's metafor, and against a likelihood maximised by R."""

import numpy as np
import pytest

from radsurv.survival.random_effects import random_effects

# Log risk ratios and variances of the thirteen trials of BCG vaccination (Colditz et al. 1994; metafor's dat.bcg), as printed in
# metafor's documentation.
ESTIMATES = np.array([
    -0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394, 0.4459, -0.0173,
])  # fmt: skip
VARIANCES = np.array([
    0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714,
])  # fmt: skip


def test_the_numbers_are_those_of_metafor():
    """rma(yi, vi, data = dat.bcg, test = "knha"): τ² 0.3132, I² 92.22 %, estimate −0.7145, se 0.1808, 95 % −1.1084 to −0.3206."""
    found = random_effects(ESTIMATES, VARIANCES)
    assert (found.tau2, found.i2) == (pytest.approx(0.3132, abs=1e-4), pytest.approx(0.9222, abs=2e-4))
    assert (found.mean, found.low, found.high) == pytest.approx((-0.7145, -1.1084, -0.3206), abs=1e-4)


def test_tau2_is_where_r_has_the_restricted_maximum():
    """rl <- function(t) {w <- 1/(v+t); m <- sum(w*y)/sum(w); sum(log(v+t)) + log(sum(w)) + sum(w*(y-m)^2)}; optimize(rl, c(0, 2))."""
    assert random_effects(ESTIMATES, VARIANCES).tau2 == pytest.approx(0.313252774131, abs=1e-7)


def test_the_prediction_interval_has_two_degrees_less_than_studies():
    """By hand with four equally exact studies: τ² is their variance less that within, t of two degrees 4.3027."""
    found = random_effects(np.array([0.0, 1.0, 2.0, 3.0]), np.full(4, 0.25))
    tau2 = 5 / 3 - 0.25
    assert found.tau2 == pytest.approx(tau2, rel=1e-9)
    error = np.sqrt((tau2 + 0.25) / 4)
    assert found.high - found.mean == pytest.approx(3.182446 * error, rel=1e-6)
    assert found.prediction_high - found.mean == pytest.approx(4.302653 * np.sqrt(tau2 + error**2), rel=1e-6)
    assert found.i2 == pytest.approx(tau2 / (tau2 + 0.25))


def test_estimates_closer_than_chance_do_not_narrow_the_limits():
    """Hartung and Knapp's error would be 0 of equal estimates; it is that of the usual weights."""
    found = random_effects(np.array([0.4, 0.4]), np.array([0.02, 0.08]))
    assert (found.mean, found.tau2, found.i2) == (pytest.approx(0.4), 0.0, 0.0)
    assert found.high - found.mean == pytest.approx(12.7062 * np.sqrt(1 / (50 + 12.5)), rel=1e-5)
    assert np.isnan([found.prediction_low, found.prediction_high]).all()
