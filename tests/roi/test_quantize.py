import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from radsurv.roi.quantize import equal_probability_levels, quantize, uniform_levels

LEVELS = st.integers(2, 64)
INTENSITIES = hnp.arrays(np.float64, st.integers(2, 60), elements=st.integers(-500, 3000).map(float))


@pytest.mark.parametrize("algorithm", ["equal", "uniform"])
@pytest.mark.parametrize("levels", [16, 32])
@pytest.mark.parametrize("scale", ["native", "1mm"])
def test_reference(reference, algorithm, levels, scale):
    stages = reference.arrays("roi")
    quantized = quantize(stages[f"roi_{scale}"], stages[f"mask_{scale}"], algorithm, levels)
    np.testing.assert_array_equal(quantized, reference.arrays("quantised")[f"{algorithm}_{levels}_{scale}"])


def test_uniform_by_hand():
    # 16 levels over 0 … 30: steps of 2, thresholds at the odd numbers, half way goes up.
    values = np.array([0, 0.99, 1, 2.99, 3, 28.99, 29, 30])
    assert uniform_levels(values, 16).tolist() == [1, 1, 2, 2, 3, 15, 16, 16]


def test_equal_probability_by_hand():
    # 0 … 255 once each: the bin of x has the mid-count x + 1/2 (0 in the first bin: 1; in the last: 256).
    values = np.arange(256.0)
    expected = np.maximum(1, np.ceil(16 * (np.arange(256) + 0.5) / 256)).astype(int)
    assert expected.max() == 16
    np.testing.assert_array_equal(equal_probability_levels(values, 16), expected)


def test_equal_probability_never_splits_a_bin_and_leaves_no_gap():
    # Half of the pixels share one value: the levels below it are skipped and the rest renumbered.
    values = np.array([0.0] * 50 + [*np.linspace(1, 100, 50)])
    levels = equal_probability_levels(values, 16)
    assert set(levels[:50]) == {1}
    assert sorted(set(levels)) == list(range(1, levels.max() + 1))
    assert levels.max() < 16


@settings(deadline=None)
@given(values=INTENSITIES, levels=LEVELS, algorithm=st.sampled_from(["equal", "uniform"]))
def test_levels_follow_the_order_of_intensities(values, levels, algorithm):
    quantized = quantize(values[None], np.ones((1, values.size), bool), algorithm, levels)[0]
    assert quantized.min() == 1
    assert quantized.max() <= levels
    assert (np.diff(quantized[np.argsort(values, kind="stable")]) >= 0).all()
    if algorithm == "uniform" and np.ptp(values) > 0:
        assert quantized.max() == levels


@settings(deadline=None)
@given(
    values=INTENSITIES,
    levels=LEVELS,
    shift=st.integers(-1000, 1000),
    doublings=st.integers(-6, 6),
    algorithm=st.sampled_from(["equal", "uniform"]),
)
def test_shift_and_scale_change_nothing(values, levels, shift, doublings, algorithm):
    # Whole shifts and powers of two, which floating point carries out exactly.
    mask = np.ones((1, values.size), bool)
    quantized = quantize(values[None], mask, algorithm, levels)
    changed = quantize((values[None] + shift) * 2.0**doublings, mask, algorithm, levels)
    np.testing.assert_array_equal(quantized, changed)


@pytest.mark.parametrize("algorithm", ["equal", "uniform"])
def test_only_masked_pixels_count(algorithm):
    image = np.array([[1.0, 2.0, 1e9], [3.0, 4.0, -1e9]])
    mask = np.abs(image) < 10
    quantized = quantize(image, mask, algorithm, 4)
    np.testing.assert_array_equal(quantized, [[1, 2, 0], [3, 4, 0]])


@pytest.mark.parametrize("algorithm", ["equal", "uniform"])
@pytest.mark.parametrize("noise", [0.0, 1e-14])
def test_a_constant_region_has_one_level(algorithm, noise):
    image = 100 * (1 + noise * np.array([[0.0, 1.0], [2.0, 3.0]]))
    mask = np.array([[True, True], [True, False]])
    np.testing.assert_array_equal(quantize(image, mask, algorithm, 16), mask.astype(int))
    np.testing.assert_array_equal(quantize(image, np.zeros_like(mask), algorithm, 16), 0)
