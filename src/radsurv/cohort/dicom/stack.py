"""Sections put into the order in which they lie in the patient, with no place left empty and none taken twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from radsurv.cohort.dicom.sections import COSINE_ROUNDING, Section
from radsurv.cohort.volume import check_voxel_size, times
from radsurv.errors import PatientError
from radsurv.formats import first_few, plural

SAME_PLACE_MM = 1e-3
# How far a section may lie from its place in a regular stack. Files write positions with two or three decimals.
UNEVEN_MM = 0.01
UNEVEN_SHARE = 0.01  # of the distance between sections
PLACES_SHOWN = 8


@dataclass(frozen=True)
class Stack:
    """Sections in order, and the grid that they make.

    Attributes
    ----------
    sections : sequence of Section
        By rising position along their normal.
    spacing_mm : (float, float, float)
        Along z, y, x.
    """

    sections: Sequence[Section]
    spacing_mm: tuple[float, float, float]

    @property
    def origin(self) -> Float[np.ndarray, " xyz"]:
        """Position of the first pixel of the first section, mm."""
        return self.sections[0].position

    @property
    def direction(self) -> Float[np.ndarray, "xyz zyx"]:
        """Columns: unit vectors of z, y, x in the patient."""
        first = self.sections[0]
        return np.stack([first.normal, *first.along], axis=1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Sections, rows, columns."""
        return (len(self.sections), *self.sections[0].shape)


def stack(sections: Sequence[Section], name: str) -> Stack:
    """The sections of one series in order.

    Parameters
    ----------
    sections : sequence of Section
        At least one, in any order.
    name : str
        The series, for messages.

    Raises
    ------
    PatientError
        They differ in orientation or grid; two lie at one place; one is missing; they are shifted against each other, or not
        evenly spaced.
    """
    check_alike(sections, name)
    along_mm, ordered = in_order(sections)
    steps = np.diff(along_mm)
    _check_places(ordered, steps, name)
    check_straight(ordered, name)
    apart_mm = _apart(ordered, along_mm, steps, name)
    check_voxel_size([apart_mm], name)
    return Stack(ordered, (apart_mm, *ordered[0].spacing_mm))


def in_order(sections: Sequence[Section]) -> tuple[Float[np.ndarray, " section"], list[Section]]:
    """Positions of parallel sections along their normal, mm, rising, and the sections in this order."""
    normal = sections[0].normal
    along_mm = np.array([section.position @ normal for section in sections])
    order = np.argsort(along_mm, kind="stable")
    return along_mm[order], [sections[index] for index in order]


def check_alike(sections: Sequence[Section], name: str) -> None:
    """All sections have one orientation and one grid.

    Raises
    ------
    PatientError
    """
    first = sections[0]
    turned = [section for section in sections if np.abs(section.along - first.along).max() > COSINE_ROUNDING]
    if turned:
        raise PatientError(
            f"{name} has sections of several orientations: {turned[0].place} and {plural(len(turned) - 1, 'other')} lie "
            f"otherwise than {first.place}; expected one (a localizer has several): choose another series"
        )
    grids = Counter((section.shape[::-1], section.spacing_mm[::-1]) for section in sections)
    if len(grids) > 1:
        found = [f"{n} of {times(shape)} pixels of {times(spacing)} mm" for (shape, spacing), n in grids.most_common()]
        raise PatientError(
            f"{name} has sections that differ in size: {first_few(found, 3)}; expected one: choose another series"
        )


def check_straight(ordered: Sequence[Section], name: str) -> None:
    """Every section lies straight above the one before.

    Raises
    ------
    PatientError
    """
    first = ordered[0]
    offsets = np.array([section.position - first.position for section in ordered]) @ first.along.T
    worst = int(np.argmax(np.abs(offsets).max(axis=1)))
    if np.abs(offsets[worst]).max() > UNEVEN_MM + UNEVEN_SHARE * min(first.spacing_mm):
        raise PatientError(
            f"{name} has sections that are shifted against each other: {ordered[worst].place} lies "
            f"{np.abs(offsets[worst]).max():.3g} mm beside {first.place} (a tilted gantry?); expected a straight stack: resample it"
        )


def _check_places(ordered: Sequence[Section], steps: Float[np.ndarray, " step"], name: str) -> None:
    taken = np.flatnonzero(steps < SAME_PLACE_MM)
    if not taken.size:
        return
    at = int(taken[0])
    raise PatientError(
        f"{name} has {len(ordered)} sections at {plural(len(ordered) - taken.size, 'place')}: {ordered[at].place} and "
        f"{ordered[at + 1].place}, for instance, lie at the same one (a copy, or several time points, echoes or b-values); expected "
        "one section at each: leave one volume in the folder"
    )


def _apart(
    ordered: Sequence[Section], along_mm: Float[np.ndarray, " section"], steps: Float[np.ndarray, " step"], name: str
) -> float:
    """The distance between neighbouring sections."""
    if len(ordered) == 1:
        if not ordered[0].apart_mm:
            raise PatientError(f"{name} has one section and does not say how thick it is; export it again")
        return float(ordered[0].apart_mm)
    usual = float(np.median(steps))
    allowed = max(UNEVEN_MM, UNEVEN_SHARE * usual)
    wholes = np.maximum(np.round(steps / usual), 1)
    if (wholes > 1).any() and (np.abs(steps - wholes * usual) <= allowed * wholes).all():
        at = int(np.argmax(wholes > 1))
        raise PatientError(
            f"{name} lacks {plural(int((wholes - 1).sum()), 'section')}: between {ordered[at].place} ({along_mm[at]:g} mm along the "
            f"normal) and {ordered[at + 1].place} ({along_mm[at + 1]:g} mm) lie {steps[at]:g} mm, elsewhere {usual:g}; "
            "copy the whole series again"
        )
    apart_mm = float(along_mm[-1] - along_mm[0]) / (len(ordered) - 1)
    off_mm = np.abs(along_mm - along_mm[0] - apart_mm * np.arange(len(ordered)))
    if off_mm.max() > allowed:
        raise PatientError(
            f"{name} is not evenly spaced: its sections lie {steps.min():g} to {steps.max():g} mm apart (at "
            f"{first_few([f'{place:g}' for place in along_mm], PLACES_SHOWN, more=', …')} mm along the normal); expected one distance: "
            "copy the whole series again, or resample it"
        )
    return apart_mm
