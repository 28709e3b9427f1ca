"""NIfTI-1, header and pixels in one file, compressed or not.

ITK reads a truncated NIfTI file without complaint and fills the rest with zeros, replaces NaN and inf in it by 0, takes 1 mm
for a voxel size of 0, NaN or inf, 1 for a size of 0 or less, no rotation or shift where they are NaN, no scaling where the slope is
inf, the bytes before the pixels for pixels where these are said to begin too early, and turns an axis round whose voxel size is
negative. None of this may pass unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Int

from radsurv.cohort.faults import quoted
from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.cohort.promised import Content, pixels, unpacked
from radsurv.cohort.volume import check_n_bytes, check_n_voxels, times
from radsurv.errors import PatientError

SIZE_OF_HEADER = 348
SIZE_OF_NIFTI_2 = 540
MAGIC = b"n+1"  # of header and pixels in one file; "ni1" is the header of a pair
# The fields that are looked at, with their type and place (NIfTI-1 standard).
FIELDS = [
    ("dim", "8i2", 40), ("datatype", "i2", 70), ("pixdim", "8f4", 76), ("vox_offset", "f4", 108), ("scl", "2f4", 112),
    ("qform_code", "i2", 252), ("sform_code", "i2", 254), ("quatern", "3f4", 256), ("qoffset", "3f4", 268), ("srow", "12f4", 280),
    ("magic", "S4", 344),
]  # fmt: skip
LAYOUT = np.dtype(
    {
        "names": [name for name, _, _ in FIELDS],
        "formats": [kind for _, kind, _ in FIELDS],
        "offsets": [at for _, _, at in FIELDS],
    }
)
ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
EXTENDER = 4  # bytes behind the header, that say whether extensions follow
MOST_EXTENSIONS = 1 << 26  # bytes; those of scanners and packages take kilobytes
FLOATS = {16: "f4", 64: "f8"}
# Bytes of a voxel by its datatype. ITK goes by this, whatever bitpix says; it reads neither bits (1) nor floats of 128 bit.
BYTES = {2: 1, 4: 2, 8: 4, 16: 4, 32: 8, 64: 8, 128: 3, 256: 1, 512: 2, 768: 4, 1024: 8, 1280: 8, 1792: 16, 2304: 4}
LONGEST_QUATERNION = 1.01  # b² + c² + d², which is at most 1 but for rounding


class NiftiReader(ItkReader):
    """``.nii`` and ``.nii.gz``."""

    name = "NIfTI"
    suffixes = (".nii", ".nii.gz")
    image_io = "NiftiImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Hold the header against what images can be, then read what it promises, and no more, through gzip where it is compressed."""
        with path.open("rb") as file:
            content = unpacked(file, path.name)
            header = _header(content, path.name)
            offset, length = _offset(header, path.name), _length(header, path.name)
            _check_scales(header, path.name)
            before = SIZE_OF_HEADER + len(content.read(offset - SIZE_OF_HEADER))
            pieces = pixels(content, before, length + offset - before, path.name)
            kind = FLOATS.get(int(header["datatype"]))
            # The byte order is that of the header.
            return _not_finite(pieces, None if kind is None else np.dtype(header["dim"].dtype.str[0] + kind))


READER = NiftiReader()


