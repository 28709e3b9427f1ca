from dataclasses import replace

import numpy as np
import pytest

from radsurv.cohort.check import (
    anisotropy_remarks,
    check_intensities,
    check_size,
    facts,
    not_finite_remarks,
    volume_mm3,
)
from radsurv.cohort.sections import trace
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError


def volume(array):
    return Volume(array, (6.0, 0.5, 0.75), np.zeros(3), np.eye(3)[:, ::-1])


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(100, 10, (4, 8, 9)).astype(np.float32)


@pytest.fixture
def mask():
    outline = np.zeros((4, 8, 9), bool)
    outline[1, 2:5, 2:6] = True  # 12 pixels
    outline[2, 2:6, 2:6] = True  # 16 pixels
    return outline


def traced(mask, axis="z"):
    return trace(volume(mask), axis)


def test_facts(image, mask):
    found = facts(volume(image), traced(mask))
    assert (found.n_voxels, found.n_sections, found.n_pixels) == (28, 2, 16)
    assert (found.spacing_z_mm, found.spacing_y_mm, found.spacing_x_mm) == (6.0, 0.5, 0.75)
    assert (found.image_hash, found.mask_hash) == (volume(image).content_hash(), volume(mask).content_hash())


def test_the_voxel_size_is_the_image_s_where_the_outline_s_differs_within_the_tolerance(image, mask):
    nearly = replace(volume(mask), spacing_mm=(6.0, 0.5001, 0.7501))
    found = facts(volume(image), trace(nearly, "z"))
    assert (found.spacing_z_mm, found.spacing_y_mm, found.spacing_x_mm) == (6.0, 0.5, 0.75)


@pytest.mark.parametrize("axis", ["z", "y", "x"])
def test_the_volume_is_that_of_all_sections_together(image, mask, axis):
    """28 voxels of 6 × 0.5 × 0.75 mm; the analysed section alone, of 16, would have 36 mm³."""
    assert volume_mm3(volume(image), traced(mask, axis)) == 28 * 2.25 == 63.0


def test_an_outline_in_one_section_has_the_volume_of_that_section(image, mask):
    mask[1] = False
    assert volume_mm3(volume(image), traced(mask)) == 16 * 2.25 == 36.0


def test_the_voxels_of_an_outline_have_the_size_of_the_images(image, mask):
    """Which may differ by rounding in the header of the outline's file."""
    outline = trace(Volume(mask, (6.0000001, 0.5, 0.75), np.zeros(3), np.eye(3)[:, ::-1]), "z")
    assert volume_mm3(volume(image), outline) == 63.0


@pytest.mark.parametrize(("axis", "pixels"), [("z", 16), ("y", 8), ("x", 7)])
def test_sections_are_stacked_along_the_axis_asked_for(image, mask, axis, pixels):
    outline = traced(mask, axis)
    assert facts(volume(image), outline).n_pixels == pixels
    check_intensities(volume(image), outline)
    assert not_finite_remarks(volume(image)) == []


def test_an_outline_of_one_pixel(image, mask):
    one = np.zeros_like(mask)
    one[1, 1, 1] = True
    with pytest.raises(PatientError, match=r"at most 1 pixel in a section \(1\); expected at least 16"):
        check_size(traced(one), 16)
    check_size(traced(one), 1)
    with pytest.raises(PatientError, match="all 1 pixels"):
        check_intensities(volume(image), traced(one))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_intensities_that_are_not_finite_matter_where_features_see_them(image, mask, value):
    """The outline's rectangle is rows 2 to 5 and columns 2 to 5 of section 2; a margin of 0.25 adds a pixel all around."""
    image[0, 0, 0] = image[2, 0, 0] = image[2, 6, 3] = value
    check_intensities(volume(image), traced(mask))
    assert not_finite_remarks(volume(image)) == [
        "3 voxels are not finite (NaN or inf), none of them where features are computed"
    ]
    with pytest.raises(
        PatientError,
        match=r"^1 pixel of section 2 in the rectangle around the outline with patch\.margin=0\.25, 0 of them inside",
    ):
        check_intensities(volume(image), traced(mask), margin=0.25)
    image[2, 2, 2] = image[2, 3, 3] = value
    with pytest.raises(
        PatientError, match=r"^2 pixels of section 2 in the rectangle around the outline, 2 of them inside"
    ):
        check_intensities(volume(image), traced(mask))


def test_a_corner_of_the_rectangle_counts_though_it_is_outside_the_outline(image, mask):
    """Interpolation to 1 mm, and the network, see it."""
    mask[2, 2, 2] = False
    image[2, 2, 2] = np.nan
    with pytest.raises(PatientError, match=r"^1 pixel of section 2 .*, 0 of them inside the outline, is not finite"):
        check_intensities(volume(image), traced(mask))


def test_constant_intensities(image, mask):
    image[2][mask[2]] = 55
    with pytest.raises(PatientError, match="all 16 pixels inside the outline of section 2 have the intensity 55"):
        check_intensities(volume(image), traced(mask))


def test_voxels_longer_than_any_series_are_remarked_on():
    def remarks(*spacing_mm):
        return anisotropy_remarks(Volume(np.zeros((2, 2, 2)), spacing_mm, np.zeros(3), np.eye(3)[:, ::-1]))

    assert remarks(10.0, 0.25, 0.25) == remarks(1.0, 1.0, 1.0) == remarks(5.0, 0.4, 0.4) == []
    assert remarks(600.0, 0.5, 0.75) == [
        "voxels measure 0.75 × 0.5 × 600 mm (x × y × z), one edge more than 40 times another: check the voxel size in the header"
    ]
