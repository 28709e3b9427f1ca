"""DICOM files of patients who do not exist: series of MR, and outlines as RTSTRUCT or DICOM-SEG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt8
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    MRImageStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)
from skimage import measure

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
STRUCTURE = "Tumour"
# Scanning sequence, as DICOM calls it, of each of `CONTRASTS`.
SCANNING = {"SE": "SE", "GE": "GR", "IR": ["GR", "IR"], "T1": "SE", "T2": "SE", "FLAIR": ["SE", "IR"]}


@dataclass(frozen=True)
class Study:
    """One patient's scans, which all lie on one grid around the origin.

    Attributes
    ----------
    patient : str
    site : str
    spacing_mm : (float, float, float)
        Between voxels along z, y, x.
    """

    patient: str
    site: str
    spacing_mm: tuple[float, float, float]

    def write_series(self, folder: Path, sequence: str, image: Int16[np.ndarray, "z y x"]) -> None:
        """One file for each section, of one of `SCANNING`."""
        folder.mkdir(parents=True)
        for z, section in enumerate(image):
            found = self._dataset(MRImageStorage, "MR", f"{sequence}-{z}", sequence)
            found.ImageType, found.SeriesDescription = ["ORIGINAL", "PRIMARY"], f"SIMULATED {sequence}"
            found.ScanningSequence, found.SequenceVariant, found.ScanOptions = SCANNING[sequence], "NONE", ""
            found.MRAcquisitionType, found.EchoTime, found.EchoTrainLength = "2D", None, None
            found.InstanceNumber = z + 1
            found.ImagePositionPatient, found.ImageOrientationPatient = self._position(image.shape, z), [*AXIAL]
            found.PixelSpacing, found.SliceThickness = [*self.spacing_mm[1:]], self.spacing_mm[0]
            set_pixels(found, section)
            save(folder / f"{z + 1:04d}.dcm", found)

    def write_contours(self, path: Path, outline: Bool[np.ndarray, "z y x"]) -> None:
        """An outline as RTSTRUCT: lines half-way between voxels inside and outside, so that it can be filled without loss."""
        x, y, _ = self._position(outline.shape, 0)
        points = [
            [
                (x + column * self.spacing_mm[2], y + row * self.spacing_mm[1], self._position(outline.shape, z)[2])
                for row, column in line[:-1] - 1
            ]
            for z, section in enumerate(outline)
            for line in measure.find_contours(np.pad(section, 1).astype(float), 0.5)  # type: ignore[no-untyped-call]
        ]
        found = self._dataset(RTStructureSetStorage, "RTSTRUCT", path.stem, path.stem)
        found.StructureSetLabel, found.StructureSetDate, found.StructureSetTime = path.stem.upper()[:16], "", ""
        set_contours(found, {STRUCTURE: points}, found.FrameOfReferenceUID)
        save(path, found)

    def write_segmentation(self, path: Path, outline: Bool[np.ndarray, "z y x"]) -> None:
        """An outline as DICOM-SEG, with a frame for each section that it has pixels in."""
        found = self._dataset(SegmentationStorage, "SEG", path.stem, path.stem)
        found.InstanceNumber, found.ContentLabel, found.ContentDescription = 1, path.stem.upper()[:16], ""
        found.ImageType, found.ContentCreatorName = ["DERIVED", "PRIMARY"], ""
        frames = [(1, self._position(outline.shape, z), section) for z, section in enumerate(outline) if section.any()]
        set_segments(found, frames, [STRUCTURE], shared_groups(self.spacing_mm[1:], self.spacing_mm[0]))
        save(path, found)

    def _dataset(self, kind: str, modality: str, instance: str, series: str) -> FileDataset:
        found = new_dataset(kind, generate_uid(entropy_srcs=[self.patient, instance, "instance"]))
        found.PatientName = found.PatientID = self.patient
        found.StudyInstanceUID = generate_uid(entropy_srcs=[self.patient, "study"])
        found.SeriesInstanceUID = generate_uid(entropy_srcs=[self.patient, series, "series"])
        found.FrameOfReferenceUID = generate_uid(entropy_srcs=[self.patient, "frame"])
        found.Modality, found.Manufacturer, found.InstitutionName = modality, "SIMULATED", self.site
        # Required, and empty: there is nothing to tell of nobody.
        for name in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(found, name, "")
        found.ReferringPhysicianName = found.PositionReferenceIndicator = ""
        found.SeriesNumber = None
        return found

    def _position(self, shape: Sequence[int], z: int) -> list[float]:
        """Of the first pixel of a section, x, y, z in mm."""
        first = [-(n - 1) / 2 * step for n, step in zip(shape, self.spacing_mm, strict=True)]
        return [round(value, 6) for value in (first[2], first[1], first[0] + z * self.spacing_mm[0])]


def new_dataset(kind: str, instance: str, syntax: UID = ExplicitVRLittleEndian) -> FileDataset:
    """What every file has."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(kind), UID(instance)
    meta.TransferSyntaxUID = syntax
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = kind, instance
    return found


