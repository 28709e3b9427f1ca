"""Whether one patient's image and outline can be measured, before anything is computed from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from radsurv.cohort.volume import Volume, check_same_geometry, read_mask, read_volume
from radsurv.errors import PatientError

AXES = ("z", "y", "x")


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


def check_patient(
    image_path: Path,
    mask_path: Path,
    *,
    mask_label: int | None = None,
    tolerance_mm: float = 1e-2,
    section_axis: Literal["z", "y", "x"] = "z",
    min_pixels: int = 16,
) -> tuple[PatientFacts, list[str]]:
    """Read and check one patient.

    Returns
    -------
    facts, warnings : PatientFacts, list of str

    Raises
    ------
    PatientError
        As `read_volume`, `read_mask`, `check_same_geometry` and `check_volumes`.
    """
    image, mask = read_volume(image_path), read_mask(mask_path, mask_label)
    check_same_geometry(image, mask, tolerance_mm)
    return check_volumes(image, mask, section_axis=section_axis, min_pixels=min_pixels)


def check_volumes(
    image: Volume, mask: Volume, *, section_axis: Literal["z", "y", "x"] = "z", min_pixels: int = 16
) -> tuple[PatientFacts, list[str]]:
    """Check an image and its outline, on one grid.

    Parameters
    ----------
    image, mask : Volume
        (z, y, x), the mask Boolean.
    section_axis : {"z", "y", "x"}
        The axis that the sections are stacked along.
    min_pixels : int
        Fewest pixels that the largest outline must have.

    Returns
    -------
    facts, warnings : PatientFacts, list of str

    Raises
    ------
    PatientError
        The outline is empty or too small; in the section where it is largest, an intensity is not finite, or all those
        inside the outline are equal.
    """
    position = AXES.index(section_axis)
    areas = np.count_nonzero(mask.array, axis=tuple(axis for axis in range(3) if axis != position))
    section = int(areas.argmax())
    n_pixels = int(areas[section])
    if n_pixels == 0:
        raise PatientError("the outline is empty: no voxel is marked; trace the tumour or check the mask file")
    if n_pixels < min_pixels:
        raise PatientError(
            f"the outline has at most {n_pixels} pixel{'s' * (n_pixels != 1)} in a section ({section}); "
            f"expected at least {min_pixels} (roi.min_pixels)"
        )
    warnings = _check_intensities(image.array, mask.array, position, section)
    facts = PatientFacts(
        n_voxels=int(areas.sum()),
        n_sections=int(np.count_nonzero(areas)),
        n_pixels=n_pixels,
        spacing_z_mm=mask.spacing_mm[0],
        spacing_y_mm=mask.spacing_mm[1],
        spacing_x_mm=mask.spacing_mm[2],
        image_hash=image.content_hash(),
        mask_hash=mask.content_hash(),
    )
    return facts, warnings


def _check_intensities(
    image: np.ndarray[Any, np.dtype[Any]], mask: np.ndarray[Any, np.dtype[Any]], position: int, section: int
) -> list[str]:
    """Refuse a section with intensities that are not finite or do not vary; warn of others that are not finite."""
    finite = np.isfinite(image)
    n_wrong = int(np.count_nonzero(~finite))
    n_here = int(np.count_nonzero(~finite.take(section, axis=position)))
    if n_here:
        raise PatientError(
            f"{n_here} pixel{'s' * (n_here != 1)} of section {section}, which has the largest outline, "
            "are not finite (NaN or inf); expected numbers: mend or replace the image"
        )
    inside = image.take(section, axis=position)[mask.take(section, axis=position)]
    if inside.min() == inside.max():
        raise PatientError(
            f"all {inside.size} pixels inside the outline of section {section} have the intensity {inside.min():g}; "
            "expected varying intensities: check that image and mask belong together"
        )
    return [f"{n_wrong} voxels of other sections are not finite (NaN or inf); they are not used"] if n_wrong else []
