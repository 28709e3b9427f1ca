"""Features that say the same, and agreement on them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.validation.exchangeable import EXCHANGEABLE, exchangeable, selected_groups
from radsurv.validation.selection_stability import selection_stability


def correlated(generator, n_patients, blocks):
    """Columns of a block share a factor, with noise that leaves |r| above the threshold; some are turned round."""
    factors = generator.normal(size=(n_patients, max(blocks) + 1))
    signs = np.where(np.arange(len(blocks)) % 2, -1, 1)
    return (factors[:, blocks] + 0.1 * generator.normal(size=(n_patients, len(blocks)))) * signs


def test_blocks_that_share_a_factor_are_groups_whatever_the_sign():
    blocks = np.array([0, 1, 0, 2, 1, 0])
    selected = np.array([[1, 0, 0, 1, 0, 0], [0, 1, 1, 1, 0, 0], [0, 0, 1, 0, 1, 0]], dtype=bool)
    group = exchangeable(correlated(np.random.default_rng(0), 60, blocks), selected)
    assert group.tolist() == [2, 1, 2, 3, 1, 2]  # the one that most select, of equals the first
    assert selected_groups(selected, group).tolist() == [[False, True, True], [True, True, True], [True, True, False]]


def test_a_chain_makes_no_group_of_what_has_nothing_in_common():
    """r of neighbours is above the threshold, that of the ends below it: all stand around the middle, or apart from the end."""
    turns = np.deg2rad([0, 25, 50])  # cos 25° = .906, cos 50° = .643
    noise = np.random.default_rng(1).normal(size=(30, 2))
    basis = np.linalg.qr(np.column_stack([np.ones(30), noise]))[0][:, 1:]  # of mean 0, and at right angles
    values = basis @ np.array([np.cos(turns), np.sin(turns)])
    by_end, by_middle = ([[1, 0, 0], [1, 1, 1]], [[0, 1, 0], [1, 1, 1]])
    assert exchangeable(values, np.array(by_end, dtype=bool)).tolist() == [0, 0, 2]
    assert exchangeable(values, np.array(by_middle, dtype=bool)).tolist() == [1, 1, 1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), n_features=st.integers(1, 12))
def test_everybody_is_like_the_one_who_stands_for_the_group_and_these_are_unlike(seed, n_features):
    generator = np.random.default_rng(seed)
    values = (
        correlated(generator, 12, generator.integers(0, 4, n_features)) + generator.normal(size=(12, n_features)) / 3
    )
    values[:, 0] = 7  # a constant
    selected = generator.random((5, n_features)) < 0.5
    group = exchangeable(values, selected)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.abs(np.atleast_2d(np.corrcoef(values.T)))
    for feature, leader in enumerate(group.tolist()):
        assert feature == leader or r[feature, leader] >= EXCHANGEABLE - 1e-9
        assert selected[:, leader].sum() >= selected[:, feature].sum()
    leaders = np.unique(group)
    apart = r[np.ix_(leaders, leaders)][~np.eye(len(leaders), dtype=bool)]
    assert not (apart > EXCHANGEABLE + 1e-9).any()
    assert group[0] == 0


def test_sets_that_choose_another_of_the_same_agree():
    """Every set has one of three twins and one of two: no agreement feature by feature, all of it group by group."""
    blocks = np.array([0, 0, 0, 1, 1, 2])
    selected = np.zeros((6, 6), dtype=bool)
    selected[np.arange(6), np.arange(6) % 3] = selected[np.arange(6), 3 + np.arange(6) % 2] = True
    groups = selected_groups(selected, exchangeable(correlated(np.random.default_rng(2), 60, blocks), selected))
    assert selection_stability(groups, 10).value == pytest.approx(1)
    assert selection_stability(selected, 10).value < 0.3
