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
