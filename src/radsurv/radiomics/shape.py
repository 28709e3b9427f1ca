"""Shape features of the traced outline, at the image's own pixel size and before any pixel is dropped."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import ConvexHull

from radsurv.roi.region import Region

FEATURES = ("Volume", "Size", "Solidity", "Eccentricity")


def shape_features(region: Region) -> Float[np.ndarray, " 4"]:
    """Volume (mm³), Size (mm), Solidity and Eccentricity of the outline; NaN for an empty one."""
    outline, spacing_mm = region.outline, region.spacing_mm
    if not outline.any():
        return np.full(len(FEATURES), np.nan)
    return np.array(
        [
            volume(outline, spacing_mm, region.slice_mm),
            size(outline, spacing_mm),
            solidity(outline),
            eccentricity(outline, spacing_mm),
        ]
    )


def volume(outline: Bool[np.ndarray, "y x"], spacing_mm: tuple[float, float], slice_mm: float) -> float:
    """Area of the outline times the distance between sections, in mm³."""
    return float(np.count_nonzero(outline) * spacing_mm[0] * spacing_mm[1] * slice_mm)


def size(outline: Bool[np.ndarray, "y x"], spacing_mm: tuple[float, float]) -> float:
    """Largest distance (mm) between two of the eight extreme points (MATLAB's ``regionprops`` "Extrema").

    These are the first and last pixel corners along the top row, bottom row, left column and right column. The value
    can fall slightly short of the true maximum diameter.
    """
    rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
    corners = [
        *((rows[0], end) for end in _ends(outline[rows[0]])),
        *((rows[-1] + 1, end) for end in _ends(outline[rows[-1]])),
        *((end, columns[0]) for end in _ends(outline[:, columns[0]])),
        *((end, columns[-1] + 1) for end in _ends(outline[:, columns[-1]])),
    ]
    points = np.array(corners) * np.array(spacing_mm)
    return float(np.sqrt(((points[:, None] - points) ** 2).sum(axis=-1)).max())


def solidity(outline: Bool[np.ndarray, "y x"]) -> float:
    """Pixels divided by the area of their convex hull, which runs through the midpoints of the pixels' edges.

    MATLAB's ``regionprops`` counts the pixels of that hull instead, and how it counts those centred on the hull's edge
    is not documented; the area needs no such rule. It leaves out the outermost corners, so that the ratio of a small
    convex region would exceed 1: it is cut there, where the count gives 1 as well.
    """
    pixels = np.count_nonzero(outline)
    # Only the first and the last pixel of each row can touch the hull.
    traced = np.flatnonzero(outline.any(axis=1))
    first, last = outline.argmax(axis=1)[traced], outline.shape[1] - 1 - outline[:, ::-1].argmax(axis=1)[traced]
    rows, columns = np.concatenate([traced, traced]), np.concatenate([first, last])
    midpoints = [(rows + dy, columns + dx) for dy, dx in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))]
    hull = ConvexHull(np.concatenate([np.column_stack(points) for points in midpoints]))
    return min(1.0, float(pixels / hull.volume))  # Qhull calls the area of a plane figure its volume.


def eccentricity(outline: Bool[np.ndarray, "y x"], spacing_mm: tuple[float, float]) -> float:
    """sqrt(1 - l2 / l1), where l1 >= l2 are the variances (mm²) along the principal axes of the outline.

    Every pixel counts as a filled rectangle (1/12 of its squared side is added to the variance of the centres).
    """
    y, x = (position * side for position, side in zip(outline.nonzero(), spacing_mm, strict=True))
    yy, xx = y.var() + spacing_mm[0] ** 2 / 12, x.var() + spacing_mm[1] ** 2 / 12
    yx = ((y - y.mean()) * (x - x.mean())).mean()
    half_difference = np.hypot((yy - xx) / 2, yx)
    large = (yy + xx) / 2 + half_difference
    return float(np.sqrt(min(1.0, 2 * half_difference / large)))


def _ends(line: Bool[np.ndarray, " pixel"]) -> tuple[int, int]:
    """First and last pixel corner of the outline along one row or column."""
    traced = line.nonzero()[0]
    return int(traced[0]), int(traced[-1]) + 1
