import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from radsurv.radiomics.histogram import quantized_histogram_features, toolbox_histogram_features
from radsurv.radiomics.preparation import quantized_sections


def test_values_on_inner_edges_belong_to_the_lower_bin():
    # 0 … 100 in 100 bins: k sits on the edge below bin k + 1 (from 0) and so falls into bin k - 1; 0 into bin 0.
    bins = np.maximum(np.arange(101) - 1, 0)
    variance, skewness, kurtosis = toolbox_histogram_features(np.arange(101.0))
    assert variance == pytest.approx(bins.var())
    assert skewness == pytest.approx(stats.skew(bins))
    assert kurtosis == pytest.approx(stats.kurtosis(bins))


@pytest.mark.parametrize("shift", [-1000, -100, -50, 0, 900])
def test_values_on_inner_edges_belong_to_the_lower_bin_whatever_their_sign(shift):
    """Edges are whole numbers here. CT has negative ones."""
    np.testing.assert_array_equal(
        toolbox_histogram_features(np.arange(101.0) + shift), toolbox_histogram_features(np.arange(101.0))
    )


@st.composite
def on_edges(draw):
    """Whole numbers from 0 to a span of which hundredths are whole numbers, too, for some: many of them lie on edges."""
    span = draw(st.sampled_from([25, 50, 100, 200, 300, 400]) | st.integers(1, 400))
    return np.array([0, span, *draw(st.lists(st.integers(0, span), max_size=60))])


@given(values=on_edges(), low=st.integers(-3000, 3000))
def test_bins_are_those_of_the_package_on_intensities_of_either_sign(values, low):
    """Each inner edge moved up by eps(edge), which is what MATLAB's hist counts with; one by one, with math.ulp."""
    values = values + float(low)
    edges = [values.min() + np.ptp(values) / 100 * k for k in range(1, 100)]
    bins = [sum(value >= edge + math.ulp(edge) for edge in edges) for value in values]
    np.testing.assert_array_equal(toolbox_histogram_features(values), quantized_histogram_features(np.array(bins)))


@given(values=on_edges(), negative=st.booleans())
def test_far_from_zero_bins_are_those_of_exact_arithmetic(values, negative):
    """So a shift of the intensities changes no histogram, also for values on an edge: (a, b], in fractions.

    Near zero, an edge that rounding has left too low can be lower by more than its eps. This is the package's.
    """
    span = int(values.max())
    bins = [max(0, math.ceil(Fraction(100 * int(value), span)) - 1) for value in values]
    shifted = values + (-4000.0 if negative else 3600.0)
    np.testing.assert_array_equal(toolbox_histogram_features(shifted), quantized_histogram_features(np.array(bins)))


@given(levels=hnp.arrays(np.int32, st.integers(2, 50), elements=st.integers(1, 32)))
def test_quantised_features_are_the_moments_of_the_levels(levels):
    variance, skewness, kurtosis = quantized_histogram_features(levels)
    assert variance == pytest.approx(levels.var())
    if levels.var() == 0:
        assert np.isnan([skewness, kurtosis]).all()
    else:
        assert skewness == pytest.approx(stats.skew(levels), abs=1e-9)
        assert kurtosis == pytest.approx(stats.kurtosis(levels))


@pytest.mark.parametrize("features", [toolbox_histogram_features, quantized_histogram_features])
def test_degenerate_regions(features):
    np.testing.assert_array_equal(features(np.full(5, 3.0)), [0, np.nan, np.nan])
    np.testing.assert_array_equal(features(np.empty(0)), [np.nan] * 3)


def test_equal_probability_levels_have_hardly_any_histogram(blob, paper):
    # Why the toolbox's histogram is the default: quantised to equal counts, it is that of equal counts whatever the
    # region.
    (section,) = [one for one in quantized_sections(blob, paper) if one.configuration.label == "equal16_native"]
    variance, skewness, kurtosis = quantized_histogram_features(section.quantized[section.section.mask])
    uniform = stats.randint(1, 17)
    assert variance == pytest.approx(uniform.var(), rel=0.02)
    assert skewness == pytest.approx(0, abs=0.05)
    assert kurtosis == pytest.approx(float(uniform.stats("k")), abs=0.05)


def test_reference(reference, paper):
    for section in quantized_sections(reference.region, paper):
        label, mask = section.configuration.label, section.section.mask
        for family, features in {
            "histogram": toolbox_histogram_features(section.section.image[mask]),
            "globalquantised": quantized_histogram_features(section.quantized[mask]),
        }.items():
            values = reference.features if family == "histogram" else reference.variants
            expected = [values[f"{family}_{name}_{label}"] for name in ("Variance", "Skewness", "Kurtosis")]
            np.testing.assert_allclose(features, expected, rtol=1e-9)
