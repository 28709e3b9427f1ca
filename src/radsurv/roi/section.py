"""From a volume and an outline to one section: everything after this is two-dimensional."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int, Num

from radsurv.cohort.sections import AXES, SectionAxis, largest_section, pixels_by_section
from radsurv.errors import PatientError
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
    section: int | None = None,
) -> Region:
    """One section, cropped to the bounding box of its outline plus `context_pixels` (less at the border).

    Parameters
    ----------
    image, mask : (z, y, x)
        The volume and its traced mask, on one grid.
    spacing_zyx_mm : (float, float, float)
        Voxel size.
    section_axis : {"z", "y", "x"}
        The axis that the sections are stacked along.
    context_pixels : int
        Margin around the bounding box, for networks that look at the surroundings.
    section : int, optional
        Which one, of those with outline; by default the largest.

    Raises
    ------
    PatientError
        Where the mask is empty, or the crop holds pixels that are not finite.
    """
    position = AXES.index(section_axis)
    section = largest_section(pixels_by_section(mask, section_axis)) if section is None else section
    outline: Bool[np.ndarray, "y x"] = np.take(mask, section, axis=position).astype(bool)
    plane = np.take(image, section, axis=position)
    box = tuple(
        slice(max(0, int(traced[0]) - context_pixels), int(traced[-1]) + 1 + context_pixels)
        for traced in (np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0)))
    )
    pixels = plane[box].astype(np.float64)
    missing = int(np.count_nonzero(~np.isfinite(pixels)))
    if missing:
        raise PatientError(
            f"{missing} of {pixels.size} pixels around the outline in section {section} are not finite (NaN or inf); "
            "expected numbers: mend the image"
        )
    in_plane = [float(spacing_zyx_mm[other]) for other in range(3) if other != position]
    return Region(
        image=pixels,
        outline=outline[box].copy(),
        spacing_mm=(in_plane[0], in_plane[1]),
        slice_mm=float(spacing_zyx_mm[position]),
        section=section,
    )
