import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radsurv.errors import PatientError
from radsurv.roi.resample import resample_image, resample_mask, resampled_length


def test_reference(reference):
    spacing = pd.read_csv(reference.folder / "cases.csv").set_index("case").loc[reference.case, "pixelW_mm"]
    stages = reference.arrays("roi")
    image = resample_image(stages["roi_native"], (spacing, spacing), 1.0)
    np.testing.assert_allclose(image, stages["roi_1mm"], rtol=1e-12)
    mask = resample_mask(stages["mask_native"], (spacing, spacing), 1.0)
    np.testing.assert_array_equal(mask, stages["mask_1mm"])


def _brute_force(values: np.ndarray, n_out: int) -> tuple[list[float], list[int]]:
    """One axis by the written definition: weighted means over all (mirrored) samples, and the nearest samples."""
    n_in = len(values)
    f = n_out / n_in
    g = min(f, 1.0)
    means, nearest = [], []
    for x in range(1, n_out + 1):
        u = x / f + (1 - 1 / f) / 2
        total = weights = 0.0
        for i in range(-4 * n_in, 5 * n_in):
            weight = max(0.0, 1 - abs(g * (u - i)))
            position = (i - 1) % (2 * n_in)
            total += weight * values[position if position < n_in else 2 * n_in - 1 - position]
            weights += weight
        means.append(total / weights)
        nearest.append(next(i for i in range(n_in + 2) if -0.5 <= u - i < 0.5))
    return means, nearest


@settings(deadline=None, max_examples=60)
@given(n_in=st.integers(1, 14), n_out=st.integers(1, 20), seed=st.integers(0, 99))
def test_one_axis_equals_the_definition(n_in, n_out, seed):
    values = np.random.default_rng(seed).normal(size=n_in)
    target_mm = n_in / n_out
    if resampled_length(n_in, 1.0, target_mm) != n_out:
        return
    means, nearest = _brute_force(values, n_out)
    if target_mm == 1:
        nearest = list(range(1, n_in + 1))
    np.testing.assert_allclose(resample_image(values[:, None], (1.0, target_mm), target_mm)[:, 0], means, atol=1e-12)
    picked = [
        resample_mask(np.arange(1, n_in + 1)[None] == i, (target_mm, 1.0), target_mm)[0] for i in range(1, n_in + 1)
    ]
    np.testing.assert_array_equal(np.argmax(picked, axis=0) + 1, nearest)


@pytest.mark.parametrize(("rows", "columns", "spacing_mm"), [(64, 48, 0.5), (60, 60, 0.7), (20, 30, 1.7)])
def test_interior_equals_pillow(rows, columns, spacing_mm):
    image = np.random.default_rng(1).normal(size=(rows, columns))
    ours = resample_image(image, (spacing_mm, spacing_mm), 1.0)
    size = (ours.shape[1], ours.shape[0])
    pillow = np.asarray(Image.fromarray(image.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    np.testing.assert_allclose(ours[3:-3, 3:-3], pillow[3:-3, 3:-3], atol=1e-5)


def test_axes_have_their_own_spacing():
    image = np.random.default_rng(2).normal(size=(10, 12))
    both = resample_image(image, (0.5, 0.8), 1.0)
    assert both.shape == (5, math.floor(12 * 0.8 + 0.5))
    np.testing.assert_allclose(both, resample_image(resample_image(image, (1.0, 0.8), 1.0), (0.5, 1.0), 1.0))
    assert resample_mask(image > 0, (0.5, 0.8), 1.0).shape == both.shape


def test_target_size_changes_nothing():
    image = np.random.default_rng(3).normal(size=(4, 5))
    np.testing.assert_array_equal(resample_image(image, (1.0, 1.0), 1.0), image)
    np.testing.assert_array_equal(resample_mask(image > 0, (1.0, 1.0), 1.0), image > 0)


def test_a_constant_stays_constant_but_for_rounding():
    resampled = resample_image(np.full((31, 17), 123.4), (0.37, 0.9), 1.0)
    np.testing.assert_allclose(resampled, 123.4, rtol=1e-14)


def test_something_is_always_left():
    assert resample_image(np.array([[7.0]]), (0.1, 0.1), 1.0).tolist() == [[7.0]]
    assert resample_mask(np.array([[True]]), (0.1, 0.1), 1.0).tolist() == [[True]]


def test_ties_of_the_mask_go_to_the_higher_index():
    # 4 samples to 2: u = 1.5 and 3.5 exactly, so samples 2 and 4.
    assert resample_mask(np.array([[False, True, False, True]]), (1.0, 0.5), 1.0).tolist() == [[True, True]]


@pytest.mark.parametrize("resample", [resample_image, lambda image, *sizes: resample_mask(image > 0, *sizes)])
@pytest.mark.parametrize(
    ("spacing_mm", "target_mm", "said"),
    [
        (
            (0.5, 0.75),
            1e-3,
            r"resampling 90 × 80 pixels of 0\.75 × 0\.5 mm to 0\.001 mm would make 6\.75e\+04 × 4e\+04 \(x × y\)",
        ),
        ((1000.0, 1000.0), 1.0, "would make 9e\\+04 × 8e\\+04"),
        ((1000.0, 1e-4), 1e-4, "would make 90 × 8e"),
        ((1.0, 1.0), 5e-324, "would make inf × inf"),
    ],
)
def test_more_pixels_than_memory_are_refused_before_they_are_made(resample, spacing_mm, target_mm, said):
    tracemalloc.start()
    try:
        with pytest.raises(PatientError, match=said):
            resample(np.ones((80, 90)), spacing_mm, target_mm)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_as_many_pixels_as_there_may_be():
    image = np.ones((4096, 1))
    assert resample_mask(image > 0, (1.0, 4096.0), 1.0).shape == (4096, 4096)
    with pytest.raises(PatientError, match=r"at most 16,777,216 pixels: choose a larger size in quantization\.scales"):
        resample_mask(image > 0, (1.0, 4097.0), 1.0)