def save(path: Path, found: Dataset) -> Path:
    """Write it, into a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found.save_as(path, enforce_file_format=True)
    return path


def set_pixels(of: Dataset, array: np.ndarray) -> None:
    """Whole numbers of 16 bit, (y, x) or (frame, y, x)."""
    of.Rows, of.Columns = array.shape[-2:]
    of.SamplesPerPixel, of.PhotometricInterpretation = 1, "MONOCHROME2"
    of.BitsAllocated, of.BitsStored, of.HighBit = 16, 16, 15
    of.PixelRepresentation = int(array.dtype == np.int16)
    of.PixelData = array.astype(array.dtype.newbyteorder("<")).tobytes()


def shared_groups(spacing: Sequence[float], apart: float | None, orientation: Sequence[float] = AXIAL) -> Dataset:
    """Functional groups that all frames share.

    Parameters
    ----------
    spacing : (y, x)
        In mm.
    apart : float, optional
        Between sections, in mm; None leaves it out.
    orientation : six floats
    """
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [*spacing], apart or 1.0
    if apart is not None:
        measures.SpacingBetweenSlices = apart
    plane.ImageOrientationPatient = [*orientation]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    return shared


def set_contours(
    of: Dataset,
    structures: Mapping[str, Iterable[Sequence[Sequence[float]] | Float[np.ndarray, "point 3"]]],
    frame_of_reference: str,
    kind: str = "CLOSED_PLANAR",
) -> None:
    """Structures by name, contour by contour the points x, y, z in mm. Numbers begin with 1."""
    of.StructureSetROISequence, of.ROIContourSequence = [], []
    for number, (name, its) in enumerate(structures.items(), start=1):
        structure, drawn = Dataset(), Dataset()
        structure.ROINumber, structure.ROIName = number, name
        structure.ReferencedFrameOfReferenceUID = frame_of_reference
        drawn.ReferencedROINumber, drawn.ContourSequence = number, []
        for points in its:
            contour = Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
            contour.ContourData = [f"{value:.6f}" for point in points for value in point]
            drawn.ContourSequence.append(contour)
        of.StructureSetROISequence.append(structure)
        of.ROIContourSequence.append(drawn)


def set_segments(
    of: Dataset,
    frames: Sequence[tuple[int, Sequence[float], UInt8[np.ndarray, "y x"] | Bool[np.ndarray, "y x"]]],
    names: Sequence[str],
    shared: Dataset,
    kind: str = "BINARY",
) -> None:
    """Segments by name; for each frame the number of its segment, the position of its first pixel, and its pixels."""
    of.SegmentationType, of.NumberOfFrames = kind, len(frames)
    of.SegmentSequence, of.PerFrameFunctionalGroupsSequence = [], []
    for number, name in enumerate(names, start=1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, name
        of.SegmentSequence.append(segment)
    of.SharedFunctionalGroupsSequence = [shared]
    for number, position, _ in frames:
        groups = Dataset()
        groups.PlanePositionSequence, groups.SegmentIdentificationSequence = [Dataset()], [Dataset()]
        groups.PlanePositionSequence[0].ImagePositionPatient = [*position]
        groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number
        of.PerFrameFunctionalGroupsSequence.append(groups)
    stacked = np.stack([array for _, _, array in frames]).astype(np.uint8)
    of.Rows, of.Columns = stacked.shape[1:]
    of.SamplesPerPixel, of.PhotometricInterpretation, of.PixelRepresentation = 1, "MONOCHROME2", 0
    bits = 1 if kind == "BINARY" else 8
    of.BitsAllocated, of.BitsStored, of.HighBit = bits, bits, bits - 1
    content = (np.packbits(stacked.ravel(), bitorder="little") if bits == 1 else stacked).tobytes()
    of.PixelData = content + b"\0" * (len(content) % 2)
