"""Structures of an RTSTRUCT file: names, and closed contours."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float
from pydicom.dataset import Dataset

from radsurv.cohort.dicom.files import elements, reading, text
from radsurv.cohort.dicom.sections import FARTHEST_MM
from radsurv.errors import PatientError
from radsurv.formats import plural

CLOSED = ("CLOSED_PLANAR", "CLOSED_PLANAR_XOR", "CLOSEDPLANAR_XOR", "")
FEWEST_POINTS = 3


@dataclass(frozen=True)
class Structure:
    """One region of interest.

    Attributes
    ----------
    name : str
    frame_of_reference : str
        UID of the coordinates of its points; empty where the file does not say.
    contours : list of (point, 3)
        Closed ones, mm.
    remarks : list of str
        What else was drawn, and is no outline.
    """

    name: str
    frame_of_reference: str
    contours: list[Float[np.ndarray, "point xyz"]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_structures(path: Path) -> dict[int, Structure]:
    """The structures of a file by number, in its order.

    Raises
    ------
    PatientError
        The file is damaged.
    """
    header = elements(path, ("StructureSetROISequence", "ROIContourSequence"))
    with reading(path):
        found = {
            int(item.ROINumber): Structure(text(item, "ROIName"), text(item, "ReferencedFrameOfReferenceUID"))
            for item in header.get("StructureSetROISequence") or []
        }
        for item in header.get("ROIContourSequence") or []:
            structure = found.get(int(item.ReferencedROINumber))
            if structure is not None:
                _add(structure, item, path)
    return found


def _add(structure: Structure, item: Dataset, path: Path) -> None:
    """The contours of a structure."""
    n_points = n_open = 0
    for contour in item.get("ContourSequence") or []:
        points = _points(contour, path)
        if len(points) < FEWEST_POINTS:
            n_points += 1
        elif text(contour, "ContourGeometricType") not in CLOSED:
            n_open += 1
        else:
            structure.contours.append(points)
    if n_points:
        structure.remarks.append(f"{plural(n_points, 'contour')} of one or two points ignored")
    if n_open:
        structure.remarks.append(f"{plural(n_open, 'open line')} ignored")


def _points(contour: Dataset, path: Path) -> Float[np.ndarray, "point xyz"]:
    """The text of the coordinates at once: an object for each of a hundred thousand numbers takes seconds."""
    value = contour.get_item("ContourData").value or b"" if "ContourData" in contour else b""
    numbers = np.array([float(number) for number in value.split(b"\\")] if value else [])
    if numbers.size % 3 or not (np.abs(numbers) <= FARTHEST_MM).all():
        raise PatientError(
            f"{path.name} has a contour of {numbers.size} coordinates that are no points; export it again"
        )
    return numbers.reshape(-1, 3)
