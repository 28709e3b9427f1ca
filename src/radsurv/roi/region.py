"""One patient's region of interest: a section, its outline, its scale."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from radsurv.cohort.sections import rectangle


@dataclass(frozen=True)
class Region:
    """The section with the largest outline, cropped to the outline plus some context.

    Attributes
    ----------
    image : (y, x) float64
        Intensities, as stored in the file.
    outline : (y, x) bool
        The traced mask.
    spacing_mm : (float, float)
        Pixel size (y, x).
    slice_mm : float
        Distance between sections.
    section : int
        Zero-based index of the section along its axis.
    """

    image: Float[np.ndarray, "y x"]
    outline: Bool[np.ndarray, "y x"]
    spacing_mm: tuple[float, float]
    slice_mm: float
    section: int

    def bounding_box(self) -> tuple[slice, slice]:
        """The smallest rectangle that holds the outline."""
        return rectangle(self.outline)

    def tight(self) -> Region:
        """Without context: cropped to the bounding box of the outline."""
        box = self.bounding_box()
        return Region(self.image[box], self.outline[box], self.spacing_mm, self.slice_mm, self.section)

    def content_hash(self) -> str:
        """SHA-256 of all that a feature can depend on: pixels, outline and scale."""
        scale = np.array([*self.spacing_mm, self.slice_mm])
        digest = hashlib.sha256()
        for array in (self.image, self.outline, scale, np.array(self.image.shape)):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
