"""Contours in millimetres on an image of 6 sections, 8 rows, 9 columns, 3 × 0.5 × 0.75 mm, which begins at (-20, 10, 4)."""

import numpy as np
import pytest

from radsurv.cohort.contours import drawn
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError

SHAPE, SPACING, ORIGIN = (6, 8, 9), (3.0, 0.5, 0.75), np.array([-20.0, 10.0, 4.0])
# Columns z, y, x: a series that is tilted against every axis of the patient.
OBLIQUE = np.linalg.qr(np.array([[0.2, 0.9, 0.3], [0.9, -0.1, 0.5], [0.4, 0.4, -0.8]]))[0]


def image(direction=None, spacing=SPACING, shape=SHAPE):
    return Volume(np.zeros(shape), spacing, ORIGIN, np.eye(3)[:, ::-1] if direction is None else direction)


def box(z, rows, columns, of=None):
    """A rectangle around whole pixels, first and last included, in mm."""
    (top, bottom), (left, right) = rows, columns
    edges = [(top - 0.5, left - 0.5), (top - 0.5, right + 0.5), (bottom + 0.5, right + 0.5), (bottom + 0.5, left - 0.5)]
    of = image() if of is None else of
    return of.origin + (np.array([(z, y, x) for y, x in edges]) * of.spacing_mm) @ of.direction.T


def boxes(*of):
    expected = np.zeros(SHAPE, dtype=bool)
    for z, (top, bottom), (left, right) in of:
        expected[z, top : bottom + 1, left : right + 1] ^= True
    return expected


def test_a_box_with_a_hole_in_one_section_and_two_parts_in_the_next():
    parts = [(1, (1, 6), (2, 7)), (1, (3, 4), (4, 5)), (2, (1, 2), (1, 2)), (2, (5, 6), (4, 7))]
    mask, remarks = drawn([box(*part) for part in parts], image(), "GTV")
    np.testing.assert_array_equal(mask, boxes(*parts))
    assert mask.sum() == 36 - 4 + 4 + 8
    assert remarks == []


@pytest.mark.parametrize("direction", [OBLIQUE, -OBLIQUE, OBLIQUE[:, [1, 0, 2]]])
def test_contours_on_an_oblique_series(direction):
    of = image(direction)
    parts = [(1, (1, 6), (2, 7)), (1, (3, 4), (4, 5)), (2, (1, 2), (1, 2))]
    points = [np.round(box(*part, of), 3) for part in parts]  # with the digits of a file
    mask, remarks = drawn(points, of, "GTV")
    np.testing.assert_array_equal(mask, boxes(*parts))
    assert remarks == []


def test_sections_along_another_axis():
    """A sagittal series in a file whose third axis is not the thick one."""
    of = Volume(np.zeros((8, 9, 6)), (0.5, 0.75, 3.0), ORIGIN, np.eye(3)[:, ::-1])
    points = ORIGIN + np.array([(0.75, 0.75, 2), (4.5, 0.75, 2), (4.5, 4.5, 2), (0.75, 4.5, 2)])[:, [2, 1, 0]] * [
        3.0,
        1,
        1,
    ]
    mask, _ = drawn([points], of, "GTV")
    expected = np.zeros((8, 9, 6), dtype=bool)
    expected[2:9, 1:6, 2] = True  # 0.75/0.5 to 4.5/0.5 half open, 0.75/0.75 to 4.5/0.75
    np.testing.assert_array_equal(mask, expected)


def test_pixels_longer_than_sections_are_thick():
    of = image(spacing=(0.5, 0.5, 0.75))
    mask, remarks = drawn([box(2, (1, 4), (2, 5), of)], of, "GTV")
    np.testing.assert_array_equal(mask, boxes((2, (1, 4), (2, 5))))
    assert remarks == []


def test_a_contour_between_sections_goes_to_the_nearest():
    mask, remarks = drawn([box(1.04, (1, 2), (1, 2)), box(2.4, (3, 4), (3, 4))], image(), "GTV")
    np.testing.assert_array_equal(mask, boxes((1, (1, 2), (1, 2)), (2, (3, 4), (3, 4))))
    assert remarks == ["contours on 1 plane between sections were moved to the nearest one, by up to 1.2 mm"]


def test_of_finer_planes_the_nearest_is_taken_and_none_cancels_another():
    parts = [(z, (1, 3 + number), (1, 3)) for number, z in enumerate((0.7, 1.0, 1.3, 1.6, 1.95))]
    mask, remarks = drawn([box(*part) for part in parts], image(), "GTV")
    np.testing.assert_array_equal(mask, boxes((1, (1, 4), (1, 3)), (2, (1, 7), (1, 3))))
    assert remarks == ["3 planes of contours left out: a nearer one lies in the same section of the image"]


def test_sections_that_were_skipped_stay_empty_and_are_said():
    mask, remarks = drawn([box(z, (1, 4), (1, 4)) for z in (5, 1, 3)], image(), "GTV")
    assert mask.sum(axis=(1, 2)).tolist() == [0, 16, 0, 16, 0, 16]
    assert remarks == [
        "no contours in 2 of the 5 sections from the first to the last that has some (2, 4); they stay empty"
    ]


def test_what_reaches_out_of_the_image_is_clipped():
    mask, remarks = drawn(
        [box(0, (-3, 2), (5, 12)), box(0, (6, 7), (0, 8)), box(-1, (1, 2), (1, 2)), box(6, (1, 2), (1, 2))],
        image(),
        "GTV",
    )
    np.testing.assert_array_equal(mask, boxes((0, (0, 2), (5, 8)), (0, (6, 7), (0, 8))))
    assert remarks == [
        "2 contours beyond the first or last section of the image left out",
        "1 contour clipped at the edge of the image",
    ]


def test_one_plane_drawn_twice_does_not_vanish():
    mask, remarks = drawn([box(1, (1, 4), (1, 4)), box(1, (1, 4), (1, 4))], image(), "GTV")
    assert mask.sum() == 16
    assert remarks == ["1 contour there twice, counted once"]


def test_a_tilted_contour_is_refused_by_name():
    points = box(2, (1, 6), (1, 6))
    points[:2, 2] += 0.31  # of 3 mm
    with pytest.raises(
        PatientError,
        match=r"^GTV has 1 contour not parallel .* \(the first is number 2; sections along z\)",
    ):
        drawn([box(1, (1, 2), (1, 2)), points], image(), "GTV")
    points[:2, 2] -= 0.02
    assert drawn([points], image(), "GTV")[0].sum() == 36


def test_nothing_inside():
    for contour in (box(9, (1, 2), (1, 2)), box(1, (50, 60), (1, 2)), box(1, (1.6, 1.4), (1, 2))):
        with pytest.raises(PatientError, match=r"^no contour of GTV encloses a voxel of the image; use the image"):
            drawn([contour], image(), "GTV")
