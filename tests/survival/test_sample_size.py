import math

import pytest

from radsurv.survival.sample_size import largest_r2, most_parameters, required_patients

EVENTS = math.ceil(0.065 * 2.07 * 10_000) / 10_000  # as pmsampsize rounds a rate of 0.065 per year over 2.07 years


@pytest.mark.parametrize(
    ("n_parameters", "r2", "by_shrinkage", "by_optimism"),
    [(25, 0.051, 4286, 866), (25, 0.065, 3335, 859), (50, 0.051, 8572, 1731)],
)
def test_patients_of_pmsampsize(n_parameters, r2, by_shrinkage, by_optimism):
    """Tests 3.1 to 3.3 of the authors' package, R, version 1.1.3."""
    found = required_patients(n_parameters, r2, EVENTS)
    assert (found.by_shrinkage, found.by_optimism) == (by_shrinkage, by_optimism)
    assert found.needed == by_shrinkage


def test_so_many_patients_bear_just_these_parameters():
    assert most_parameters(4286, 0.051, EVENTS) == 25
    assert most_parameters(4284, 0.051, EVENTS) == 24
    assert most_parameters(50, 0.051, EVENTS) == 0


def test_the_largest_r2_is_that_of_the_null_likelihood():
    """Riley et al. 2019, section 4.3: 1 − exp(2·lnL/n) with lnL = E·ln(E/n) − E."""
    n, events = 200, 130
    assert largest_r2(events / n) == pytest.approx(
        1 - math.exp(2 * (events * math.log(events / n) - events) / n), rel=1e-12
    )