def _not_finite(pieces: Iterator[bytes], kind: np.dtype[Any] | None) -> Int[np.ndarray, " voxel"]:
    """Places of voxels that are NaN or inf, of which there are none in other types than floats. Reads all pieces."""
    found, before = [ALL_FINITE], 0
    for piece in pieces:
        if kind is not None:
            values = np.frombuffer(piece, kind, len(piece) // kind.itemsize)
            found.append(before + np.flatnonzero(~np.isfinite(values)))
            before += len(values)
    return np.concatenate(found)


def _header(content: Content, name: str) -> np.void:
    """The header at the start of a file."""
    start = content.read(SIZE_OF_HEADER)
    sizes = {int.from_bytes(start[:4], order): order for order in ORDERS}
    if SIZE_OF_NIFTI_2 in sizes:
        raise PatientError(f"{name} is a NIfTI-2 file; expected NIfTI-1 or NRRD: convert it")
    if len(start) < SIZE_OF_HEADER or SIZE_OF_HEADER not in sizes:
        raise PatientError(f"{name} is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD")
    header: np.void = np.frombuffer(start, LAYOUT.newbyteorder(sizes[SIZE_OF_HEADER]))[0]
    if header["magic"] != MAGIC:
        raise PatientError(
            f"{name} has {quoted(header['magic'].decode('latin-1'))} where a NIfTI file has {MAGIC.decode()!r}; expected header and"
            " pixels in one file (no pair of .hdr and .img): convert it"
        )
    return header


def _offset(header: np.void, name: str) -> int:
    """Where the pixels begin: behind the header, and behind no more extensions than there can be."""
    stated, least = float(header["vox_offset"]), SIZE_OF_HEADER + EXTENDER
    if not least <= stated <= least + MOST_EXTENSIONS or stated != int(stated):
        raise PatientError(
            f"{name} says that its pixels begin at byte {stated:g} (vox_offset in the header); expected a whole number from {least} to"
            f" {least + MOST_EXTENSIONS:,}: correct the header, or convert the image again"
        )
    return int(stated)


def _length(header: np.void, name: str) -> int:
    """Bytes of all pixels."""
    n_axes, *sizes = (int(size) for size in header["dim"])
    datatype = int(header["datatype"])
    if not 1 <= n_axes <= len(sizes):
        raise PatientError(
            f"{name} says that it has {n_axes} axes (dim in the header); expected 3: convert the image again"
        )
    if datatype not in BYTES:
        raise PatientError(
            f"{name} says that its voxels are of type {datatype} (datatype in the header); expected one of"
            f" {', '.join(map(str, BYTES))}: convert the image again"
        )
    check_n_voxels(sizes[:n_axes][::-1], name)
    length = math.prod(sizes[:n_axes]) * BYTES[datatype]
    check_n_bytes(length, name)
    return length


def _check_scales(header: np.void, name: str) -> None:
    """Lengths, place and intensities: numbers, or nothing measured means anything."""
    edges = [float(edge) for edge in header["pixdim"][1 : min(int(header["dim"][0]), 3) + 1]]
    if not all(math.isfinite(edge) and edge > 0 for edge in edges):
        raise PatientError(
            f"{name} says that its voxels measure {times(edges)} (x × y × z, pixdim in the header); expected three lengths "
            "above 0: correct the header, or convert the image again"
        )
    slope, intercept = (float(number) for number in header["scl"])
    unset = slope == 0 or (
        math.isnan(slope) and math.isnan(intercept)
    )  # NaN twice: what nibabel writes, and ITK reads so
    if not unset and not (math.isfinite(slope) and math.isfinite(intercept)):
        raise PatientError(
            f"{name} says that its intensities are to be multiplied by {slope:g}, and {intercept:g} added (scl_slope, scl_inter in the"
            " header); expected two numbers, or 0 and 0 where nothing is to be done: correct the header"
        )
    placed = {"sform": ("srow",), "qform": ("quatern", "qoffset")}
    for form, fields in placed.items():
        numbers = np.concatenate([header[field] for field in fields]).astype(float)
        if header[f"{form}_code"] > 0 and not np.isfinite(numbers).all():
            raise PatientError(
                f"{name} says where it lies in the patient with numbers that are none ({form}, {' and '.join(fields)} in the header:"
                f" {times(numbers[~np.isfinite(numbers)])}); correct the header, or convert the image again"
            )
    turned = float((header["quatern"].astype(float) ** 2).sum())
    if header["qform_code"] > 0 and turned > LONGEST_QUATERNION:
        raise PatientError(
            f"{name} has a rotation that is none (quatern_b, _c, _d in the header, whose squares sum up to {turned:.4g}); expected at"
            " most 1: correct the header, or convert the image again"
        )
