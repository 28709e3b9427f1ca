"""Resampling to square pixels of a given size: bilinear and antialiased for images, nearest for masks.

Sample positions, weights and tie rules are those of MATLAB's ``imresize``, evaluated in the same order, because exact
half-way cases occur (whenever an odd number of samples is made from an even one) and rounding decides them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.errors import PatientError

MOST_PIXELS = 2**24  # 4096 × 4096, 128 MiB of intensities


def resample_image(
    image: Float[np.ndarray, "y x"], spacing_mm: tuple[float, float], target_mm: float
) -> Float[np.ndarray, "v u"]:
    """Bilinear interpolation, antialiased where pixels grow; beyond its edges the image is mirrored (a b c | c b a).

    Parameters
    ----------
    image : (y, x)
        Intensities.
    spacing_mm : (float, float)
        Pixel size (y, x). An axis that has the target size already is left alone.
    target_mm : float
        The new pixel size along both axes.

    Raises
    ------
    PatientError
        There would be more than `MOST_PIXELS`.
    """
    _check_n_pixels(image.shape, spacing_mm, target_mm)
    for axis, size_mm in enumerate(spacing_mm):
        if size_mm != target_mm:
            image = _interpolate(image, axis, resampled_length(image.shape[axis], size_mm, target_mm))
    return image


def resample_mask(
    mask: Bool[np.ndarray, "y x"], spacing_mm: tuple[float, float], target_mm: float
) -> Bool[np.ndarray, "v u"]:
    """Nearest neighbour on the grid of `resample_image`; ties go to the higher index. Refuses what that refuses."""
    _check_n_pixels(mask.shape, spacing_mm, target_mm)
    for axis, size_mm in enumerate(spacing_mm):
        if size_mm != target_mm:
            nearest = _nearest(mask.shape[axis], resampled_length(mask.shape[axis], size_mm, target_mm))
            mask = np.take(mask, nearest, axis=axis)
    return mask


def resampled_length(length: int, size_mm: float, target_mm: float) -> int:
    """Samples after resampling: the nearest whole number (half up), at least one."""
    return max(1, int(np.floor(length * size_mm / target_mm + 0.5)))


def _check_n_pixels(shape: tuple[int, ...], spacing_mm: tuple[float, float], target_mm: float) -> None:
    """Before memory is taken for them."""
    height, width = (length * size_mm / target_mm for length, size_mm in zip(shape, spacing_mm, strict=True))
    if max(height, 1) * max(width, 1) > MOST_PIXELS:
        raise PatientError(
            f"resampling {shape[1]} × {shape[0]} pixels of {spacing_mm[1]:g} × {spacing_mm[0]:g} mm to {target_mm:g} mm would make"
            f" {width:.3g} × {height:.3g} (x × y); expected at most {MOST_PIXELS:,} pixels: choose a larger size in"
            " quantization.scales, or correct the image's voxel size"
        )


def _positions(n_in: int, n_out: int) -> Float[np.ndarray, " out"]:
    """Where each output sample sits on the input axis, both counted from 1; in the written order of operations."""
    ratio = n_out / n_in
    return np.arange(1, n_out + 1) / ratio + (1 - 1 / ratio) / 2


def _interpolate(image: Float[np.ndarray, "y x"], axis: int, n_out: int) -> Float[np.ndarray, "v u"]:
    """Weighted mean of a few input samples per output sample, tap by tap: the order of summation never varies."""
    taps, weights = _taps(image.shape[axis], n_out)
    shape = (-1, 1) if axis == 0 else (1, -1)
    terms = (np.take(image, tap, axis=axis) * weight.reshape(shape) for tap, weight in zip(taps, weights, strict=True))
    result = next(terms)
    for term in terms:
        result += term
    return result


@lru_cache(maxsize=256)
def _taps(n_in: int, n_out: int) -> tuple[Int[np.ndarray, "tap out"], Float[np.ndarray, "tap out"]]:
    """Input samples (zero-based, mirrored into range) and weights of every output sample."""
    narrowing = min(n_out / n_in, 1.0)
    position = _positions(n_in, n_out)
    first = np.floor(position - 1 / narrowing)
    sample = first + np.arange(int(np.ceil(2 / narrowing)) + 2)[:, None]
    weight = np.maximum(0.0, 1 - np.abs(narrowing * (position - sample)))
    weight /= weight.sum(axis=0)
    # MATLAB's mirror repeats with period 2 n, so even a window wider than the image stays defined.
    folded = np.mod(sample.astype(np.int64) - 1, 2 * n_in)
    mirrored = np.where(folded < n_in, folded, 2 * n_in - 1 - folded)
    used = weight.any(axis=1)
    return mirrored[used], weight[used]


@lru_cache(maxsize=256)
def _nearest(n_in: int, n_out: int) -> Int[np.ndarray, " out"]:
    """The input sample i (zero-based) with -1/2 <= u - i < 1/2."""
    position = _positions(n_in, n_out)
    below = np.floor(position)
    # Not floor(u + 1/2): the sum would round where the difference is exact.
    nearest = below + (position - below >= 0.5)
    return np.clip(nearest.astype(np.int64) - 1, 0, n_in - 1)
