"""A volume in NumPy's z-y-x order and where it lies in the patient, whatever file it came from."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from radsurv.errors import PatientError


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
    """

    array: Shaped[np.ndarray, "z y x"]
    spacing_mm: tuple[float, float, float]
    origin: Float[np.ndarray, " xyz"]
    direction: Float[np.ndarray, "xyz zyx"]

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


def check_same_geometry(image: Volume, mask: Volume, tolerance_mm: float) -> None:
    """Image and mask must have the same number of voxels and the same place in the patient.

    Raises
    ------
    PatientError
        Their sizes differ, or a corner voxel of one lies more than `tolerance_mm` from that of the other.
    """
    if image.array.shape != mask.array.shape:
        raise PatientError(
            f"image and mask differ in size: {times(image.array.shape[::-1])} and {times(mask.array.shape[::-1])} "
            "voxels (x × y × z); resample the mask onto the image"
        )
    distance_mm = float(np.linalg.norm(image.corners() - mask.corners(), axis=1).max())
    if not distance_mm <= tolerance_mm:
        raise PatientError(
            f"image and mask differ in geometry: corresponding corners are up to {distance_mm:.3g} mm apart, allowed "
            f"are {tolerance_mm:g} (voxels of {times(image.spacing_mm[::-1])} and {times(mask.spacing_mm[::-1])} mm, "
            "x × y × z); resample the mask onto the image, or raise cohort.geometry_tolerance_mm"
        )


def times(numbers: Iterable[float]) -> str:
    """Sizes or spacings as messages show them, for instance 256 × 256 × 24."""
    return " × ".join(f"{number:g}" for number in numbers)
