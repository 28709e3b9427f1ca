"""DICOM files as tests need them: those of the simulation, with faults, and a patient with a name, who must not be named by anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)

from radsurv.cohort.simulated_dicom import (
    AXIAL,
    new_dataset,
    save,
    set_contours,
    set_pixels,
    set_segments,
    shared_groups,
)

SECRET = "SECRET^NAME"
FRAME = generate_uid(entropy_srcs=["frame"])


def uid(*of: object) -> str:
    """The same for the same."""
    return generate_uid(entropy_srcs=[*map(str, of)])


def dataset(kind: str = MRImageStorage, syntax: str = ExplicitVRLittleEndian) -> FileDataset:
    """What every file has."""
    found = new_dataset(kind, generate_uid(), syntax)
    found.PatientName = found.PatientID = SECRET
    found.FrameOfReferenceUID = FRAME
    return found


def section(array: np.ndarray, position: Sequence[float], series: str = "T1", **changes: Any) -> FileDataset:
    """One section of an image, (y, x), with elements changed, or left out where they are None."""
    found = dataset()
    found.SeriesDescription, found.SeriesInstanceUID = series, uid(series)
    found.ImagePositionPatient, found.ImageOrientationPatient = [*position], [*AXIAL]
    found.PixelSpacing, found.SliceThickness = [0.5, 0.75], 3.0
    set_pixels(found, array)
    for name, value in changes.items():
        if value is None:
            delattr(found, name)
        else:
            setattr(found, name, value)
    return found


def series(folder: Path, array: np.ndarray, name: str = "T1", **changes: Any) -> Path:
    """An image, (z, y, x), with 3 mm between axial sections, whose files' names say nothing of their order."""
    for z, pixels_of in enumerate(array):
        save(folder / f"{uid(name, z)[-12:]}.dcm", section(pixels_of, (-20, 10, 4 + 3 * z), name, **changes))
    return folder


def multi_frame(array: np.ndarray, order: Sequence[int], slopes: Sequence[float] | None = None) -> FileDataset:
    """An enhanced image, (z, y, x), whose frames are stored in an order of their own."""
    found = dataset(EnhancedMRImageStorage)
    found.SeriesDescription, found.SeriesInstanceUID = "enhanced", uid("enhanced")
    found.NumberOfFrames = len(order)
    found.SharedFunctionalGroupsSequence = [shared_groups((0.5, 0.75), 3.0)]
    found.PerFrameFunctionalGroupsSequence = []
    for z in order:
        groups = Dataset()
        groups.PlanePositionSequence = [Dataset()]
        groups.PlanePositionSequence[0].ImagePositionPatient = [-20, 10, 4 + 3 * z]
        if slopes is not None:
            groups.PixelValueTransformationSequence = [Dataset()]
            groups.PixelValueTransformationSequence[0].RescaleSlope = slopes[z]
            groups.PixelValueTransformationSequence[0].RescaleIntercept = 0
        found.PerFrameFunctionalGroupsSequence.append(groups)
    set_pixels(found, array[list(order)])
    return found


def contours(
    path: Path, structures: Mapping[str, Sequence[Any]], frame: str = FRAME, kind: str = "CLOSED_PLANAR"
) -> Path:
    """An RTSTRUCT: points (n, 3) in mm, contour by contour, of structures by name. Numbers begin with 1."""
    found = dataset(RTStructureSetStorage)
    set_contours(found, structures, frame, kind)
    return save(path, found)


def segmentation(
    path: Path,
    frames: Sequence[tuple[int, Sequence[float], np.ndarray]],
    names: Sequence[str] = ("Tumour",),
    *,
    spacing: Sequence[float] = (0.5, 0.75),
    apart: float | None = 3.0,
    orientation: Sequence[float] = AXIAL,
    kind: str = "BINARY",
    frame_of_reference: str = FRAME,
) -> Path:
    """A DICOM-SEG: for each frame the number of its segment, the position of its first pixel, and its pixels (y, x)."""
    found = dataset(SegmentationStorage)
    found.FrameOfReferenceUID = frame_of_reference
    if kind == "FRACTIONAL":
        found.SegmentationFractionalType, found.MaximumFractionalValue = "PROBABILITY", 200
    set_segments(found, frames, names, shared_groups(spacing, apart, orientation), kind)
    return save(path, found)
