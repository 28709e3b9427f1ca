"""Distances from the others, against SciPy, and with outliers that were planted."""

import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from radsurv.cohort.robust_distance import FEWEST, FEWEST_JOINTLY, joint_distance, robust_z


def test_the_modified_z_score():
    values = np.random.default_rng(0).normal(size=31)
    expected = (values - np.median(values)) / median_abs_deviation(values, scale="normal")
    np.testing.assert_allclose(robust_z(values), expected, rtol=1e-5)


def test_a_missing_value_has_none_and_changes_nobody_elses():
    values = np.random.default_rng(0).normal(size=31)
    with_hole = robust_z(np.append(values, np.nan))
    np.testing.assert_array_equal(with_hole[:-1], robust_z(values))
    assert np.isnan(with_hole[-1])


def test_few_patients_are_no_yardstick():
    assert np.isnan(robust_z(np.arange(FEWEST - 1.0))).all()
    assert np.isfinite(robust_z(np.arange(float(FEWEST)))).all()
    assert np.isnan(joint_distance(np.random.default_rng(0).normal(size=(FEWEST_JOINTLY - 1, 2)))).all()


def test_half_of_the_values_alike_leave_no_scale():
    assert robust_z(np.array([3.0] * 9 + [4.0, 900.0])).tolist() == [0.0] * 11


@pytest.mark.parametrize("n_patients", [25, 60])
def test_few_patients_of_a_normal_cohort_are_beyond_the_limit(n_patients):
    """About one in a thousand: of 500, hardly more than four (a Poisson count of 0.5 is above 4 in two of 10,000 cohorts)."""
    rng = np.random.default_rng(1)
    beyond = [(joint_distance(rng.normal(size=(n_patients, 4))) > 1).sum() for _ in range(500 // n_patients)]
    assert sum(beyond) <= 4


def test_planted_patients_are_far_off_together_though_not_in_any_number():
    """Two numbers that go together; the planted ones are ordinary in each and go against each other."""
    rng = np.random.default_rng(3)
    first = rng.normal(size=60)
    values = np.column_stack([first, first + 0.1 * rng.normal(size=60)])
    planted = [7, 25, 44]
    values[planted] = [[1.5, -1.5], [-1.5, 1.4], [1.4, -1.6]]
    assert (np.abs(robust_z(values[:, 0]))[planted] < 3.5).all()
    assert np.flatnonzero(joint_distance(values) > 2).tolist() == planted


def test_numbers_that_hang_on_one_another_have_no_joint_distance():
    first = np.random.default_rng(0).normal(size=40)
    assert np.isnan(joint_distance(np.column_stack([first, 2 * first]))).all()


def test_scales_and_units_do_not_matter():
    values = np.random.default_rng(5).normal(size=(40, 3))
    np.testing.assert_allclose(joint_distance(values * [1, 100, 0.01] + [5, 0, -3]), joint_distance(values), rtol=1e-6)


def test_a_row_with_a_hole_has_none():
    values = np.random.default_rng(5).normal(size=(40, 3))
    values[4, 1] = np.nan
    found = joint_distance(values)
    assert np.flatnonzero(np.isnan(found)).tolist() == [4]
    assert found[0] == pytest.approx(joint_distance(np.delete(values, 4, axis=0))[0])
