"""The strongest of correlated features, by numpy's correlations."""

import numpy as np
import pytest

from radsurv.survival.steps.pearson import Correlation


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.85])
def test_greedy_by_definition(threshold):
    generator = np.random.default_rng(0)
    values = generator.normal(size=(4, 30))[generator.integers(0, 4, 25)] + 0.7 * generator.normal(size=(25, 30))
    candidates, rows = generator.permutation(25)[:20], generator.integers(0, 30, 25)
    r = np.abs(np.corrcoef(values[:, rows]))
    kept = []
    for candidate in candidates:
        if all(r[candidate, other] <= threshold for other in kept):
            kept.append(candidate)
    assert Correlation(threshold).prune(values, candidates, rows).tolist() == kept
    assert 0 < len(kept) < 20


def test_at_most_the_threshold():
    """Two of eight signs differ: |r| is one half."""
    first = np.array([1.0, 1, 1, 1, -1, -1, -1, -1])
    second = -np.array([1.0, 1, 1, -1, 1, -1, -1, -1])
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(-0.5, rel=1e-12)
    values, both, rows = np.stack([first, second]), np.arange(2), np.arange(8)
    assert Correlation(0.5 + 1e-12).prune(values, both, rows).tolist() == [0, 1]
    assert Correlation(0.5 - 1e-12).prune(values, both, rows).tolist() == [0]
    assert Correlation(0.5 - 1e-12).prune(values, both[::-1], rows).tolist() == [1]


def test_in_words():
    assert Correlation(0.85).describe() == "|r| ≤ 0.85"
    assert Correlation.loosest([0.5, 0.9, 0.7]) == 0.9
