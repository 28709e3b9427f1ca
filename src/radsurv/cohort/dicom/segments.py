"""Segments of a DICOM-SEG file: their names, and the frames that mark each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Num
from pydicom.dataset import Dataset

from radsurv.cohort.dicom.files import elements, reading, text
from radsurv.cohort.dicom.pixels import check_decodable, decoded, single_bits
from radsurv.cohort.dicom.sections import GEOMETRY, Section, n_frames, sections
from radsurv.cohort.faults import quoted
from radsurv.cohort.volume import check_n_voxels
from radsurv.errors import PatientError

WANTED = (
    *("SegmentSequence", "SegmentationType", "SegmentationFractionalType", "MaximumFractionalValue", "FrameOfReferenceUID"),
    *("BitsAllocated", *GEOMETRY),
)  # fmt: skip
HALF = 0.5  # of the largest fraction: from here on, more of a voxel is tumour than not


@dataclass(frozen=True)
class Segmentation:
    """What a file says of its frames, which are not decoded yet.

    Attributes
    ----------
    path : Path
    names : dict of int to str
        Labels of the segments by number.
    frames : list of Section
    segment_of : list of int
        The number of the segment that each frame marks; 0 where its pixels are numbers of segments (LABELMAP).
    fraction_of : float, optional
        What a pixel that is all tumour has, where pixels are fractions.
    single_bits : bool
        Whether pixels are bits, without compression.
    remarks : list of str
    frame_of_reference : str
        Empty where the file does not say.
    """

    path: Path
    names: dict[int, str]
    frames: list[Section]
    segment_of: list[int]
    fraction_of: float | None
    single_bits: bool
    remarks: list[str]
    frame_of_reference: str

    def marking(self, numbers: Sequence[int]) -> list[Section]:
        """The frames that may mark any of some segments."""
        return [frame for frame, number in zip(self.frames, self.segment_of, strict=True) if number in {0, *numbers}]

    def masks(self, frames: Sequence[Section], numbers: Sequence[int]) -> Iterator[Bool[np.ndarray, "y x"]]:
        """What frames mark of some segments, frame by frame.

        Raises
        ------
        PatientError
            Pixels are cut short, damaged, or not as many as declared.
        """
        numbers_of_frames = [frame.frame for frame in frames]
        pixels: Iterable[Num[np.ndarray, "y x"]]
        if self.single_bits:
            pixels = single_bits(self.path, (len(self.frames), *frames[0].shape))[numbers_of_frames]
        else:
            pixels = decoded(self.path, numbers_of_frames)
        for frame, stored in zip(frames, pixels, strict=True):
            if stored.shape != frame.shape:
                raise PatientError(f"{self.path.name} holds other pixels than it declares; copy or export it again")
            yield self._marked(stored, self.segment_of[frame.frame], numbers)

    def _marked(self, stored: Num[np.ndarray, "y x"], segment: int, numbers: Sequence[int]) -> Bool[np.ndarray, "y x"]:
        if segment == 0:
            return np.isin(stored, numbers)
        return stored != 0 if self.fraction_of is None else stored >= HALF * self.fraction_of


def read_segmentation(path: Path) -> Segmentation:
    """Read all of a file but its pixels.

    Raises
    ------
    PatientError
        The file is damaged, compressed in a way that no decoder here knows, or does not say where a frame lies or what it marks.
    """
    header = elements(path, WANTED)
    with reading(path):
        check_n_voxels((n_frames(header), int(header.Rows), int(header.Columns)), path.name)
        check_decodable(path, header)
        names = {int(item.SegmentNumber): text(item, "SegmentLabel") for item in header.get("SegmentSequence") or []}
        frames = sections(path, header)
        kind = text(header, "SegmentationType")
        fraction_of, remarks = None, []
        if kind == "FRACTIONAL":
            fraction_of = float(header.get("MaximumFractionalValue") or 1)
            what = quoted(text(header, "SegmentationFractionalType").lower())
            remarks = [f"{path.name} holds fractions ({what}): a voxel counts from {HALF:g} on"]
        return Segmentation(
            path=path,
            names=names,
            frames=frames,
            segment_of=[0 if kind == "LABELMAP" else _segment(header, frame, path) for frame in frames],
            fraction_of=fraction_of,
            single_bits=int(header.BitsAllocated) == 1 and not header.file_meta.TransferSyntaxUID.is_encapsulated,
            remarks=remarks,
            frame_of_reference=text(header, "FrameOfReferenceUID"),
        )


def _segment(header: Dataset, frame: Section, path: Path) -> int:
    """The number of the segment that a frame marks, from its own groups or from those of all frames."""
    for groups in (frame.groups, *(header.get("SharedFunctionalGroupsSequence") or [])):
        for item in groups.get("SegmentIdentificationSequence") or []:
            return int(item.ReferencedSegmentNumber)
    raise PatientError(f"{path.name} does not say which segment its frame {frame.frame + 1} marks; export it again")
