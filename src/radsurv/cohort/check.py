"""Whether one patient's image and outline can be measured, before anything is computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from radsurv.cohort.sections import TracedOutline, plane, rectangle
from radsurv.cohort.volume import Volume, times
from radsurv.errors import PatientError
from radsurv.formats import plural

LARGEST_RATIO = 40  # of voxel edges: sections of 10 mm with pixels of 0.25 mm


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
        Voxel size of the image, which is what features are computed with.
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
        spacing_z_mm=image.spacing_mm[0],
        spacing_y_mm=image.spacing_mm[1],
        spacing_x_mm=image.spacing_mm[2],
        image_hash=image.content_hash(),
        mask_hash=outline.mask.content_hash(),
    )


def volume_mm3(image: Volume, outline: TracedOutline) -> float:
    """Of the whole outline, all sections together: its voxels times the size of the image's.

    The feature ``shape_Volume`` is that of the analysed section alone.
    """
    return float(outline.n_pixels.sum() * np.prod(image.spacing_mm))


def check_size(outline: TracedOutline, min_pixels: int) -> None:
    """The largest outline must have at least `min_pixels` pixels.

    Raises
    ------
    PatientError
    """
    n_pixels = int(outline.n_pixels[outline.section])
    if n_pixels < min_pixels:
        raise PatientError(
            f"the outline has at most {plural(n_pixels, 'pixel')} in a section ({outline.section}); "
            f"expected at least {min_pixels} (roi.min_pixels)"
        )


def check_intensities(image: Volume, outline: TracedOutline, margin: float = 0.0) -> None:
    """Intensities that features see where the outline is largest must be finite, and vary inside it.

    Parameters
    ----------
    image : Volume
        On the grid of the outline.
    outline : TracedOutline
    margin : float
        Of the rectangle that the network sees (``patch.margin``). Textures see it without margin.

    Raises
    ------
    PatientError
        An intensity in that rectangle is not finite, or all those inside the outline are equal.
    """
    section, traced = outline.section, outline.traced
    pixels = plane(image.array, outline.axis, section)
    check_finite(pixels, traced, margin, section)
    inside = pixels[traced]
    if inside.min() == inside.max():
        raise PatientError(
            f"all {inside.size} pixels inside the outline of section {section} have the intensity {inside.min():g}; "
            "expected varying intensities: check that image and mask belong together"
        )


def not_finite_remarks(image: Volume) -> list[str]:
    """That an image which `check_intensities` has passed holds intensities elsewhere that are not finite, where it does."""
    n_wrong = image.array.size - int(np.count_nonzero(np.isfinite(image.array)))
    return (
        [f"{n_wrong} voxels are not finite (NaN or inf), none of them where features are computed"] if n_wrong else []
    )


def anisotropy_remarks(image: Volume) -> list[str]:
    """That voxels are longer than any series' by far, where they are: a slip in the header, though sections may be sound.

    It is no fault: features are computed within a section, on square pixels.
    """
    longest, shortest = max(image.spacing_mm), min(image.spacing_mm)
    if longest <= LARGEST_RATIO * shortest:
        return []
    return [
        f"voxels measure {times(image.spacing_mm[::-1])} mm (x × y × z), one edge more than {LARGEST_RATIO} times another: check the"
        " voxel size in the header"
    ]


def check_finite(pixels: Num[np.ndarray, "y x"], outline: Bool[np.ndarray, "y x"], margin: float, section: int) -> None:
    """No pixel that features see may be NaN or inf: those of the rectangle around the outline, with its margin.

    Raises
    ------
    PatientError
    """
    seen = pixels[rectangle(outline, margin)]
    n_wrong = seen.size - int(np.count_nonzero(np.isfinite(seen)))
    if n_wrong:
        n_inside = int(np.count_nonzero(~np.isfinite(pixels[outline])))
        around = f" with patch.margin={margin:g}" if margin else ""
        raise PatientError(
            f"{n_wrong} pixel{'s' * (n_wrong != 1)} of section {section} in the rectangle around the outline{around}, "
            f"{n_inside} of them inside the outline, {'are' if n_wrong != 1 else 'is'} not finite (NaN or inf); features are "
            "computed from this rectangle: mend the image (a background of NaN becomes numbers, for instance 0)"
        )
