"""An outline on the array of its image: as it is, with its axes reordered, or (where asked for) resampled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from jaxtyping import Float

from radsurv.cohort.sections import AXES
from radsurv.cohort.volume import Volume, check_same_geometry, differs, times
from radsurv.errors import PatientError
from radsurv.options.cohort_table import OutlineGrid

# While no corner is further away than this fraction of a voxel's smallest edge, neither is any other voxel, and the nearest
# voxel of the other volume is the one with the same index. Beyond it, "voxel by voxel" measures other tissue than was traced.
LARGEST_TOLERANCE = 0.5
ROUNDING = 1e-6  # of a voxel size that a file keeps in single precision
INTERPOLATED = "cohort.outline_grid=resample puts an outline of the same scan onto the image's grid (nearest neighbour)"


@dataclass(frozen=True)
class GridRules:
    """When an outline counts as lying on the image's grid, and what is done where it does not.

    Attributes
    ----------
    tolerance_mm : float
        How far apart corresponding corner voxels may lie (``cohort.geometry_tolerance_mm``).
    outline_grid : {"as_is", "resample"}
        What to do with an outline on another grid: refuse it, or resample it (``cohort.outline_grid``).
    """

    tolerance_mm: float = 1e-2
    outline_grid: OutlineGrid = "as_is"


def outline_on_image(mask: Volume, image: Volume, rules: GridRules) -> tuple[Volume, list[str]]:
    """An outline, voxel by voxel on the array of an image.

    Parameters
    ----------
    mask : Volume
        Boolean, on a grid of its own.
    image : Volume
        The one that it was traced on.

    Returns
    -------
    mask : Volume
        Of the image's shape.
    remarks : list of str
        What was done to it, if anything.

    Raises
    ------
    PatientError
        The tolerance is more than half of the image's smallest voxel edge; the grids differ and are to be left as they are; or
        the outline reaches out of the image.
    """
    check_tolerance(image, rules.tolerance_mm)
    found = reordered(mask, image, rules.tolerance_mm)
    if found is not None:
        placed, order = found
        return placed, [
            f"the outline's file has its axes in another order than the image's ({order} of the outline): reordered "
            "onto the image, voxel by voxel, without interpolation"
        ]
    if rules.outline_grid == "resample" and differs(image, mask, rules.tolerance_mm):
        return _resampled(mask, image)
    check_same_geometry(
        image, mask, rules.tolerance_mm, pair="image and mask", advice=f"use the image it was traced on; {INTERPOLATED}"
    )
    return mask, []


def sequence_on_image(sequence: Volume, image: Volume, tolerance_mm: float) -> tuple[Volume, list[str]]:
    """A further image on the array of the analysed one: as it is or with its axes reordered, never interpolated.

    Raises
    ------
    PatientError
        It lies on another grid.
    """
    found = reordered(sequence, image, tolerance_mm)
    if found is not None:
        placed, order = found
        return placed, [
            f"its axes are in another order than those of image ({order} of this file): reordered, voxel by voxel"
        ]
    check_same_geometry(
        image, sequence, tolerance_mm, pair="image and this sequence", advice="resample the sequence onto image first"
    )
    return sequence, []


def check_tolerance(image: Volume, tolerance_mm: float) -> None:
    """No more than half of the image's smallest voxel edge can be allowed.

    Raises
    ------
    PatientError
    """
    allowed_mm = LARGEST_TOLERANCE * min(image.spacing_mm)
    if tolerance_mm > allowed_mm * (1 + ROUNDING):
        raise PatientError(
            f"cohort.geometry_tolerance_mm={tolerance_mm:g} is more than half of the smallest voxel edge "
            f"({times(image.spacing_mm[::-1])} mm, x × y × z), and would measure other tissue than was traced; at most "
            f"{allowed_mm:.4g} can be allowed for this image: set it back to 0.01"
        )


def reordered(other: Volume, image: Volume, tolerance_mm: float) -> tuple[Volume, str] | None:
    """A volume on the image's lattice whose file stores the axes in another order or direction: in that of the image.

    Returns
    -------
    (Volume, str) or None
        The same voxels in the image's order, and in words which axis is which; None where the order is the same already, or
        where no order puts the volume onto the image.
    """
    cosines = image.direction.T @ other.direction
    source = np.argmax(np.abs(cosines), axis=1)
    if sorted(source) != [0, 1, 2]:
        return None
    reversed_axes = [bool(cosines[axis, source[axis]] < 0) for axis in range(3)]
    if list(source) == [0, 1, 2] and not any(reversed_axes):
        return None
    candidate = _in_order(other, source.tolist(), reversed_axes)
    if differs(image, candidate, tolerance_mm):
        return None
    named = [("-" if back else "") + AXES[axis] for axis, back in zip(source, reversed_axes, strict=True)]
    return candidate, f"x, y, z of the image are {', '.join(named[::-1])}"


def placed(part: Volume, image: Volume, tolerance_mm: float) -> Volume | None:
    """An outline that covers a part of the image's lattice, or more than the image, on the array of the image.

    Parameters
    ----------
    part : Volume
        Boolean.

    Returns
    -------
    Volume or None
        The same voxels, with nothing traced elsewhere; None where the voxels of one are not those of the other.

    Raises
    ------
    PatientError
        Traced voxels lie outside the image.
    """
    cosines = image.direction.T @ part.direction
    source = np.argmax(np.abs(cosines), axis=1)
    if sorted(source) != [0, 1, 2]:
        return None
    turned = _in_order(part, source.tolist(), [bool(cosines[axis, source[axis]] < 0) for axis in range(3)])
    first = np.round((turned.origin - image.origin) @ image.direction / image.spacing_mm).astype(int)
    origin = image.origin + image.direction @ (first * image.spacing_mm)
    if differs(Volume(turned.array, image.spacing_mm, origin, image.direction), turned, tolerance_mm):
        return None
    array = np.zeros(image.array.shape, dtype=bool)
    index = np.argwhere(turned.array) + first
    outside = int(np.count_nonzero(((index < 0) | (index >= array.shape)).any(axis=1)))
    if outside:
        raise PatientError(
            f"{outside} of {len(index)} outlined voxels lie outside the image; image and mask do not belong together: use the image "
            "that it was traced on"
        )
    array[tuple(index.T)] = True
    return replace(image, array=array, remarks=part.remarks)


def _in_order(other: Volume, source: list[int], reversed_axes: list[bool]) -> Volume:
    """Its axes permuted, then those turned round that run backwards; every voxel stays where it is in the patient."""
    array = other.array.transpose(source)
    spacing = [other.spacing_mm[axis] for axis in source]
    direction: Float[np.ndarray, "xyz zyx"] = other.direction[:, source].copy()
    origin = other.origin.astype(np.float64)
    for axis, back in enumerate(reversed_axes):
        if back:
            array = np.flip(array, axis)
            origin = origin + direction[:, axis] * spacing[axis] * (array.shape[axis] - 1)
            direction[:, axis] *= -1
    return Volume(np.ascontiguousarray(array), (spacing[0], spacing[1], spacing[2]), origin, direction)


def _resampled(mask: Volume, image: Volume) -> tuple[Volume, list[str]]:
    """Nearest neighbour on the grid of the image. What would be cut off is a fault: an outline is traced on its image."""
    traced, outside = _traced_and_outside(mask, image)
    if outside:
        raise PatientError(
            f"{outside} of {traced} outlined voxels lie outside the image, so resampling would cut them off; image and mask "
            "do not belong together, or the header of one does not say where it lies: use the image it was traced on"
        )
    source = sitk.GetImageFromArray(mask.array.astype(np.uint8))
    source.SetSpacing(mask.spacing_mm[::-1])
    source.SetOrigin(mask.origin.tolist())
    source.SetDirection(mask.direction[:, ::-1].ravel().tolist())
    result = sitk.Resample(
        source,
        [int(length) for length in image.array.shape[::-1]],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        image.origin.tolist(),
        list(image.spacing_mm[::-1]),
        image.direction[:, ::-1].ravel().tolist(),
    )
    array = sitk.GetArrayFromImage(result).astype(bool)
    before, after = (
        f"{count * float(np.prod(volume.spacing_mm)):.4g} mm³"
        for count, volume in ((traced, mask), (int(np.count_nonzero(array)), image))
    )
    return Volume(array, image.spacing_mm, image.origin, image.direction), [
        f"the outline lay on a grid of its own ({times(mask.array.shape[::-1])} voxels of {times(mask.spacing_mm[::-1])} mm, "
        f"x × y × z) and was resampled onto the image's, nearest neighbour (cohort.outline_grid=resample): {before} became "
        f"{after}"
    ]


def _traced_and_outside(mask: Volume, image: Volume) -> tuple[int, int]:
    """How many voxels are traced, and how many of these share no space with the image's box of voxels."""
    index = np.argwhere(mask.array)
    positions = mask.origin + (index * mask.spacing_mm) @ mask.direction.T
    along_mm = (positions - image.origin) @ image.direction
    half_mm = np.abs(image.direction.T @ mask.direction) @ np.array(mask.spacing_mm) / 2
    edge_mm = np.array(image.spacing_mm)
    low, high = -edge_mm / 2 - half_mm, (np.array(image.array.shape) - 0.5) * edge_mm + half_mm
    slack = ROUNDING * edge_mm
    outside = ((along_mm <= low + slack) | (along_mm >= high - slack)).any(axis=1)
    return len(index), int(np.count_nonzero(outside))
