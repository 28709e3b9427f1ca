import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path

from radsurv.cohort.polygons import filled, together


def box(top, left, bottom, right):
    return np.array([(top, left), (top, right), (bottom, right), (bottom, left)], dtype=float)


def picture(text):
    return np.array([[cell == "x" for cell in line] for line in text.split()])


def test_centres_inside_and_not_pixels_touched():
    expected = picture("..... .xx.. .xx.. .....")
    np.testing.assert_array_equal(filled(box(0.6, 0.4, 2.4, 2.9), (4, 5)), expected)
    np.testing.assert_array_equal(filled(box(0.6, 0.4, 2.4, 2.9)[::-1], (4, 5)), expected)


def test_polygons_side_by_side_share_no_pixel():
    """All corners on centres of pixels."""
    parts = [filled(box(*corners), (6, 6)) for corners in ((0, 0, 3, 2), (0, 2, 3, 5), (3, 0, 5, 5))]
    np.testing.assert_array_equal(np.sum(parts, axis=0), np.pad(np.ones((5, 5), int), (0, 1)))


def test_a_keyhole_is_a_hole():
    outer, inner = [(0, 0), (0, 6), (6, 6), (6, 0)], [(2, 2), (4, 2), (4, 4), (2, 4)]
    keyhole = np.array([*outer, outer[0], inner[0], *inner[1:], inner[0], outer[0]], dtype=float) - 0.5
    expected = picture("xxxxxx xxxxxx xx..xx xx..xx xxxxxx xxxxxx")
    np.testing.assert_array_equal(filled(keyhole, (6, 6)), expected)


def test_beyond_the_plane_is_cut_off():
    np.testing.assert_array_equal(filled(box(-50, -3, 1.5, 99), (4, 3)), picture("xxx xxx ... ..."))
    assert not filled(box(10, 10, 20, 20), (4, 3)).any()


@given(st.lists(st.tuples(st.integers(-30, 130), st.integers(-30, 130)), min_size=3, max_size=12))
def test_equal_to_a_winding_test_of_every_centre(corners):
    """matplotlib's own, whose rule is even-odd as well."""
    polygon = np.array(corners) / 10 + np.array([0.0123, 0.0457])  # no corner on a centre
    centres = np.argwhere(np.ones((12, 11)))
    theirs = Path(polygon).contains_points(centres).reshape(12, 11)
    np.testing.assert_array_equal(filled(polygon, (12, 11)), theirs)


def test_nested_polygons_are_holes_and_islands_in_any_order():
    rings = [filled(box(edge, edge, 8.5 - edge, 8.5 - edge), (9, 9)) for edge in (0.5, 1.5, 2.5)]
    expected = picture("......... .xxxxxxx. .x.....x. .x.xxx.x. .x.xxx.x. .x.xxx.x. .x.....x. .xxxxxxx. .........")
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        found, n_twice, n_crossing = together([rings[place] for place in order])
        np.testing.assert_array_equal(found, expected)
        assert (n_twice, n_crossing) == (0, 0)


@pytest.mark.parametrize(
    ("second", "expected", "counts"),
    [
        (box(0.5, 3.5, 1.5, 4.5), "...... xxx.x. xxx... ......", (0, 0)),  # beside
        (box(0.5, -0.5, 2.5, 2.5), "...... xxx... xxx... ......", (1, 0)),  # the same again
        (box(0.5, 1.5, 1.5, 4.5), "...... xxxxx. xxx... ......", (0, 1)),  # across its edge
    ],
)
def test_two_polygons(second, expected, counts):
    first = filled(box(0.5, -0.5, 2.5, 2.5), (4, 6))
    found, *said = together([first, filled(second, (4, 6))])
    np.testing.assert_array_equal(found, picture(expected))
    assert tuple(said) == counts
