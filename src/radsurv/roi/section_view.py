"""The analysed section as a small picture, with the outline and the rectangle that features see as lines upon it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.cohort.sections import rectangle

SIDE = 144  # pixels of the longer side
WINDOW = (1.0, 99.0)  # percentiles of the section that become black and white
SMOOTHED = 0.4  # pixels of the picture by which a contour may be off
WHITE = 255


@dataclass(frozen=True)
class SectionView:
    """A picture in which a millimetre is as long across as down.

    Attributes
    ----------
    gray : (y, x) uint8
    contours : sequence of (point, 2) float64
        Closed lines around the traced pixels (holes have lines of their own): x and y, in pixels of the picture from its upper
        left corner.
    box : (float, float, float, float)
        Left, top, width and height of the rectangle around the outline with its margin, in the same unit.
    """

    gray: Int[np.ndarray, "y x"]
    contours: tuple[Float[np.ndarray, "point xy"], ...]
    box: tuple[float, float, float, float]


def section_view(
    section: Float[np.ndarray, "y x"],
    traced: Bool[np.ndarray, "y x"],
    spacing_mm: tuple[float, float],
    margin: float = 0.0,
) -> SectionView:
    """Make the picture of a section.

    Parameters
    ----------
    section : (y, x)
        Intensities; those that are not finite become black.
    traced : (y, x) bool
    spacing_mm : (float, float)
        Pixel edges along y and x.
    margin : float
        ``patch.margin``.
    """
    # Imported here because they load much that whoever only shows a section does without.
    from skimage.measure import approximate_polygon, find_contours
    from skimage.transform import resize

    lengths_mm = np.array(section.shape) * spacing_mm
    height, width = np.maximum(np.round(SIDE * lengths_mm / lengths_mm.max()).astype(int), 1)
    low, high = np.percentile(section[np.isfinite(section)], WINDOW)
    scaled = np.clip((np.where(np.isfinite(section), section, low) - low) / (high - low or 1.0), 0, 1)
    small = resize(scaled, (height, width), order=1, mode="edge", anti_aliasing=True)  # type: ignore[no-untyped-call]
    scale = np.array([height, width]) / section.shape
    rows, columns = rectangle(traced, margin)
    edges = np.array([rows.start, columns.start, rows.stop, columns.stop]) * np.tile(scale, 2)
    return SectionView(
        gray=np.round(WHITE * small).astype(np.uint8),
        contours=tuple(
            approximate_polygon((line - 0.5) * scale, SMOOTHED)[:, ::-1]  # type: ignore[no-untyped-call]
            for line in find_contours(np.pad(traced, 1).astype(np.float64), 0.5)  # type: ignore[no-untyped-call]
        ),
        box=(float(edges[1]), float(edges[0]), float(edges[3] - edges[1]), float(edges[2] - edges[0])),
    )
