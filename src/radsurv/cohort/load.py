"""From a patient's files to volumes that are known to be usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radsurv.cohort.alignment import GridRules, outline_on_image, sequence_on_image
from radsurv.cohort.check import anisotropy_remarks, check_intensities, check_size, not_finite_remarks
from radsurv.cohort.choice import THE_ONLY_ONE, Choice
from radsurv.cohort.patient import Patient, named
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.sections import AxisChoice, TracedOutline, axis_remarks, section_axis, trace
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError


@dataclass(frozen=True)
class Requirements:
    """What images and outlines must meet.

    Attributes
    ----------
    choice : Choice
        Which series, structure or label of a file is meant; by default the only one that there is.
    grid : GridRules
        When an outline lies on its image's grid, and what is done where it does not.
    section_axis : {"auto", "z", "y", "x"}
        The axis that the sections are stacked along.
    min_pixels : int
        Fewest pixels that the largest outline must have.
    margin : float
        Around the outline, what the network sees beside it: a fraction of each side.
    """

    choice: Choice = THE_ONLY_ONE
    grid: GridRules = field(default_factory=GridRules)
    section_axis: AxisChoice = "auto"
    min_pixels: int = 16
    margin: float = 0.0


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
        Remarks on the images and on where the outlines lie.
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
    images = {first: read_image(patient.images[first], required.choice)}
    outline, warnings = _outline(path, images[first], required)
    warnings += images[first].remarks
    warnings += axis_remarks(images[first].spacing_mm, required.section_axis)
    check_intensities(images[first], outline, required.margin)
    warnings += [*not_finite_remarks(images[first]), *anisotropy_remarks(images[first])]
    for column in further:
        with named(column):
            images[column], remarks = _sequence(patient.images[column], images[first], required)
            check_intensities(images[column], outline, required.margin)
        remarks += not_finite_remarks(images[column])
        warnings += [f"{column}: {remark}" for remark in remarks]
    outlines, unusable = [outline], []
    for other in others:
        try:
            found, remarks = _other_outline(_outline_path(patient, other), images, required)
        except PatientError as error:
            unusable.append(error.reason)
            continue
        outlines.append(found)
        warnings += [f"{other}: {remark}" for remark in remarks]
    return LoadedPatient(images, outlines, unusable, warnings)


def _outline_path(patient: Patient, column: str) -> Path:
    path = patient.outlines[column]
    if path is None:
        raise PatientError(f"the table names no outline in {column}")
    return path


def _outline(path: Path, image: Volume, required: Requirements) -> tuple[TracedOutline, list[str]]:
    """An outline on the array of the image, and what was done to put it there."""
    read = read_outline(path, image, required.choice)
    mask, remarks = outline_on_image(read, image, required.grid)
    outline = trace(mask, section_axis(image.spacing_mm, required.section_axis))
    check_size(outline, required.min_pixels)
    return outline, [*read.remarks, *remarks]


def _sequence(path: Path, image: Volume, required: Requirements) -> tuple[Volume, list[str]]:
    """A further image on the array of the analysed one."""
    read = read_image(path, required.choice)
    sequence, remarks = sequence_on_image(read, image, required.grid.tolerance_mm)
    return sequence, [*read.remarks, *remarks]


def _other_outline(path: Path, images: Mapping[str, Volume], required: Requirements) -> tuple[TracedOutline, list[str]]:
    """Another reader's outline, if it can be used in every image; remarks on the images are the analysed one's to make."""
    first, *further = images
    outline, remarks = _outline(path, images[first], required)
    check_intensities(images[first], outline, required.margin)
    for column in further:
        with named(column):
            check_intensities(images[column], outline, required.margin)
    return outline, remarks
