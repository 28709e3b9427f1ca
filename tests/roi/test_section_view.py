"""The small picture: true to scale, and its lines where the pixels are."""

import numpy as np
import pytest

from radsurv.roi.section_view import SIDE, section_view


def area(line):
    """Of a closed polygon, by the shoelace formula."""
    x, y = line[:, 0], line[:, 1]
    return abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


@pytest.fixture
def section():
    return np.random.default_rng(0).uniform(0, 100, (SIDE, SIDE))


def test_a_millimetre_is_as_long_across_as_down(section):
    traced = np.zeros(section.shape, dtype=bool)
    traced[40:60, 20:50] = True
    seen = section_view(section, traced, (2.0, 1.0))
    assert seen.gray.shape == (SIDE, SIDE // 2)
    assert seen.box == (10.0, 40.0, 15.0, 20.0)


def test_the_contour_encloses_the_traced_pixels(section):
    traced = np.zeros(section.shape, dtype=bool)
    traced[40:80, 20:50] = True
    (line,) = section_view(section, traced, (1.0, 1.0)).contours
    assert area(line) == pytest.approx(traced.sum(), rel=0.01)
    np.testing.assert_allclose([line.min(axis=0), line.max(axis=0)], [[20, 40], [50, 80]], atol=0.51)


def test_holes_islands_and_the_border_have_lines_of_their_own(section):
    traced = np.zeros(section.shape, dtype=bool)
    traced[:30, :30] = True
    traced[10:20, 10:20] = False
    traced[100:110, 100:110] = True
    lines = section_view(section, traced, (1.0, 1.0)).contours
    assert sorted(round(area(line), -1) for line in lines) == [100, 100, 900]
    assert all((line[0] == line[-1]).all() for line in lines)


def test_the_margin_moves_the_box_not_the_outline(section):
    traced = np.zeros(section.shape, dtype=bool)
    traced[40:60, 40:80] = True
    assert section_view(section, traced, (1.0, 1.0), margin=0.5).box == (20.0, 30.0, 80.0, 40.0)


def test_grey_runs_from_black_to_white_and_what_is_no_number_is_black(section):
    traced = np.ones(section.shape, dtype=bool)
    section[:20] = np.nan
    gray = section_view(section, traced, (1.0, 1.0)).gray
    assert (gray.dtype, gray.min(), gray.max()) == (np.uint8, 0, 255)
    assert (gray[:18] == 0).all()
    assert (section_view(np.full((9, 9), 3.0), np.ones((9, 9), bool), (1.0, 1.0)).gray == 0).all()
