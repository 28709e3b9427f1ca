"""Pixels of DICOM files, decoded section by section, as intensities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
from jaxtyping import Bool, Num
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import UID

from radsurv.cohort.dicom.files import reading, text
from radsurv.cohort.dicom.sections import Section
from radsurv.cohort.dicom.stack import Stack
from radsurv.errors import PatientError

PIXELS = ("SamplesPerPixel", "PhotometricInterpretation")
STORED = (
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)
GREY = ("MONOCHROME1", "MONOCHROME2")
INTEGER_LIMIT = 2**31


def check_grey(path: Path, header: Dataset) -> None:
    """The pixels are grey values.

    Parameters
    ----------
    header : Dataset
        With the elements of `PIXELS`.

    Raises
    ------
    PatientError
        They are colours, or how many numbers a pixel has cannot be read.
    """
    with reading(path):
        n_samples = int(header.get("SamplesPerPixel") or 1)
        found = text(header, "PhotometricInterpretation") or GREY[-1]
    if n_samples != 1 or found not in GREY:
        raise PatientError(
            f"{path.name} is a picture in colours; expected grey values ({' or '.join(GREY)}): choose the original series"
        )


def check_decodable(path: Path, header: Dataset) -> None:
    """The pixels are stored plainly, or compressed in a way that a decoder here knows.

    Raises
    ------
    PatientError
    """
    with reading(path):
        syntax = UID(text(header.file_meta, "TransferSyntaxUID"))
        try:
            able = get_decoder(syntax).is_available
        except NotImplementedError:
            able = False
        if not able:
            raise _undecodable(path, syntax)


def intensities(stack: Stack) -> Num[np.ndarray, "z y x"]:
    """The intensities of a stack of sections.

    Returns
    -------
    (z, y, x)
        As they are stored where no section is rescaled. Otherwise rescaled section by section: whole numbers (32 bit) where every slope
        and intercept is one, else floats (64 bit).

    Raises
    ------
    PatientError
        Pixels are cut short, damaged, or not as many as declared.
    """
    stored: list[Num[np.ndarray, "y x"] | None] = [None] * len(stack.sections)
    for path, places in _by_file(stack.sections).items():
        frames = decoded(path, [stack.sections[place].frame for place in places])
        for place, frame in zip(places, frames, strict=True):
            if frame.shape != stack.sections[place].shape:
                raise PatientError(f"{path.name} holds other pixels than it declares; copy or export it again")
            stored[place] = frame
    return _rescaled(np.stack([frame for frame in stored if frame is not None]), stack.sections)


def decoded(path: Path, frames: Sequence[int]) -> list[Num[np.ndarray, "y x"]]:
    """Stored numbers of some frames of a file.

    Raises
    ------
    PatientError
    """
    with reading(path):
        # Read to the end, and not frame by frame from the file, which would pass a last frame that is cut short to its decoder.
        whole = pydicom.dcmread(path, specific_tags=[*STORED])
        try:
            return list(iter_pixels(whole, indices=frames, raw=True))
        except RuntimeError:  # every decoder has failed
            raise _undecodable(path, UID(text(whole.file_meta, "TransferSyntaxUID"))) from None


def single_bits(path: Path, shape: tuple[int, int, int]) -> Bool[np.ndarray, "frame y x"]:
    """All pixels of a file that stores one bit for each, without a gap between rows or frames.

    pydicom goes by bytes where frames do not begin with one, and takes bits that are not there for zeros.

    Raises
    ------
    PatientError
    """
    with reading(path):
        content = pydicom.dcmread(path, specific_tags=["PixelData"]).PixelData
        bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
        return bits[: math.prod(shape)].reshape(shape).astype(bool)


def _undecodable(path: Path, syntax: UID) -> PatientError:
    return PatientError(
        f"{path.name} is compressed as {syntax.name}, and cannot be decoded here; copy it again if it is damaged, or else "
        "decompress it, for instance with gdcmconv --raw or dcmdjpeg"
    )


def _by_file(sections: Sequence[Section]) -> dict[Path, list[int]]:
    """Places of the sections in the stack, file by file, in the order of the frames."""
    places: dict[Path, list[int]] = {}
    for place in sorted(range(len(sections)), key=lambda place: sections[place].frame):
        places.setdefault(sections[place].path, []).append(place)
    return places


def _rescaled(stored: Num[np.ndarray, "z y x"], sections: Sequence[Section]) -> Num[np.ndarray, "z y x"]:
    slopes, intercepts = (np.array([getattr(section, name) for section in sections]) for name in ("slope", "intercept"))
    if (slopes == 1).all() and (intercepts == 0).all():
        return stored
    exact = stored.dtype.itemsize <= 2 and all((numbers == np.round(numbers)).all() for numbers in (slopes, intercepts))
    fits = (np.abs(slopes) * 2**16 + np.abs(intercepts)).max() < INTEGER_LIMIT
    kind = np.dtype(np.int32 if exact and fits else np.float64)
    rescaled: Num[np.ndarray, "z y x"] = stored.astype(kind)
    rescaled *= slopes.astype(kind)[:, None, None]
    rescaled += intercepts.astype(kind)[:, None, None]
    return rescaled
