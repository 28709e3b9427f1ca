"""DICOM-SEG: segments in frames, of which those without a marked pixel may be left out (docs/dicom.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from radsurv.cohort.alignment import GridRules, placed
from radsurv.cohort.choice import Choice, listed, segments
from radsurv.cohort.dicom.files import SEGMENTATIONS, kind
from radsurv.cohort.dicom.sections import Section
from radsurv.cohort.dicom.segments import Segmentation, read_segmentation
from radsurv.cohort.dicom.stack import UNEVEN_MM, UNEVEN_SHARE, check_alike, check_straight, in_order
from radsurv.cohort.reader import Reader
from radsurv.cohort.volume import VOXEL_EDGE_MM, Volume, check_frame_of_reference, check_n_voxels
from radsurv.errors import PatientError

PARALLEL = 0.999  # cosine of the angle between the normals of segmentation and image, from which on they share a step


class DicomSegReader(Reader):
    """One DICOM file, whatever its name. ITK is never asked: it stacks the frames of all segments as they come."""

    name = "DICOM-SEG"
    holds = frozenset({"outline"})

    @property
    def description(self) -> str:
        """The name with what to recognise the format by."""
        return f"{self.name} (a DICOM file)"

    def recognises(self, path: Path) -> bool:
        """A DICOM file that says so."""
        return kind(path) in SEGMENTATIONS

    def read_outline(self, path: Path, grid: Volume, choice: Choice) -> Volume:
        """The segments that are meant, together.

        Returns
        -------
        Volume
            On the grid of the image where its voxels are those of the segmentation, which may cover a part of it; otherwise on the
            segmentation's own.

        Raises
        ------
        PatientError
            The file is damaged; the segment is not there, empty, or cannot be told from others; it lies in other coordinates than
            the image's, or outside it; its frames make no grid.
        """
        segmentation = read_segmentation(path)
        numbers, remarks = segments(choice, segmentation.names, path.name)
        frames = segmentation.marking(numbers)
        if not frames:
            said = listed({number: segmentation.names[number] for number in numbers})
            raise PatientError(f"{path.name} marks no voxel as {said}; choose another segment, or export it again")
        check_frame_of_reference(segmentation.frame_of_reference, grid, path.name)
        outline = replace(_outline(segmentation, frames, numbers, grid), remarks=(*segmentation.remarks, *remarks))
        return placed(outline, grid, GridRules().tolerance_mm) or outline


def _outline(segmentation: Segmentation, frames: Sequence[Section], numbers: Sequence[int], grid: Volume) -> Volume:
    """The frames on a grid of their own."""
    name = segmentation.path.name
    check_alike(frames, name)
    along_mm, ordered = in_order(frames)
    check_straight(ordered, name)
    apart_mm, places = _places(along_mm, ordered[0], grid, name)
    check_n_voxels((int(places[-1]) + 1, *ordered[0].shape), name)
    array = np.zeros((int(places[-1]) + 1, *ordered[0].shape), dtype=bool)
    for place, mask in zip(places, segmentation.masks(ordered, numbers), strict=True):
        array[place] |= mask
    first = ordered[0]
    direction = np.stack([first.normal, *first.along], axis=1)
    return Volume(
        array, (apart_mm, *first.spacing_mm), first.position, direction, segmentation.frame_of_reference or None
    )


def _places(
    along_mm: Float[np.ndarray, " frame"], first: Section, grid: Volume, name: str
) -> tuple[float, Int[np.ndarray, " frame"]]:
    """The distance between sections of which some may be left out, and the number of the section that each frame lies in.

    It is the first of these that takes all frames to whole sections: what the file declares, if that is more than the image's
    (it was traced on thicker sections); the image's; what the file declares; the smallest distance between frames.
    """
    offsets = along_mm - along_mm[0]
    cosines = np.abs(grid.direction.T @ first.normal)
    images = [grid.spacing_mm[int(np.argmax(cosines))]] if cosines.max() > PARALLEL else []
    declared = [own for own in [first.apart_mm] if own is not None and own >= VOXEL_EDGE_MM[0]]
    thicker = [own for own in declared for ours in images if own > ours * (1 + UNEVEN_SHARE)]
    gaps = np.diff(offsets)
    smallest = [float(gap) for gap in sorted(gaps[gaps > UNEVEN_MM])[:1]]
    for apart_mm in (*thicker, *images, *declared, *smallest):
        places = np.round(offsets / apart_mm).astype(int)
        if (np.abs(offsets - places * apart_mm) <= max(UNEVEN_MM, UNEVEN_SHARE * apart_mm)).all():
            return float(apart_mm), places
    raise PatientError(
        f"{name} has frames that are not evenly spaced (at {', '.join(f'{place:g}' for place in along_mm[:8])} mm along their normal, …); "
        "expected multiples of one distance: export it on the image's grid"
    )


READER = DicomSegReader()
