"""From a volume and an outline to one section: everything after this is two-dimensional."""

from __future__ import annotations

from math import ceil

import numpy as np
from jaxtyping import Bool, Int, Num

from radsurv.cohort.check import check_finite
from radsurv.cohort.sections import AXES, SectionAxis, largest_section, pixels_by_section, plane, rectangle
from radsurv.roi.region import Region


def neighbouring_sections(
    n_pixels: Int[np.ndarray, " section"], section: int, n_sections: int, min_pixels: int
) -> list[int]:
    """Sections beside one, that hold outline too: up to (`n_sections` - 1) / 2 steps away on either side.

    A section with fewer than `min_pixels` traced pixels is passed over, and none further away takes its place.

    Parameters
    ----------
    n_pixels : (section,)
        Traced pixels of every section.
    section : int
        The one in the middle.

    Returns
    -------
    list of int
        In their order along the axis, without `section` itself.
    """
    reach = (n_sections - 1) // 2
    window = range(max(0, section - reach), min(len(n_pixels), section + reach + 1))
    enough = max(min_pixels, 1)
    return [other for other in window if other != section and n_pixels[other] >= enough]


def extract_region(
    image: Num[np.ndarray, "z y x"],
    mask: Bool[np.ndarray, "z y x"],
    spacing_zyx_mm: tuple[float, float, float],
    *,
    section_axis: SectionAxis = "z",
    context_pixels: int = 16,
    margin: float = 0.0,
    section: int | None = None,
) -> Region:
    """One section, cropped to the bounding box of its outline plus `context_pixels`, or what the margin needs (less at the border).

    Parameters
    ----------
    image, mask : (z, y, x)
        The volume and its traced mask, on one grid.
    spacing_zyx_mm : (float, float, float)
        Voxel size.
    section_axis : {"z", "y", "x"}
        The axis that the sections are stacked along.
    context_pixels : int
        Fewest pixels around the bounding box.
    margin : float
        What the network sees around it, as a fraction of each side; the larger side's is kept all around.
    section : int, optional
        Which one, of those with outline; by default the largest.

    Raises
    ------
    PatientError
        Where the mask is empty, or pixels that features see (the bounding box with its margin) are not finite.
    """
    section = largest_section(pixels_by_section(mask, section_axis)) if section is None else section
    outline: Bool[np.ndarray, "y x"] = plane(mask, section_axis, section).astype(bool)
    pixels = plane(image, section_axis, section)
    check_finite(pixels, outline, margin, section)
    box = rectangle(outline)
    context = max(context_pixels, *(ceil(margin * (side.stop - side.start)) for side in box))
    crop = tuple(slice(max(0, side.start - context), side.stop + context) for side in box)
    position = AXES.index(section_axis)
    in_plane = [float(spacing_zyx_mm[other]) for other in range(3) if other != position]
    return Region(
        image=pixels[crop].astype(np.float64),
        outline=outline[crop].copy(),
        spacing_mm=(in_plane[0], in_plane[1]),
        slice_mm=float(spacing_zyx_mm[position]),
        section=section,
    )


def margin_beyond_image(outline: Bool[np.ndarray, "y x"], margin: float) -> int:
    """How many pixels of the rectangle with its margin lie beyond the image, and so are not shown to the network."""
    wanted = shown = 1
    for whole, clipped in zip(rectangle(outline), rectangle(outline, margin), strict=True):
        side = whole.stop - whole.start
        wanted *= side + 2 * round(margin * side)
        shown *= clipped.stop - clipped.start
    return wanted - shown
