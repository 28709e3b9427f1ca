"""Harrell's C and its variance against R's survival."""

import numpy as np
import pytest

from radsurv.survival.concordance_error import concordance_variance
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.outcome import check_outcome

# R 4.2, survival 3.5-3: set.seed(3); x <- round(rnorm(40), 1); t <- ceiling(20 * rexp(40) * exp(-x)); e <- runif(40) < .7
SCORE = np.array([
    -1, -0.3, 0.3, -1.2, 0.2, 0, 0.1, 1.1, -1.2, 1.3, -0.7, -1.1, -0.7, 0.3, 0.2, -0.3, -1, -0.6, 1.2, 0.2, -0.6, -0.9, -0.2,
    -1.7, -0.5, -0.7, 1.2, 1, -0.1, -1.1, 0.9, 0.9, 0.7, 0.7, -0.4, 0.7, 1.3, 0, -1, 0.8,
])  # fmt: skip
TIME = [31, 9, 18, 283, 3, 15, 14, 9, 47, 6, 37, 112, 15, 8, 6, 56, 24, 8, 7, 51, 48, 116, 24, 109, 77, 64, 10, 4, 8, 103, 6, 6,
        20, 3, 30, 3, 5, 2, 145, 23]  # fmt: skip
EVENT = [1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1,
         0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1]  # fmt: skip
OUTCOME = check_outcome(TIME, EVENT)


def test_the_variance_is_that_of_r():
    """concordance(Surv(t, e) ~ x, reverse = TRUE): tied scores, tied events, and censorings at the time of an event."""
    assert harrell_c(OUTCOME, SCORE) == pytest.approx(0.805871212121212, abs=1e-14)
    assert concordance_variance(OUTCOME, SCORE) == pytest.approx(0.00122303105593933, abs=1e-15)


def test_without_a_comparable_pair_there_is_none():
    assert np.isnan(concordance_variance(check_outcome([1, 2], [0, 1]), np.array([1.0, 2.0])))
