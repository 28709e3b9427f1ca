"""Perturbed outlines: never empty, never beyond the section, never far from the traced one, and repeatable."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from radsurv.roi.perturb import perturb_outline

OUTLINES = arrays(bool, st.tuples(st.integers(1, 24), st.integers(1, 24)))
SEEDS = st.integers(0, 2**32)


def disc(radius, side=64, centre=(32, 32)):
    y, x = np.ogrid[:side, :side]
    return (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2


@settings(deadline=None)
@given(OUTLINES, SEEDS, st.integers(1, 3))
def test_it_stays_in_the_section_near_the_outline_and_is_never_empty(outline, seed, most):
    assume(outline.any())
    before = outline.copy()
    perturbed = perturb_outline(outline, np.random.default_rng(seed), max_pixels=most)
    assert (perturbed.shape, perturbed.dtype) == (outline.shape, outline.dtype)
    assert perturbed.any()
    assert perturbed.sum() >= min(16, outline.sum())
    distance = distance_transform_edt(~outline)
    assert distance[perturbed].max() <= most + np.hypot(most, most) + 1e-9
    assert np.array_equal(outline, before)


@settings(deadline=None)
@given(OUTLINES, SEEDS)
def test_the_same_generator_gives_the_same_outline_and_is_always_used_alike(outline, seed):
    first, second, third = (np.random.default_rng(seed) for _ in range(3))
    assert np.array_equal(perturb_outline(outline, first), perturb_outline(outline, second))
    perturb_outline(np.zeros((5, 5), dtype=bool), third)
    assert first.integers(1 << 40) == second.integers(1 << 40) == third.integers(1 << 40)


@pytest.mark.parametrize("most", [1, 2])
def test_every_growth_and_every_shift_comes_up(most):
    outline, rng = disc(10), np.random.default_rng(0)
    grown, moved = set(), set()
    for _ in range(400):
        perturbed = perturb_outline(outline, rng, max_pixels=most)
        rows, columns = (np.flatnonzero(perturbed.any(axis=axis)) for axis in (1, 0))
        grown.add((len(rows) - 21) // 2)
        moved.add((int(rows.mean()) - 32, int(columns.mean()) - 32))
        assert len(rows) == len(columns)
    wanted = range(-most, most + 1)
    assert grown == set(wanted) - {0}
    assert moved == {(y, x) for y in wanted for x in wanted}


def test_an_outline_in_the_corner_moves_only_inwards_and_loses_nothing():
    outline = np.zeros((40, 40), dtype=bool)
    outline[:12, -12:] = True
    for seed in range(50):
        perturbed = perturb_outline(outline, np.random.default_rng(seed))
        rows, columns = (np.flatnonzero(perturbed.any(axis=axis)) for axis in (1, 0))
        size = len(rows)
        assert len(columns) == size
        assert rows[-1] <= 15
        assert columns[0] >= 24
        assert size in (8, 10, 13, 14)


def test_shrinking_stops_before_too_few_pixels_are_left():
    square = np.zeros((20, 20), dtype=bool)
    square[8:14, 8:14] = True  # 36 pixels; eroded once 16, twice 4
    sizes = {int(perturb_outline(square, np.random.default_rng(seed)).sum()) for seed in range(60)}
    assert min(sizes) == 16
    sizes = {int(perturb_outline(square, np.random.default_rng(seed), min_pixels=17).sum()) for seed in range(60)}
    assert min(sizes) == 36
    assert not perturb_outline(np.zeros((4, 4), dtype=bool), np.random.default_rng(0)).any()
