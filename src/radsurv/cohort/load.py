"""From a patient's files to volumes that are known to be usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radsurv.cohort.alignment import GridRules, outline_on_image, sequence_on_image
from radsurv.cohort.check import anisotropy_remarks, check_intensities, check_size, not_finite_remarks
from radsurv.cohort.choice import THE_ONLY_ONE, Choice
from radsurv.cohort.parts import WHOLE, of_part, said_of
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
    parts : mapping of str to Choice
        Which structures or labels of a file are meant, for every part of the tumour that is analysed by its own
        (``cohort.regions``), the first one first; by default the tumour as a whole, and the only one that there is.
    grid : GridRules
        When an outline lies on its image's grid, and what is done where it does not.
    section_axis : {"auto", "z", "y", "x"}
        The axis that the sections are stacked along.
    min_pixels : int
        Fewest pixels that the largest outline must have.
    margin : float
        Around the outline, what the network sees beside it: a fraction of each side.
    """

    parts: Mapping[str, Choice] = field(default_factory=lambda: {WHOLE: THE_ONLY_ONE})
    grid: GridRules = field(default_factory=GridRules)
    section_axis: AxisChoice = "auto"
    min_pixels: int = 16
    margin: float = 0.0

    @property
    def of_images(self) -> Choice:
        """Which series is meant: the same for every part."""
        return next(iter(self.parts.values()))


@dataclass(frozen=True)
class LoadedPatient:
    """The volumes of one patient, all on one grid.

    Attributes
    ----------
    images : mapping of str to Volume
        By column of the cohort table, the analysed one first.
    parts : mapping of str to sequence of TracedOutline
        By part of the tumour, the first one first: the analysed outline, then those of other readers that can be used in all parts.
    unusable : sequence of str
        Why each of the others cannot.
    warnings : sequence of str
        Remarks on the images and on where the outlines lie.
    """

    images: Mapping[str, Volume]
    parts: Mapping[str, Sequence[TracedOutline]]
    unusable: Sequence[str]
    warnings: Sequence[str]

    @property
    def outlines(self) -> Sequence[TracedOutline]:
        """Of the first part: what stands for the patient where one number does, such as the volume."""
        return next(iter(self.parts.values()))


def load_patient(patient: Patient, required: Requirements) -> LoadedPatient:
    """Read and check the images and outlines of one patient.

    Raises
    ------
    PatientError
        An image or the analysed outline of a part cannot be read or does not meet the requirements.
    """
    analysed, *others = patient.outlines
    first, *further = patient.images
    path = _outline_path(patient, analysed)
    images = {first: read_image(patient.images[first], required.of_images)}
    outlines: dict[str, TracedOutline] = {}
    warnings: list[str] = []
    for part in required.parts:
        with of_part(part):
            outlines[part], remarks = _outline(path, images[first], required, part)
        warnings += said_of(part, remarks)
    warnings += images[first].remarks
    warnings += axis_remarks(images[first].spacing_mm, required.section_axis)
    _check_intensities(images[first], outlines, required.margin)
    warnings += [*not_finite_remarks(images[first]), *anisotropy_remarks(images[first])]
    for column in further:
        with named(column):
            images[column], remarks = _sequence(patient.images[column], images[first], required)
            _check_intensities(images[column], outlines, required.margin)
        remarks += not_finite_remarks(images[column])
        warnings += [f"{column}: {remark}" for remark in remarks]
    by_part, unusable = {part: [outline] for part, outline in outlines.items()}, []
    for other in others:
        try:
            found, remarks = _other_outlines(_outline_path(patient, other), images, required)
        except PatientError as error:
            unusable.append(error.reason)
            continue
        for part, outline in found.items():
            by_part[part].append(outline)
        warnings += [f"{other}: {remark}" for remark in remarks]
    return LoadedPatient(images, by_part, unusable, warnings)


def _check_intensities(image: Volume, outlines: Mapping[str, TracedOutline], margin: float) -> None:
    for part, outline in outlines.items():
        with of_part(part):
            check_intensities(image, outline, margin)


def _outline_path(patient: Patient, column: str) -> Path:
    path = patient.outlines[column]
    if path is None:
        raise PatientError(f"the table names no outline in {column}")
    return path


def _outline(path: Path, image: Volume, required: Requirements, part: str) -> tuple[TracedOutline, list[str]]:
    """An outline on the array of the image, and what was done to put it there."""
    read = read_outline(path, image, required.parts[part])
    mask, remarks = outline_on_image(read, image, required.grid)
    outline = trace(mask, section_axis(image.spacing_mm, required.section_axis))
    check_size(outline, required.min_pixels)
    return outline, [*read.remarks, *remarks]


def _sequence(path: Path, image: Volume, required: Requirements) -> tuple[Volume, list[str]]:
    """A further image on the array of the analysed one."""
    read = read_image(path, required.of_images)
    sequence, remarks = sequence_on_image(read, image, required.grid.tolerance_mm)
    return sequence, [*read.remarks, *remarks]


def _other_outlines(
    path: Path, images: Mapping[str, Volume], required: Requirements
) -> tuple[dict[str, TracedOutline], list[str]]:
    """Another reader's outline of each part, if all can be used in every image; remarks on the images are the analysed one's to make."""
    first, *further = images
    outlines: dict[str, TracedOutline] = {}
    found: list[str] = []
    for part in required.parts:
        with of_part(part):
            outlines[part], remarks = _outline(path, images[first], required, part)
        found += said_of(part, remarks)
    _check_intensities(images[first], outlines, required.margin)
    for column in further:
        with named(column):
            _check_intensities(images[column], outlines, required.margin)
    return outlines, found
