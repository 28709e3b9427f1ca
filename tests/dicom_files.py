"""DICOM files as tests need them, written with pydicom: a patient with a name, who must not be named by anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)

SECRET = "SECRET^NAME"
FRAME = generate_uid(entropy_srcs=["frame"])
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def uid(*of: object) -> str:
    """The same for the same."""
    return generate_uid(entropy_srcs=[*map(str, of)])


def dataset(kind: str = MRImageStorage, syntax: str = ExplicitVRLittleEndian) -> FileDataset:
    """What every file has."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, generate_uid()
    meta.TransferSyntaxUID = syntax
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = kind, meta.MediaStorageSOPInstanceUID
    found.PatientName = found.PatientID = SECRET
    found.FrameOfReferenceUID = FRAME
    return found


def pixels(of: Dataset, array: np.ndarray) -> None:
    """Whole numbers of 16 bit, (y, x) or (frame, y, x)."""
    of.Rows, of.Columns = array.shape[-2:]
    of.SamplesPerPixel, of.PhotometricInterpretation = 1, "MONOCHROME2"
    of.BitsAllocated, of.BitsStored, of.HighBit = 16, 16, 15
    of.PixelRepresentation = int(array.dtype == np.int16)
    of.PixelData = array.astype(array.dtype.newbyteorder("<")).tobytes()


def section(array: np.ndarray, position: Sequence[float], series: str = "T1", **changes: Any) -> FileDataset:
    """One section of an image, (y, x), with elements changed, or left out where they are None."""
    found = dataset()
    found.SeriesDescription, found.SeriesInstanceUID = series, uid(series)
    found.ImagePositionPatient, found.ImageOrientationPatient = [*position], [*AXIAL]
    found.PixelSpacing, found.SliceThickness = [0.5, 0.75], 3.0
    pixels(found, array)
    for name, value in changes.items():
        if value is None:
            delattr(found, name)
        else:
            setattr(found, name, value)
    return found


def save(path: Path, found: Dataset) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    found.save_as(path, enforce_file_format=True)
    return path


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
    pixels(found, array[list(order)])
    return found


def shared_groups(spacing: Sequence[float], apart: float | None, orientation: Sequence[float] = AXIAL) -> Dataset:
    """Functional groups that all frames share."""
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [*spacing], apart or 1.0
    if apart is not None:
        measures.SpacingBetweenSlices = apart
    plane.ImageOrientationPatient = [*orientation]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    return shared


def contours(
    path: Path, structures: Mapping[str, Sequence[Any]], frame: str = FRAME, kind: str = "CLOSED_PLANAR"
) -> Path:
    """An RTSTRUCT: points (n, 3) in mm, contour by contour, of structures by name. Numbers begin with 1."""
    found = dataset(RTStructureSetStorage)
    found.StructureSetROISequence, found.ROIContourSequence = [], []
    for number, (name, its) in enumerate(structures.items(), start=1):
        structure, drawn = Dataset(), Dataset()
        structure.ROINumber, structure.ROIName, structure.ReferencedFrameOfReferenceUID = number, name, frame
        drawn.ReferencedROINumber, drawn.ContourSequence = number, []
        for points in its:
            contour = Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
            contour.ContourData = [f"{value:.6f}" for point in points for value in point]
            drawn.ContourSequence.append(contour)
        found.StructureSetROISequence.append(structure)
        found.ROIContourSequence.append(drawn)
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
    found.SegmentationType, found.NumberOfFrames = kind, len(frames)
    found.SegmentSequence = []
    for number, name in enumerate(names, start=1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, name
        found.SegmentSequence.append(segment)
    found.SharedFunctionalGroupsSequence = [shared_groups(spacing, apart, orientation)]
    found.PerFrameFunctionalGroupsSequence = []
    for number, position, _ in frames:
        groups = Dataset()
        groups.PlanePositionSequence, groups.SegmentIdentificationSequence = [Dataset()], [Dataset()]
        groups.PlanePositionSequence[0].ImagePositionPatient = [*position]
        groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number
        found.PerFrameFunctionalGroupsSequence.append(groups)
    stacked = np.stack([array for _, _, array in frames]).astype(np.uint8)
    found.Rows, found.Columns = stacked.shape[1:]
    found.SamplesPerPixel, found.PhotometricInterpretation, found.PixelRepresentation = 1, "MONOCHROME2", 0
    bits = 1 if kind == "BINARY" else 8
    found.BitsAllocated, found.BitsStored, found.HighBit = bits, bits, bits - 1
    if kind == "FRACTIONAL":
        found.SegmentationFractionalType, found.MaximumFractionalValue = "PROBABILITY", 200
    packed = np.packbits(stacked.ravel(), bitorder="little") if bits == 1 else stacked
    content = packed.tobytes()
    found.PixelData = content + b"\0" * (len(content) % 2)
    return save(path, found)
