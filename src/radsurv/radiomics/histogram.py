"""Histogram features: the shape of the intensity distribution in the region."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Num

from radsurv.roi.quantize import is_constant

FEATURES = ("Variance", "Skewness", "Kurtosis")
TOOLBOX_BINS = 100


def toolbox_histogram_features(values: Float[np.ndarray, " pixel"]) -> Float[np.ndarray, " 3"]:
    """Moments of the 100-bin histogram of the intensities before quantisation, as in the package behind the paper.

    Bins of equal width divide minimum to maximum; a value on an inner edge belongs to the lower bin. Values are bin
    numbers, so the variance has no intensity unit. A constant region fills one bin.
    """
    if values.size == 0:
        return np.full(len(FEATURES), np.nan)
    if is_constant(values):
        return _moments(np.zeros(1))
    low, high = values.min(), values.max()
    edges = low + (high - low) / TOOLBOX_BINS * np.arange(1, TOOLBOX_BINS)
    # MATLAB's hist moves every inner edge up by one unit in the last place: eps(edge), which is positive for any edge, where
    # np.spacing has the sign of its argument and would move a negative edge (CT) down, past the values that lie on it.
    return _moments(np.searchsorted(edges + np.spacing(np.abs(edges)), values, side="right"))


def quantized_histogram_features(levels: Int[np.ndarray, " pixel"]) -> Float[np.ndarray, " 3"]:
    """Moments of the grey levels themselves: the other reading of the paper's Table 2."""
    if levels.size == 0:
        return np.full(len(FEATURES), np.nan)
    return _moments(levels)


def _moments(values: Num[np.ndarray, " pixel"]) -> Float[np.ndarray, " 3"]:
    """Variance (divisor N), skewness and excess kurtosis; the latter two are undefined (NaN) without variance."""
    deviation = values - values.mean()
    squared = deviation * deviation
    variance = squared.mean()
    if variance == 0:
        return np.array([0.0, np.nan, np.nan])
    skewness = (squared * deviation).mean() / variance**1.5
    return np.array([variance, skewness, (squared * squared).mean() / variance**2 - 3])
