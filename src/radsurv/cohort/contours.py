"""Contours, which are lines in the patient, on the grid of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.cohort.polygons import filled, together
from radsurv.cohort.sections import AXES, section_axis
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError
from radsurv.formats import first_few, plural

# Of the distance between sections. Files round coordinates to two or three decimals.
TILTED = 0.1  # how far the points of one contour may lie apart
BETWEEN = 0.1  # from here on a contour lies between sections, and it is said that it was moved
ONE_PLANE = 0.05
DIGITS = 6  # of a pixel: below it, where a point lies is rounding of the machine
SECTIONS_SHOWN = 8

Points = Float[np.ndarray, "point xyz"]


def drawn(contours: Sequence[Points], image: Volume, name: str) -> tuple[Bool[np.ndarray, "z y x"], list[str]]:
    """The voxels whose centres lie inside closed contours.

    Parameters
    ----------
    contours : sequence of (point, 3)
        Corners of each in the patient, mm; at least three.
    image : Volume
        Contours are parallel to its sections, which are stacked along `section_axis`, or along z: pixels that are no squares may be
        longer than sections are thick.
    name : str
        Of the structure, for messages.

    Returns
    -------
    mask : (z, y, x)
    remarks : list of str
        What was clipped, moved to the nearest section, left out, counted once or added; sections without contours.

    Raises
    ------
    PatientError
        A contour is not parallel to the sections, or none lies inside the image.
    """
    indices = [_on_grid(points, image) for points in contours]
    axis = _axis(indices, image, name)
    places = np.array([float(index[:, axis].mean()) for index in indices])
    chosen, remarks = _planes(places, image.array.shape[axis], image.spacing_mm[axis])
    in_plane = [other for other in range(3) if other != axis]
    shape = (image.array.shape[in_plane[0]], image.array.shape[in_plane[1]])
    mask = np.zeros(image.array.shape, dtype=bool)
    sections = np.moveaxis(mask, axis, 0)
    counts = np.zeros(3, dtype=int)  # clipped, twice, crossing
    for section, members in chosen.items():
        polygons = [indices[member][:, in_plane] for member in members]
        sections[section], n_twice, n_crossing = together([filled(polygon, shape) for polygon in polygons])
        counts += [sum(_reaches_out(polygon, shape) for polygon in polygons), n_twice, n_crossing]
    if not mask.any():
        raise PatientError(
            f"no contour of {name} encloses a voxel of the image; use the image that it was drawn on, or another structure"
        )
    said = ("clipped at the edge of the image", "there twice, counted once", "crossing another, added to it")
    remarks += [f"{plural(int(count), 'contour')} {what}" for count, what in zip(counts, said, strict=True) if count]
    return mask, remarks + _skipped(sections)


def _on_grid(points: Points, image: Volume) -> Float[np.ndarray, "point zyx"]:
    """Positions in voxels of the image, whose centres are at whole numbers."""
    along_mm: Float[np.ndarray, "point zyx"] = (points - image.origin) @ image.direction
    return np.round(along_mm / image.spacing_mm, DIGITS)


def _axis(indices: Sequence[Float[np.ndarray, "point zyx"]], image: Volume, name: str) -> int:
    """The axis that the planes of all contours are stacked along."""
    thickest = AXES.index(section_axis(image.spacing_mm, "auto"))
    tilted = {
        axis: [number for number, index in enumerate(indices, start=1) if np.ptp(index[:, axis]) > TILTED]
        for axis in dict.fromkeys((thickest, 0))
    }
    for axis, numbers in tilted.items():
        if not numbers:
            return axis
    numbers = tilted[thickest]
    raise PatientError(
        f"{name} has {plural(len(numbers), 'contour')} not parallel to the sections of the image (the first is number {numbers[0]}; "
        f"sections along {AXES[thickest]}): use the series that it was drawn on, or export it as a mask"
    )


def _planes(
    places: Float[np.ndarray, " contour"], n_sections: int, apart_mm: float
) -> tuple[dict[int, Int[np.ndarray, " contour"]], list[str]]:
    """The contours of every section: those of the plane that is nearest to it, if it is its own nearest section.

    Returns
    -------
    chosen : mapping of int to (contour,)
        By section, rising.
    remarks : list of str
    """
    order = np.argsort(places, kind="stable")
    planes = np.split(order, np.flatnonzero(np.diff(places[order]) > ONE_PLANE) + 1)
    chosen: dict[int, Int[np.ndarray, " contour"]] = {}
    off: dict[int, float] = {}
    n_beyond = n_left_out = 0
    for members in planes:
        place = float(places[members].mean())
        section = int(np.floor(place + 0.5))
        if not 0 <= section < n_sections:
            n_beyond += len(members)
            continue
        n_left_out += section in chosen
        if section not in chosen or abs(place - section) < off[section]:
            chosen[section], off[section] = members, abs(place - section)
    moved_mm = [distance * apart_mm for distance in off.values() if distance > BETWEEN]
    remarks = []
    if n_beyond:
        remarks.append(f"{plural(n_beyond, 'contour')} beyond the first or last section of the image left out")
    if moved_mm:
        remarks.append(
            f"contours on {plural(len(moved_mm), 'plane')} between sections were moved to the nearest one, by up to {max(moved_mm):.2g} mm"
        )
    if n_left_out:
        remarks.append(
            f"{plural(n_left_out, 'plane')} of contours left out: a nearer one lies in the same section of the image"
        )
    return dict(sorted(chosen.items())), remarks


def _reaches_out(polygon: Float[np.ndarray, "point yx"], shape: tuple[int, int]) -> bool:
    """Beyond the outer edges of the pixels at the border."""
    return bool((polygon < -0.5 - 10**-DIGITS).any() or (polygon > np.array(shape) - 0.5 + 10**-DIGITS).any())


def _skipped(sections: Bool[np.ndarray, "section y x"]) -> list[str]:
    """Sections without contours between the first and the last that has some."""
    drawn_on = {int(section) for section in np.flatnonzero(sections.any(axis=(1, 2)))}
    first, last = min(drawn_on), max(drawn_on)
    empty = [str(section) for section in range(first, last + 1) if section not in drawn_on]
    if not empty:
        return []
    return [
        f"no contours in {len(empty)} of the {last - first + 1} sections from the first to the last that has some "
        f"({first_few(empty, SECTIONS_SHOWN, more=', …')}); they stay empty"
    ]
