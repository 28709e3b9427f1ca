"""Whether one patient's image and outline can be measured, before anything is computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radsurv.cohort.sections import AXES, SectionAxis, TracedOutline
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError


@dataclass(frozen=True)
class PatientFacts:
    """What the cohort table records of a patient's image and outline.

    Attributes
    ----------
    n_voxels : int
        Voxels inside the outline, all sections.
    n_sections : int
        Sections with an outline.
    n_pixels : int
        Pixels inside the outline of the section where it is largest.
    spacing_z_mm, spacing_y_mm, spacing_x_mm : float
        Voxel size.
    image_hash, mask_hash : str
        SHA-256 of content and geometry.
    """

    n_voxels: int
    n_sections: int
    n_pixels: int
    spacing_z_mm: float
    spacing_y_mm: float
    spacing_x_mm: float
    image_hash: str
    mask_hash: str


def facts(image: Volume, outline: TracedOutline) -> PatientFacts:
    """Measure an image and its outline, on one grid."""
    return PatientFacts(
        n_voxels=int(outline.n_pixels.sum()),
        n_sections=int(np.count_nonzero(outline.n_pixels)),
        n_pixels=int(outline.n_pixels[outline.section]),
        spacing_z_mm=outline.mask.spacing_mm[0],
        spacing_y_mm=outline.mask.spacing_mm[1],
        spacing_x_mm=outline.mask.spacing_mm[2],
        image_hash=image.content_hash(),
        mask_hash=outline.mask.content_hash(),
    )


def check_size(outline: TracedOutline, min_pixels: int) -> None:
    """The largest outline must have at least `min_pixels` pixels.

    Raises
    ------
    PatientError
    """
    n_pixels = int(outline.n_pixels[outline.section])
    if n_pixels < min_pixels:
        raise PatientError(
            f"the outline has at most {n_pixels} pixel{'s' * (n_pixels != 1)} in a section ({outline.section}); "
            f"expected at least {min_pixels} (roi.min_pixels)"
        )


def check_intensities(image: Volume, outline: TracedOutline, axis: SectionAxis) -> list[str]:
    """Intensities of the section where the outline is largest must be finite, and vary inside it.

    Parameters
    ----------
    image : Volume
        On the grid of the outline.
    outline : TracedOutline
    axis : {"z", "y", "x"}
        The axis that the sections are stacked along.

    Returns
    -------
    list of str
        A warning of intensities elsewhere that are not finite.

    Raises
    ------
    PatientError
        An intensity of that section is not finite, or all those inside the outline are equal.
    """
    position, section = AXES.index(axis), outline.section
    finite = np.isfinite(image.array)
    n_wrong = int(np.count_nonzero(~finite))
    n_here = int(np.count_nonzero(~finite.take(section, axis=position)))
    if n_here:
        raise PatientError(
            f"{n_here} pixel{'s' * (n_here != 1)} of section {section}, which has the largest outline, "
            "are not finite (NaN or inf); expected numbers: mend or replace the image"
        )
    inside = image.array.take(section, axis=position)[outline.mask.array.take(section, axis=position)]
    if inside.min() == inside.max():
        raise PatientError(
            f"all {inside.size} pixels inside the outline of section {section} have the intensity {inside.min():g}; "
            "expected varying intensities: check that image and mask belong together"
        )
    return [f"{n_wrong} voxels of other sections are not finite (NaN or inf); they are not used"] if n_wrong else []
