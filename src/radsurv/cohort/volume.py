"""A volume in NumPy's z-y-x order and where it lies in the patient, whatever file it came from."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from radsurv.errors import PatientError

VOXEL_EDGE_MM = (1e-4, 1e3)  # Wider than any microscope's and any scanner's.
MOST_VOXELS = 2**30  # 1024 × 1024 × 1024; in floats of 64 bit 8 GB.
MOST_BYTES = 2**31  # 512 × 512 × 2048 in 32 bit, which is a whole body in CT; a copy in memory takes as much again
# In the single precision of a NIfTI header, steps are of 0.008 mm there: a larger one could not tell two places apart by the
# tolerance that grids are compared with.
FURTHEST_MM = 1e5


@dataclass(frozen=True)
class Volume:
    """A 3-D image or mask and where it lies in the patient.

    Attributes
    ----------
    array : (z, y, x)
        Voxels, in the type of the file; bool for a mask.
    spacing_mm : (float, float, float)
        Distance between neighbouring voxels along z, y, x.
    origin : (3,)
        Position of voxel ``[0, 0, 0]`` in the patient, mm (left, posterior, superior).
    direction : (3, 3)
        Columns: unit vectors of the array's z, y and x axis in the patient.
    frame_of_reference : str, optional
        UID of the coordinates that `origin` and `direction` are in, where the file names it (DICOM).
    remarks : tuple of str
        What the reader had to do to the file, for the QC table.
    """

    array: Shaped[np.ndarray, "z y x"]
    spacing_mm: tuple[float, float, float]
    origin: Float[np.ndarray, " xyz"]
    direction: Float[np.ndarray, "xyz zyx"]
    frame_of_reference: str | None = None
    remarks: tuple[str, ...] = ()

    def corners(self) -> Float[np.ndarray, "corner xyz"]:
        """Positions of the centres of the eight corner voxels in the patient, mm."""
        index = np.array(list(itertools.product(*((0, n - 1) for n in self.array.shape))), dtype=np.float64)
        return self.origin + (index * self.spacing_mm) @ self.direction.T

    def content_hash(self) -> str:
        """SHA-256 of voxels, their type, and geometry: equal for equal content, whatever file it came from."""
        digest = hashlib.sha256()
        little_endian = self.array.astype(self.array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{little_endian.dtype.str}{self.array.shape}".encode())
        digest.update(np.ascontiguousarray(little_endian).data)
        for geometry in (np.array(self.spacing_mm), self.origin, self.direction):
            digest.update(np.ascontiguousarray(geometry, dtype="<f8").data)
        return digest.hexdigest()


def differs(image: Volume, other: Volume, tolerance_mm: float) -> bool:
    """Whether two volumes differ in size, or a corner voxel of one lies more than `tolerance_mm` from that of the other."""
    return image.array.shape != other.array.shape or not _apart_mm(image, other) <= tolerance_mm


def check_same_geometry(
    image: Volume,
    other: Volume,
    tolerance_mm: float,
    *,
    pair: str = "image and mask",
    advice: str = "use the image it was traced on",
) -> None:
    """Two volumes must have the same number of voxels and the same place in the patient.

    Parameters
    ----------
    pair, advice : str
        For the message: what the two are, and what to do.

    Raises
    ------
    PatientError
        As `differs`.
    """
    if image.array.shape != other.array.shape:
        raise PatientError(
            f"{pair} differ in size: {times(image.array.shape[::-1])} and {times(other.array.shape[::-1])} "
            f"voxels (x × y × z); {advice}"
        )
    if differs(image, other, tolerance_mm):
        raise PatientError(
            f"{pair} differ in geometry: corresponding corners are up to {_apart_mm(image, other):.3g} mm apart, allowed "
            f"are {tolerance_mm:g} (voxels of {times(image.spacing_mm[::-1])} and {times(other.spacing_mm[::-1])} mm, "
            f"x × y × z); {advice}"
        )


def check_voxel_size(spacing_mm: Iterable[float], name: str) -> None:
    """Edges of a voxel must be lengths that an image of a patient can have.

    Parameters
    ----------
    spacing_mm : iterable of float
        Along x, y, z, as the file says.
    name : str
        The file, for the message.

    Raises
    ------
    PatientError
        One is 0, negative, not finite, or outside `VOXEL_EDGE_MM`.
    """
    edges = list(spacing_mm)
    least, most = VOXEL_EDGE_MM
    if not all(least <= edge <= most for edge in edges):
        raise PatientError(
            f"{name} says that its voxels measure {times(edges)} mm (x × y × z); expected lengths from {least:g} to {most:g}:"
            " correct the header"
        )


def check_frame_of_reference(theirs: str, image: Volume, name: str) -> None:
    """Coordinates of one scan mean another place in the next. Where either file does not name them, nothing can be said.

    Parameters
    ----------
    theirs : str
        UID of the coordinates that an outline is in; may be empty.
    image : Volume
    name : str
        The outline, for the message.

    Raises
    ------
    PatientError
    """
    ours = image.frame_of_reference
    if theirs and ours and theirs != ours:
        raise PatientError(
            f"{name} was drawn in another frame of reference ({theirs}) than the image's ({ours}); "
            "use the image that it was drawn on"
        )


def check_n_voxels(shape: Sequence[int], name: str) -> None:
    """A file may not declare more voxels than any scan has: memory is asked for before its pixels are seen.

    Parameters
    ----------
    shape : sequence of int
        Along z, y, x, as the file says.
    name : str
        The file, for the message.

    Raises
    ------
    PatientError
        There are more than `MOST_VOXELS`, or none.
    """
    if min(shape) < 1 or math.prod(shape) > MOST_VOXELS:
        raise PatientError(
            f"{name} says that it has {times(shape[::-1])} voxels (x × y × z); expected from 1 to {MOST_VOXELS:,}: correct or crop it"
        )


def check_n_bytes(n_bytes: int, name: str) -> None:
    """Nor may its pixels take more memory than any scan's.

    Raises
    ------
    PatientError
        There are more than `MOST_BYTES`.
    """
    if n_bytes > MOST_BYTES:
        raise PatientError(
            f"{name} says that its pixels take {n_bytes:,} bytes; expected at most {MOST_BYTES:,}: correct or crop it"
        )


def check_place(origin_mm: Sequence[float], name: str) -> None:
    """The first voxel lies somewhere near a scanner.

    Raises
    ------
    PatientError
        A coordinate is no number, or beyond `FURTHEST_MM`.
    """
    if not all(abs(coordinate) <= FURTHEST_MM for coordinate in origin_mm):
        raise PatientError(
            f"{name} says that its first voxel lies at {', '.join(f'{coordinate:g}' for coordinate in origin_mm)} mm; expected"
            f" coordinates from −{FURTHEST_MM:g} to {FURTHEST_MM:g}: correct the header"
        )


def _apart_mm(image: Volume, other: Volume) -> float:
    """The largest distance between corresponding corners."""
    return float(np.linalg.norm(image.corners() - other.corners(), axis=1).max())


def times(numbers: Iterable[float]) -> str:
    """Sizes or spacings as messages show them, for instance 256 × 256 × 24."""
    return " × ".join(f"{number:g}" for number in numbers)
