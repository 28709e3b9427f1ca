"""Where the sections of DICOM files lie in the patient: one for each file, or for each frame of a multi-frame file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float
from pydicom.dataset import Dataset

from radsurv.cohort.dicom.files import reading
from radsurv.cohort.volume import check_voxel_size
from radsurv.errors import PatientError

GEOMETRY = (
    *("Rows", "Columns", "NumberOfFrames", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"),
    *("SliceThickness", "SpacingBetweenSlices", "RescaleSlope", "RescaleIntercept"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
)
# How far unit vectors that are written with few digits are from being so.
COSINE_ROUNDING = 1e-3
FARTHEST_MM = 1e6  # from the origin of any scanner

Value = TypeVar("Value")


@dataclass(frozen=True)
class Section:
    """One plane of pixels.

    Attributes
    ----------
    path : Path
    frame : int
        Zero-based number of the frame in the file.
    shape : (int, int)
        Rows, columns.
    position : (3,)
        Of the centre of the first pixel, mm.
    along : (2, 3)
        Unit vectors in the patient: down the rows (y), along the columns (x).
    spacing_mm : (float, float)
        Between rows, between columns.
    apart_mm : float, optional
        To the next section, as the file has it: the distance between sections, or else the thickness of one.
    slope, intercept : float
        From stored numbers to intensities.
    groups : Dataset
        The frame's own functional groups; empty for a file of one section.
    """

    path: Path
    frame: int
    shape: tuple[int, int]
    position: Float[np.ndarray, " xyz"]
    along: Float[np.ndarray, "yx xyz"]
    spacing_mm: tuple[float, float]
    apart_mm: float | None
    slope: float
    intercept: float
    groups: Dataset

    @property
    def normal(self) -> Float[np.ndarray, " xyz"]:
        """The unit vector that completes x and y to a right-handed system."""
        normal: Float[np.ndarray, " xyz"] = np.cross(self.along[1], self.along[0])
        return normal / np.linalg.norm(normal)

    @property
    def place(self) -> str:
        """Its file, and its frame where a file has several, for messages."""
        return f"{self.path.name} frame {self.frame + 1}" if self.groups else self.path.name


def n_frames(header: Dataset) -> int:
    """How many sections a file declares to hold."""
    return int(header.get("NumberOfFrames") or 1)


def sections(path: Path, header: Dataset) -> list[Section]:
    """The sections of a file.

    Parameters
    ----------
    header : Dataset
        With the elements of `GEOMETRY`.

    Raises
    ------
    PatientError
        The file does not say where they lie, or says what cannot be.
    """
    with reading(path):
        per_frame = header.get("PerFrameFunctionalGroupsSequence")
        if per_frame is None:
            if n_frames(header) > 1:
                raise PatientError(
                    f"{path.name} has {n_frames(header)} frames and does not say where each lies; expected an enhanced "
                    "multi-frame image, or one file for each section: export it as one of these"
                )
            return [_section(path, header, 0, Dataset())]
        if len(per_frame) != n_frames(header):
            raise PatientError(
                f"{path.name} describes {len(per_frame)} frames and declares {n_frames(header)}; export it again"
            )
        return [_section(path, header, number, groups) for number, groups in enumerate(per_frame)]


def _section(path: Path, header: Dataset, frame: int, groups: Dataset) -> Section:
    def find(group: str, keyword: str, convert: Callable[[Any], Value]) -> Value | None:
        """An element of the frame's own groups, of those that all frames share, or of the file."""
        for source in _sources(header, groups, group):
            if keyword in source and source[keyword].value not in (None, ""):
                return convert(source[keyword].value)
        return None

    position = find("PlanePositionSequence", "ImagePositionPatient", _numbers(3))
    orientation = find("PlaneOrientationSequence", "ImageOrientationPatient", _numbers(6))
    spacing = find("PixelMeasuresSequence", "PixelSpacing", _numbers(2))
    slope = find("PixelValueTransformationSequence", "RescaleSlope", float)
    if position is None or orientation is None or spacing is None:
        found = {"position": position, "orientation": orientation, "pixel spacing": spacing}
        lacking = ", no ".join(what for what, value in found.items() if value is None)
        raise PatientError(
            f"{path.name} does not say where its sections lie in the patient: no {lacking}; expected an image of a scanner: "
            "export the original series"
        )
    x, y = orientation.reshape(2, 3)
    lengths = [np.linalg.norm(x) - 1, np.linalg.norm(y) - 1, x @ y]
    if not np.max(np.abs(lengths)) <= COSINE_ROUNDING or not np.abs(position).max() <= FARTHEST_MM:
        raise PatientError(
            f"{path.name} has an orientation or a position that is none; expected two unit vectors at a right angle, and "
            "three coordinates: export it again"
        )
    x = x / np.linalg.norm(x)
    y = y - (x @ y) * x
    check_voxel_size(spacing[::-1], path.name)
    return Section(
        path=path,
        frame=frame,
        shape=(int(header.Rows), int(header.Columns)),
        position=position,
        along=np.stack([y / np.linalg.norm(y), x]),
        spacing_mm=(float(spacing[0]), float(spacing[1])),
        apart_mm=find("PixelMeasuresSequence", "SpacingBetweenSlices", float)
        or find("PixelMeasuresSequence", "SliceThickness", float),
        slope=1.0 if slope is None else slope,
        intercept=find("PixelValueTransformationSequence", "RescaleIntercept", float) or 0.0,
        groups=groups,
    )


def _sources(header: Dataset, groups: Dataset, group: str) -> Iterator[Dataset]:
    """Where an element may be, nearest first."""
    for holder in (groups, *(header.get("SharedFunctionalGroupsSequence") or [])):
        yield from holder.get(group) or []
    yield header


def _numbers(count: int) -> Callable[[Any], Float[np.ndarray, " n"]]:
    def convert(value: Any) -> Float[np.ndarray, " n"]:
        numbers = np.array([float(number) for number in value])
        if numbers.size != count:
            raise ValueError
        return numbers

    return convert
