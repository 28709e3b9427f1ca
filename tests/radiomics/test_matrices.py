from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radsurv.radiomics.matrices import glcm_matrix, glrlm_matrix, glszm_matrix, ngtdm_matrix

LEVELS = 4
DIRECTIONS = {(0, 1): 1.0, (1, 0): 1.0, (1, 1): np.sqrt(2), (1, -1): np.sqrt(2)}
REGIONS = hnp.arrays(
    np.int32, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.sampled_from([0, 0, 1, 2, 2, 3, 4])
)
THREAD = np.eye(5, dtype=np.int32)
CROSSWISE = np.array([[1, 0, 0, 0, 2], [0, 0, 0, 0, 0], [0, 0, 3, 0, 0]], dtype=np.int32)

brute_force = settings(deadline=None, max_examples=60)


def _pixels(quantized):
    return {(int(y), int(x)): int(quantized[y, x]) for y, x in np.argwhere(quantized)}


def _neighbours(pixels, y, x):
    """(level, shares an edge) of the eight neighbours inside the region."""
    for dy, dx in product((-1, 0, 1), repeat=2):
        if (dy, dx) != (0, 0) and (y + dy, x + dx) in pixels:
            yield pixels[y + dy, x + dx], dy == 0 or dx == 0


@brute_force
@given(quantized=REGIONS)
@example(quantized=THREAD)
def test_glcm_counts_neighbours(quantized):
    pixels, expected = _pixels(quantized), np.zeros((LEVELS, LEVELS))
    for (y, x), level in pixels.items():
        for other, edge in _neighbours(pixels, y, x):
            expected[level - 1, other - 1] += 1 if edge else np.sqrt(2)
    matrix = glcm_matrix(quantized, LEVELS)
    np.testing.assert_allclose(matrix, expected)
    np.testing.assert_array_equal(matrix, matrix.T)


@brute_force
@given(quantized=REGIONS)
@example(quantized=THREAD)
@example(quantized=CROSSWISE)
@example(quantized=np.array([[2]], dtype=np.int32))
def test_glrlm_counts_runs(quantized):
    pixels, runs = _pixels(quantized), Counter()
    for (dy, dx), weight in DIRECTIONS.items():
        for (y, x), level in pixels.items():
            if pixels.get((y - dy, x - dx)) == level:
                continue
            length = 1
            while pixels.get((y + length * dy, x + length * dx)) == level:
                length += 1
            runs[level, length] += weight
    expected = np.zeros((LEVELS, max((length for _, length in runs), default=1)))
    for (level, length), weight in runs.items():
        expected[level - 1, length - 1] = weight
    matrix = glrlm_matrix(quantized, LEVELS)
    np.testing.assert_allclose(matrix, expected)
    # Each direction covers every pixel once.
    lengths = np.arange(1, matrix.shape[1] + 1)
    np.testing.assert_allclose((matrix * lengths).sum(), len(pixels) * (2 + 2 * np.sqrt(2)), rtol=1e-12)


@brute_force
@given(quantized=REGIONS)
@example(quantized=np.array([[2]], dtype=np.int32))
def test_glszm_counts_zones(quantized):
    pixels = _pixels(quantized)
    waiting, zones = dict(pixels), Counter()
    while waiting:
        start, level = waiting.popitem()
        stack, size = [start], 0
        while stack:
            y, x = stack.pop()
            size += 1
            for dy, dx in product((-1, 0, 1), repeat=2):
                if waiting.get((y + dy, x + dx)) == level:
                    del waiting[y + dy, x + dx]
                    stack.append((y + dy, x + dx))
        zones[level, size] += 1
    expected = np.zeros((LEVELS, max((size for _, size in zones), default=1)))
    for (level, size), count in zones.items():
        expected[level - 1, size - 1] = count
    matrix = glszm_matrix(quantized, LEVELS)
    np.testing.assert_array_equal(matrix, expected)
    assert (matrix * np.arange(1, matrix.shape[1] + 1)).sum() == len(pixels)


@brute_force
@given(quantized=REGIONS)
@example(quantized=THREAD)
def test_ngtdm_averages_neighbours(quantized):
    pixels, expected = _pixels(quantized), np.zeros((LEVELS, 2))
    for (y, x), level in pixels.items():
        around = [(other, 1 if edge else 1 / np.sqrt(2)) for other, edge in _neighbours(pixels, y, x)]
        if around:
            mean = sum(other * weight for other, weight in around) / sum(weight for _, weight in around)
            expected[level - 1] += abs(level - mean), 1
    matrix = ngtdm_matrix(quantized, LEVELS)
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    with_neighbour = sum(1 for y, x in pixels if any(_neighbours(pixels, y, x)))
    assert matrix[:, 1].sum() == with_neighbour


@brute_force
@given(quantized=REGIONS)
@pytest.mark.parametrize("matrix_of", [glcm_matrix, glrlm_matrix, glszm_matrix, ngtdm_matrix])
def test_turning_and_mirroring_change_nothing(matrix_of, quantized):
    matrix = matrix_of(quantized, LEVELS)
    for turned in (np.rot90(quantized), quantized[::-1], quantized[:, ::-1], quantized.T):
        np.testing.assert_allclose(matrix_of(turned, LEVELS), matrix, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("matrix_of", [glcm_matrix, glrlm_matrix, glszm_matrix, ngtdm_matrix])
def test_no_region_counts_nothing(matrix_of):
    assert not matrix_of(np.zeros((3, 4), np.int32), LEVELS).any()


def test_equal_neighbours_do_not_differ_at_all():
    assert ngtdm_matrix(np.full((7, 7), 3, np.int32), LEVELS)[2].tolist() == [0.0, 49.0]


@pytest.mark.parametrize("matrix_of", [glcm_matrix, glrlm_matrix, glszm_matrix, ngtdm_matrix])
def test_reference(reference, matrix_of):
    family = matrix_of.__name__.removesuffix("_matrix")
    for key, quantized in reference.quantized.items():
        expected = reference.matrices[f"{family}_{key}"]
        matrix = matrix_of(quantized, int(key.split("_")[1]))
        if family == "glszm":
            np.testing.assert_array_equal(matrix, expected)
        else:
            np.testing.assert_allclose(matrix, expected, rtol=1e-12, atol=1e-12)
