import numpy as np
import pytest

from radsurv.survival.pruning import prune


def greedy(values, candidates, rows, threshold):
    """The definition, with numpy's correlation matrix."""
    kept = []
    for candidate in candidates:
        others = [abs(np.corrcoef(values[candidate, rows], values[other, rows])[0, 1]) for other in kept]
        if not others or max(others) <= threshold:
            kept.append(candidate)
    return kept


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.85])
def test_greedy_by_definition(threshold):
    generator = np.random.default_rng(0)
    values = generator.normal(size=(4, 30))[generator.integers(0, 4, 40)] + 0.7 * generator.normal(size=(40, 30))
    rows = generator.integers(0, 30, 25)
    candidates = generator.permutation(40)[:30]
    kept = prune(values, candidates, rows, threshold).tolist()
    assert kept == greedy(values, candidates, rows, threshold)
    assert 0 < len(kept) < 30


def test_a_copy_goes_whatever_its_sign_unit_and_offset():
    first = np.random.default_rng(1).normal(size=50)
    values = np.vstack([first, -1e-4 * first, 1e5 * first + 3e5, np.random.default_rng(2).normal(size=50)])
    assert prune(values, np.arange(4), np.arange(50), 0.85).tolist() == [0, 3]


def test_a_threshold_of_one_keeps_copies():
    first = np.random.default_rng(1).normal(size=50)
    values = np.vstack([first * factor for factor in (1.0, 3.0, -0.1, 7.7)])
    assert len(prune(values, np.arange(4), np.arange(50), 1.0)) == 4


def test_constant_features_correlate_with_nothing():
    values = np.vstack([np.ones(9), np.arange(9.0), np.zeros(9)])
    assert prune(values, np.arange(3), np.arange(9), 0.5).tolist() == [0, 1, 2]


def test_nothing_in_nothing_out():
    assert len(prune(np.ones((2, 3)), np.empty(0, dtype=np.int64), np.arange(3), 0.85)) == 0


def test_copies_of_tiny_values_go_too():
    """Their squares are 0 in double precision."""
    first, other = np.random.default_rng(1).normal(size=(2, 50))
    values = np.vstack([1e-200 * first, -3e-250 * first, first, other * 1e-180])
    assert prune(values, np.arange(4), np.arange(50), 0.85).tolist() == [0, 3]
