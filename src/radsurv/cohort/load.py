"""From a patient's files to volumes that are known to be usable. Every file is decoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radsurv.cohort.check import check_intensities, check_size
from radsurv.cohort.patient import Patient, named
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.sections import SectionAxis, TracedOutline, trace
from radsurv.cohort.volume import Volume, check_same_geometry
from radsurv.errors import PatientError


@dataclass(frozen=True)
class Requirements:
    """What images and outlines must meet.

    Attributes
    ----------
    mask_label : int, optional
        The value that marks the tumour; by default the only one in the file.
    tolerance_mm : float
        How far apart corresponding corners of image and outline may lie.
    section_axis : {"z", "y", "x"}
        The axis that the sections are stacked along.
    min_pixels : int
        Fewest pixels that the largest outline must have.
    """

    mask_label: int | None = None
    tolerance_mm: float = 1e-2
    section_axis: SectionAxis = "z"
    min_pixels: int = 16


@dataclass(frozen=True)
class LoadedPatient:
    """The volumes of one patient, all on one grid.

    Attributes
    ----------
    images : mapping of str to Volume
        By column of the cohort table, the analysed one first.
    outlines : sequence of TracedOutline
        The analysed one first, then those of other readers that can be used.
    unusable : sequence of str
        Why each of the others cannot.
    warnings : sequence of str
        Remarks on the images.
    """

    images: Mapping[str, Volume]
    outlines: Sequence[TracedOutline]
    unusable: Sequence[str]
    warnings: Sequence[str]


def load_patient(patient: Patient, required: Requirements) -> LoadedPatient:
    """Read and check the images and outlines of one patient.

    Raises
    ------
    PatientError
        An image or the analysed outline cannot be read or does not meet the requirements.
    """
    analysed, *others = patient.outlines
    first, *further = patient.images
    path = _outline_path(patient, analysed)
    images = {first: read_image(patient.images[first])}
    outline = _outline(path, images[first], required)
    warnings = check_intensities(images[first], outline, required.section_axis)
    for column in further:
        with named(column):
            images[column] = read_image(patient.images[column])
            remarks = _check_beside(images[column], outline, required)
        warnings += [f"{column}: {remark}" for remark in remarks]
    outlines, unusable = [outline], []
    for other in others:
        try:
            outlines.append(_other_outline(_outline_path(patient, other), images, required))
        except PatientError as error:
            unusable.append(error.reason)
    return LoadedPatient(images, outlines, unusable, warnings)


def _outline_path(patient: Patient, column: str) -> Path:
    path = patient.outlines[column]
    if path is None:
        raise PatientError(f"the table names no outline in {column}")
    return path


def _outline(path: Path, image: Volume, required: Requirements) -> TracedOutline:
    mask = read_outline(path, image, required.mask_label)
    check_same_geometry(image, mask, required.tolerance_mm)
    outline = trace(mask, required.section_axis)
    check_size(outline, required.min_pixels)
    return outline


def _other_outline(path: Path, images: Mapping[str, Volume], required: Requirements) -> TracedOutline:
    """Another reader's outline, if it can be used in every image; remarks on the images are the analysed one's to make."""
    first, *further = images
    outline = _outline(path, images[first], required)
    check_intensities(images[first], outline, required.section_axis)
    for column in further:
        with named(column):
            _check_beside(images[column], outline, required)
    return outline


def _check_beside(image: Volume, outline: TracedOutline, required: Requirements) -> list[str]:
    """A further image must lie on the outline's grid, and have usable intensities where the outline is largest."""
    check_same_geometry(image, outline.mask, required.tolerance_mm)
    return check_intensities(image, outline, required.section_axis)
