import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.roi.normalize import within_sd


def test_reference_mask(reference):
    stages = reference.arrays("roi")
    mask = within_sd(stages["roi_native"], stages["traced_mask_native"])
    np.testing.assert_array_equal(mask, stages["mask_native"])


def test_bounds_count_only_masked_pixels_and_divide_by_one_less():
    # Ten zeros and one 11: mean 1, SD (divisor 10) = sqrt((10 + 100) / 10) = 3.317, so mean + 3 SD = 10.95 < 11.
    image = np.zeros((3, 4))
    image[0, 0], image[2, 3] = 11, 1e6
    mask = np.ones(image.shape, bool)
    mask[2, 3] = False
    kept = within_sd(image, mask)
    expected = mask.copy()
    expected[0, 0] = False
    np.testing.assert_array_equal(kept, expected)
    # With divisor N, or at 3.1 SD, the pixel would stay.
    np.testing.assert_array_equal(within_sd(image, mask, 3.1), mask)


@given(constant=st.floats(-1e6, 1e6), pixels=st.integers(1, 9))
def test_a_constant_region_keeps_every_pixel(constant, pixels):
    mask = np.arange(9).reshape(3, 3) < pixels
    np.testing.assert_array_equal(within_sd(np.full((3, 3), constant), mask), mask)


@pytest.mark.parametrize("traced", [0, 1])
def test_too_few_pixels_for_a_deviation_are_left_alone(traced):
    mask = np.arange(4).reshape(2, 2) < traced
    np.testing.assert_array_equal(within_sd(np.arange(4.0).reshape(2, 2), mask), mask)
