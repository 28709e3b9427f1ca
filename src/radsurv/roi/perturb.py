"""Variants of an outline as another hand might have drawn it, for cohorts that only one reader has traced."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool
from scipy.ndimage import binary_dilation, binary_erosion


def perturb_outline(
    outline: Bool[np.ndarray, "y x"], rng: np.random.Generator, *, max_pixels: int = 2, min_pixels: int = 16
) -> Bool[np.ndarray, "y x"]:
    """Grow or shrink an outline by 1 to `max_pixels` pixels, then shift it by up to `max_pixels` along each axis.

    The amounts are drawn uniformly: growth from ±1 … ±`max_pixels` (by a disc of that radius), the two shifts from
    −`max_pixels` … `max_pixels`. The chain of perturbations is that of Zwanenburg et al. (Sci Rep 2019;9:614), without
    their rotation, noise and supervoxels.

    Parameters
    ----------
    outline : (y, x) bool
        The traced pixels in the whole section: growth ends where the section ends, and so does a shift.
    rng
        Three numbers are drawn from it, whatever the outline.
    max_pixels : int
        Largest growth and largest shift along an axis, in pixels.
    min_pixels : int
        Shrinking that would leave fewer pixels is made weaker, down to none: a variant of an outline with this many pixels
        has at least as many.

    Returns
    -------
    (y, x) bool
        Empty only where the outline is.
    """
    radius = int(rng.integers(1, max_pixels, endpoint=True)) * int(rng.choice((-1, 1)))
    shift = rng.integers(-max_pixels, max_pixels, size=2, endpoint=True)
    if not outline.any():
        return outline.copy()
    resized = binary_dilation(outline, _disc(radius)) if radius > 0 else _eroded(outline, -radius, min_pixels)
    return _shifted(resized, (int(shift[0]), int(shift[1])))


def _disc(radius: int) -> Bool[np.ndarray, "side side"]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    inside: Bool[np.ndarray, "side side"] = y**2 + x**2 <= radius**2
    return inside


def _eroded(outline: Bool[np.ndarray, "y x"], radius: int, min_pixels: int) -> Bool[np.ndarray, "y x"]:
    """Eroded by the largest disc up to `radius` that leaves enough."""
    for weaker in range(radius, 0, -1):
        smaller: Bool[np.ndarray, "y x"] = binary_erosion(outline, _disc(weaker))
        if np.count_nonzero(smaller) >= max(min_pixels, 1):
            return smaller
    return outline


def _shifted(outline: Bool[np.ndarray, "y x"], shift: tuple[int, int]) -> Bool[np.ndarray, "y x"]:
    """Moved as a whole, no further than to the border."""
    moved = outline
    for axis, wanted in enumerate(shift):
        traced = np.flatnonzero(outline.any(axis=1 - axis))
        room = (-int(traced[0]), outline.shape[axis] - 1 - int(traced[-1]))
        # What np.roll carries round the border is empty, because there is room.
        moved = np.roll(moved, int(np.clip(wanted, *room)), axis=axis)
    return moved
