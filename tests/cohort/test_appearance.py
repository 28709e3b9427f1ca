"""How an image and an outline look, on arrays small enough to count."""

import numpy as np
import pytest
from scipy.stats import iqr

from radsurv.cohort.appearance import (
    RING_PIXELS,
    appearance,
    intensities,
    is_eight_bit,
    is_thin,
    pixel_hash,
    touches_border,
)
from radsurv.cohort.load import LoadedPatient
from radsurv.cohort.sections import trace
from radsurv.cohort.volume import Volume


def volume(array, spacing_mm=(1.0, 1.0, 1.0)):
    return Volume(np.asarray(array), spacing_mm, np.zeros(3), np.eye(3))


def square(size, rows, columns):
    traced = np.zeros((size, size), dtype=bool)
    traced[rows, columns] = True
    return traced


@pytest.mark.parametrize(
    ("rows", "columns", "touches"),
    [
        (slice(1, 4), slice(1, 4), False),
        (slice(0, 2), slice(1, 3), True),
        (slice(3, 5), slice(1, 3), True),
        (slice(1, 3), slice(0, 2), True),
        (slice(1, 3), slice(4, 5), True),
    ],
)
def test_the_border(rows, columns, touches):
    assert touches_border(square(5, rows, columns)) is touches


def test_one_pixel_wide():
    ring = square(7, slice(1, 6), slice(1, 6)) & ~square(7, slice(2, 5), slice(2, 5))
    diagonal = np.eye(7, dtype=bool)
    assert is_thin(ring)
    assert is_thin(diagonal)
    assert not is_thin(square(7, slice(1, 3), slice(1, 3)))
    assert is_thin(ring & square(7, slice(None), slice(0, 1)))  # nothing at all


@pytest.mark.parametrize(
    ("array", "eight_bit"),
    [
        (np.array([0, 17, 255], np.uint8), True),
        (np.array([0, 17, 255], np.int16), True),
        (np.array([0.0, 17.0, 255.0]), True),
        (np.array([0.0, 17.5, 255.0]), False),
        (np.array([0, 17, 256], np.int16), False),
        (np.array([-1, 17, 255], np.int16), False),
        (np.array([0, 1, 1], np.uint8), False),  # a mask, not a picture
        (np.array([0.0, np.nan, 9.0]), False),
    ],
)
def test_eight_bits(array, eight_bit):
    assert is_eight_bit(array.reshape(1, 1, 3)) is eight_bit


def test_voxels_are_the_same_whatever_their_type_and_place():
    voxels = np.arange(24).reshape(2, 3, 4)
    assert pixel_hash(voxels.astype(np.int16)) == pixel_hash(voxels.astype(np.float32))
    assert pixel_hash(voxels) != pixel_hash(voxels.reshape(2, 4, 3))
    assert pixel_hash(voxels) != pixel_hash(voxels + (voxels == 23))


def test_intensities_are_those_of_their_definition():
    """In a section without air: SciPy's interquartile range, and medians counted by hand."""
    rng = np.random.default_rng(0)
    section = rng.uniform(100, 200, (60, 60))
    traced = square(60, slice(25, 35), slice(25, 35))
    section[traced] += 300
    level, spread, skewness, contrast = intensities(section, traced)
    low, high = np.percentile(section, [1, 99])
    inside = section[section > low + 0.1 * (high - low)]
    lower, middle, upper = np.quantile(inside, [0.25, 0.5, 0.75])
    assert level == pytest.approx(
        np.log(2 * middle), rel=1e-3
    )  # which the inverse hyperbolic sine is, of large numbers
    assert np.exp(spread) == pytest.approx(iqr(inside) / (high - low))
    assert skewness == pytest.approx((lower + upper - 2 * middle) / (upper - lower))
    rows, columns = np.indices(section.shape)
    city_block = (
        np.maximum(25 - rows, 0) + np.maximum(rows - 34, 0) + np.maximum(25 - columns, 0) + np.maximum(columns - 34, 0)
    )
    ring = (city_block > 0) & (city_block <= RING_PIXELS) & np.isin(section, inside)
    assert contrast == pytest.approx((np.median(section[traced]) - np.median(section[ring])) / iqr(inside))


def test_a_factor_changes_the_level_alone():
    rng = np.random.default_rng(1)
    section, traced = rng.uniform(50, 90, (40, 40)), square(40, slice(10, 20), slice(10, 20))
    one, other = intensities(section, traced), intensities(7 * section, traced)
    assert other[1:] == pytest.approx(one[1:])
    assert other[0] - one[0] == pytest.approx(np.log(7), abs=1e-3)


def test_a_section_without_range_has_no_numbers():
    assert np.isnan(intensities(np.full((9, 9), 5.0), square(9, slice(2, 5), slice(2, 5)))).all()


def test_of_a_patient():
    """Two islands, of which one pixel touches the border; pixels twice as long as wide; sections along z."""
    mask = np.zeros((3, 20, 20), dtype=bool)
    mask[1, 5:9, 5:9] = True
    mask[1, 19, 12] = True
    image = np.random.default_rng(2).integers(0, 400, mask.shape).astype(np.int16)
    image[1, 5:9, 5:8] = 77
    other = image.copy()
    one, same = volume(image, (5.0, 2.0, 1.0)), volume(other.astype(float), (9.0, 2.0, 1.0))
    outline = trace(volume(mask, (5.0, 2.0, 1.0)), "z")
    seen = appearance(LoadedPatient({"image": one, "flair": same}, {"": [outline]}, [], []))
    assert (seen.n_islands, seen.largest_island) == (2, 16 / 17)
    assert (seen.at_border, seen.thin, seen.eight_bit) == (True, False, False)
    assert (seen.slice_mm, seen.in_plane_mm, seen.anisotropy) == (5.0, pytest.approx(np.sqrt(2)), 2.0)
    assert seen.commonest >= 12 / 17
    assert seen.n_intensities == len(np.unique(image[mask]))
    assert seen.pixels["image"] == seen.pixels["flair"]
    assert seen.tumour == 77
