"""The P of the best of many analyses."""

import numpy as np
import pytest

from radsurv.errors import TrainingSetError
from radsurv.validation.max_statistic import max_statistic_p


def test_by_hand():
    shuffled = np.array([[0.5, 0.7], [0.6, 0.4], [0.8, 0.2], [0.1, 0.3]])
    found = max_statistic_p(np.array([0.65, 0.55]), shuffled)  # the largest of each row: 0.7, 0.6, 0.8, 0.3
    assert (found.p, found.exceeding, found.count) == ((1 + 2) / (1 + 4), 2, 4)


def test_one_analysis_is_the_usual_test_and_more_of_them_cost():
    rng = np.random.default_rng(0)
    shuffled = rng.normal(size=(99, 6))
    alone = max_statistic_p(np.array([2.0]), shuffled[:, :1]).p
    assert alone == (1 + np.count_nonzero(shuffled[:, 0] >= 2.0)) / 100
    assert max_statistic_p(np.array([2.0, *np.full(5, -9.0)]), shuffled).p > alone


def test_it_is_uniform_where_nothing_is_related():
    """2,000 times 19 shuffles of five analyses that correlate with 0.8: each of the 20 values of P is as frequent as any other."""
    rng = np.random.default_rng(1)
    common, own = rng.normal(size=(2000, 20, 1)), rng.normal(size=(2000, 20, 5))
    statistics = np.sqrt(0.8) * common + np.sqrt(0.2) * own
    p = np.array([max_statistic_p(one[0], one[1:]).p for one in statistics])
    counts = np.bincount(np.round(20 * p).astype(int) - 1, minlength=20)
    chi2 = ((counts - 100) ** 2 / 100).sum()
    assert chi2 < 43.8  # the 99.9 % point of 19 degrees of freedom
    best_alone = np.array([min((1 + (one[1:, k] >= one[0, k]).sum()) / 20 for k in range(5)) for one in statistics])
    assert (best_alone <= 0.05).mean() > 1.5 * (
        p <= 0.05
    ).mean()  # what taking the best of five without paying would claim


def test_a_largest_of_some_analyses_is_none():
    with pytest.raises(TrainingSetError, match="no number"):
        max_statistic_p(np.array([0.6, np.nan]), np.zeros((3, 2)))
