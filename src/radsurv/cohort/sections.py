"""How an outline is spread over the sections of a volume, and the section that is analysed: where it is largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int, Shaped

from radsurv.cohort.volume import Volume, times
from radsurv.errors import PatientError

SectionAxis = Literal["z", "y", "x"]
AxisChoice = Literal["auto", "z", "y", "x"]
AXES: tuple[SectionAxis, ...] = ("z", "y", "x")
# Voxels whose edges differ by less than this are taken for isotropic: any plane cuts such a volume equally well.
CLEARLY_THICKER = 1.1


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
    axis : {"z", "y", "x"}
        The axis that the sections are stacked along.
    """

    mask: Volume
    n_pixels: Int[np.ndarray, " section"]
    section: int
    axis: SectionAxis

    @property
    def traced(self) -> Bool[np.ndarray, "y x"]:
        """The outline in the section that is analysed."""
        return plane(self.mask.array, self.axis, self.section)


def section_axis(spacing_mm: tuple[float, float, float], choice: AxisChoice) -> SectionAxis:
    """The axis that sections are stacked along.

    Parameters
    ----------
    spacing_mm : (float, float, float)
        Voxel edges along z, y, x.
    choice : {"auto", "z", "y", "x"}
        By `auto` the axis along which voxels are thickest, since a series is sharp within its sections. That is z unless
        another is thicker than both the others by more than a tenth (`CLEARLY_THICKER`): isotropic voxels, and flat ones
        with fine sections, have no such axis.
    """
    if choice != "auto":
        return choice
    thickest = int(np.argmax(spacing_mm))
    others = [edge for axis, edge in enumerate(spacing_mm) if axis != thickest]
    return AXES[thickest] if spacing_mm[thickest] > CLEARLY_THICKER * max(others) else "z"


def axis_remarks(spacing_mm: tuple[float, float, float], choice: AxisChoice) -> list[str]:
    """That sections are stacked along another axis than z, where nobody has said so."""
    axis = section_axis(spacing_mm, choice)
    if choice != "auto" or axis == "z":
        return []
    return [
        f"sections are taken along {axis}, where voxels are thickest ({times(spacing_mm[::-1])} mm, x × y × z; "
        "roi.section_axis=auto)"
    ]


def plane(volume: Shaped[np.ndarray, "z y x"], axis: SectionAxis, section: int) -> Shaped[np.ndarray, "y x"]:
    """One section of an array."""
    return np.take(volume, section, axis=AXES.index(axis))


def rectangle(outline: Bool[np.ndarray, "y x"], margin: float = 0.0) -> tuple[slice, slice]:
    """The rectangle that encloses an outline, each side moved outwards by `margin` times its length, within the array.

    It is what features see of a section: textures without margin, the network with ``patch.margin``.
    """
    rows, columns = (
        _widened(np.flatnonzero(outline.any(axis=1 - axis)), margin, outline.shape[axis]) for axis in range(2)
    )
    return rows, columns


def _widened(traced: Int[np.ndarray, " pixel"], margin: float, length: int) -> slice:
    first, stop = int(traced[0]), int(traced[-1]) + 1
    extra = round(margin * (stop - first))
    return slice(max(first - extra, 0), min(stop + extra, length))


def trace(mask: Volume, axis: SectionAxis) -> TracedOutline:
    """Count an outline's pixels, and find the section with most.

    Raises
    ------
    PatientError
        As `largest_section`.
    """
    n_pixels = pixels_by_section(mask.array, axis)
    return TracedOutline(mask, n_pixels, largest_section(n_pixels), axis)


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
