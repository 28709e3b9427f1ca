"""RTSTRUCT: contours that were drawn on an image (docs/dicom.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from radsurv.cohort.choice import Choice, listed, structures
from radsurv.cohort.contours import drawn
from radsurv.cohort.dicom.files import STRUCTURES, kind
from radsurv.cohort.dicom.structures import Structure, read_structures
from radsurv.cohort.faults import quoted
from radsurv.cohort.reader import Reader
from radsurv.cohort.volume import Volume, check_frame_of_reference
from radsurv.errors import PatientError


class RtstructReader(Reader):
    """One DICOM file, whatever its name."""

    name = "RTSTRUCT"
    holds = frozenset({"outline"})

    @property
    def description(self) -> str:
        """The name with what to recognise the format by."""
        return f"{self.name} (a DICOM file)"

    def recognises(self, path: Path) -> bool:
        """A DICOM file that says so."""
        return kind(path) in STRUCTURES

    def read_outline(self, path: Path, grid: Volume, choice: Choice) -> Volume:
        """Fill the contours of the structures that are meant, on the grid of the image.

        Raises
        ------
        PatientError
            The file is damaged; the structure is not there, empty, or cannot be told from others; it was drawn in other coordinates
            than the image's, on other planes, or outside the image.
        """
        chosen, remarks = _chosen(read_structures(path), choice, path.name)
        mask = np.zeros(grid.array.shape, dtype=bool)
        for structure in chosen:
            name = f"structure {quoted(structure.name)} of {path.name}"
            check_frame_of_reference(structure.frame_of_reference, grid, name)
            its, found = drawn(structure.contours, grid, name)
            mask |= its
            remarks += [f"{name}: {remark}" for remark in (*structure.remarks, *found)]
        return replace(grid, array=mask, remarks=tuple(remarks))


def _chosen(found: Mapping[int, Structure], choice: Choice, file: str) -> tuple[list[Structure], list[str]]:
    """The structures that are meant. Where none is asked for, those without contours are no candidates."""
    drawable = {number: structure.name for number, structure in found.items() if structure.contours}
    names = {number: structure.name for number, structure in found.items()}
    wanted = choice.names
    numbers, remarks = structures(wanted, drawable if wanted is None else names, file, choice.structure_option)
    empty = [number for number in numbers if number not in drawable]
    said = listed({number: names[number] for number in empty})
    if len(empty) == len(numbers):
        raise PatientError(
            f"{file} has no closed contour of {said}, only of {listed(drawable) or 'none'}; change {choice.structure_option}"
        )
    remarks += [f"no closed contour of {said} in {file}"] if empty else []
    return [found[number] for number in numbers if number in drawable], remarks


READER = RtstructReader()
