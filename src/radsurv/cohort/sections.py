"""How an outline is spread over the sections of a volume, and the section that is analysed: where it is largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError

SectionAxis = Literal["z", "y", "x"]
AXES: tuple[SectionAxis, ...] = ("z", "y", "x")


@dataclass(frozen=True)
class TracedOutline:
    """An outline and what has been counted in it.

    Attributes
    ----------
    mask : Volume
        Boolean.
    n_pixels : (section,)
        Traced pixels of every section.
    section : int
        Zero-based index of the section that is analysed.
    """

    mask: Volume
    n_pixels: Int[np.ndarray, " section"]
    section: int


def trace(mask: Volume, axis: SectionAxis) -> TracedOutline:
    """Count an outline's pixels, and find the section with most.

    Raises
    ------
    PatientError
        As `largest_section`.
    """
    n_pixels = pixels_by_section(mask.array, axis)
    return TracedOutline(mask, n_pixels, largest_section(n_pixels))


def pixels_by_section(mask: Bool[np.ndarray, "z y x"], axis: SectionAxis) -> Int[np.ndarray, " section"]:
    """Traced pixels of every section along an axis."""
    position = AXES.index(axis)
    counts: Int[np.ndarray, " section"] = np.count_nonzero(
        mask, axis=tuple(other for other in range(3) if other != position)
    )
    return counts


def largest_section(n_pixels: Int[np.ndarray, " section"]) -> int:
    """Index of the section with the most traced pixels; of several, the lowest.

    Raises
    ------
    PatientError
        Where there is none in any section.
    """
    section = int(np.argmax(n_pixels))
    if n_pixels[section] == 0:
        raise PatientError("the outline is empty: no voxel is marked; trace the tumour or check the mask file")
    return section
