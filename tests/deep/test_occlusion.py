"""The covered copies against their definition, pixel by pixel, and a feature whose map is known."""

import numpy as np
import pytest

from radsurv.deep.occlusion import covered, over_cells


@pytest.fixture
def patch():
    return np.random.default_rng(0).random((3, 10, 10)).astype(np.float32)


def test_each_window_holds_the_mean_of_its_channel_and_the_rest_is_as_before(patch):
    copies = covered(patch, 3)  # edges of the cells: 0, 3, 7, 10
    assert copies.shape == (4, 3, 10, 10)
    for copy, (rows, columns) in zip(
        copies, [((0, 7), (0, 7)), ((0, 7), (3, 10)), ((3, 10), (0, 7)), ((3, 10), (3, 10))], strict=True
    ):
        inside = np.zeros((10, 10), dtype=bool)
        inside[slice(*rows), slice(*columns)] = True
        np.testing.assert_array_equal(copy[:, ~inside], patch[:, ~inside])
        expected = np.broadcast_to(patch.mean(axis=(1, 2))[:, None], (3, inside.sum()))
        np.testing.assert_allclose(copy[:, inside], expected, rtol=1e-6)
    np.testing.assert_array_equal(covered(patch[0], 3), copies[:, 0])


def test_the_patch_itself_is_left_alone(patch):
    before = patch.copy()
    covered(patch, 5)
    np.testing.assert_array_equal(patch, before)


def test_a_cell_has_the_mean_of_the_windows_over_it():
    by_window = np.array([1.0, 2.0, 4.0, 8.0])
    np.testing.assert_allclose(over_cells(by_window, 3), [[1, 1.5, 2], [2.5, 3.75, 5], [4, 6, 8]])


def test_the_map_of_a_feature_that_looks_at_one_corner(patch):
    """The feature is one pixel's intensity: only windows over it have an effect, and all the same one."""
    gray = patch[0] - patch[0].mean()
    gray[9, 0] += 1
    effects = gray[9, 0] - covered(gray, 5)[:, 9, 0]
    found = over_cells(effects, 5)
    assert found[4, 0] == pytest.approx(gray[9, 0] - gray.mean())
    assert found[:3].max() == found[:, 2:].max() == 0
    assert found[3, 0] == pytest.approx(found[4, 0] / 2)
    assert found[3, 1] == pytest.approx(found[4, 0] / 4)
