"""Intensities to grey levels 1 … Ng, 0 outside the mask.

Both quantisers evaluate in the order of MATLAB's code: integer intensities can fall exactly on a threshold, where
another order of operations would move the pixel by one level.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

Algorithm = Literal["equal", "uniform"]

_BINS = 256  # MATLAB's histeq counts a double image in 256 bins.
_SLACK = float(np.sqrt(np.finfo(np.float64).eps))  # histeq's tolerance, so rounding does not lift an exact integer.
_SAME = 1e-12  # A range below this fraction of the largest magnitude is interpolation's rounding error.


def quantize(
    image: Float[np.ndarray, "y x"], mask: Bool[np.ndarray, "y x"], algorithm: Algorithm, levels: int
) -> Int[np.ndarray, "y x"]:
    """Grey levels of the masked pixels by one of the two algorithms; 0 outside the mask.

    A constant region has no range to divide (the formulas give 0/0): all its pixels get level 1.
    """
    quantized = np.zeros(image.shape, dtype=np.int32)
    values = image[mask]
    if is_constant(values):
        quantized[mask] = 1
    else:
        quantized[mask] = _QUANTIZERS[algorithm](values, levels)
    return quantized


def is_constant(values: Float[np.ndarray, " pixel"]) -> bool:
    """Whether the values differ by no more than rounding error."""
    if values.size == 0:
        return True
    low, high = values.min(), values.max()
    return bool(high - low <= _SAME * max(abs(low), abs(high)))


def uniform_levels(values: Float[np.ndarray, " pixel"], levels: int) -> Int[np.ndarray, " pixel"]:
    """Equal steps between minimum and maximum: floor((Ng-1)(x-min)/(max-min) + 1/2) + 1.

    Half rounds up; the first and the last level are half as wide as the others. Levels may stay empty.
    """
    low = values.min()
    return np.floor((levels - 1) * (values - low) / (values.max() - low) + 0.5).astype(np.int32) + 1


def equal_probability_levels(values: Float[np.ndarray, " pixel"], levels: int) -> Int[np.ndarray, " pixel"]:
    """About equally many pixels per level: MATLAB's ``histeq`` and a relabelling without gaps.

    The intensities fall into 256 bins whose pixels stay together. A bin goes to the lowest level whose ideal cumulative
    count reaches the bin's mid-count; the levels that occur are then numbered 1, 2, … So fewer than Ng levels remain
    where one bin holds more than about N/Ng pixels.
    """
    low = values.min()
    fraction = (values - low) / (values.max() - low)
    bins = np.floor((_BINS - 1) * fraction + 0.5).astype(np.int64)
    counts = np.bincount(bins, minlength=_BINS)
    cumulative = np.cumsum(counts)
    reached = cumulative - counts / 2
    reached[0], reached[-1] = counts[0], values.size
    target = np.maximum(1, np.ceil(levels * reached / values.size - levels * _SLACK)).astype(np.int64)
    occurs = np.zeros(levels + 1, dtype=np.int32)
    occurs[target[counts > 0]] = 1
    return np.cumsum(occurs, dtype=np.int32)[target][bins]


_QUANTIZERS = {"equal": equal_probability_levels, "uniform": uniform_levels}
