"""Whether an image file is whole and self-contained, before its pixels are believed.

ITK reads a truncated NIfTI file without complaint and fills the rest with zeros, replaces NaN and inf in it by 0, and
follows a NRRD header to any other file of the machine that it names as its pixels. None of this may pass unseen.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from radsurv.errors import PatientError

GZIP_MAGIC = b"\x1f\x8b"
NRRD_MAGIC = b"NRRD"
NRRD_HEADER_LIMIT = 1 << 20
# By the first field, sizeof_hdr: where dim, datatype, bitpix and vox_offset are (NIfTI-1 and NIfTI-2 standards).
NIFTI_FIELDS = {
    348: (("8h", 40), ("h", 70), ("h", 72), ("f", 108)),
    540: (("8q", 16), ("h", 12), ("h", 14), ("q", 168)),
}
NIFTI_FLOATS = {16: "f4", 64: "f8"}
ALL_FINITE = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class NiftiHeader:
    """What a NIfTI header says of its pixels: where they start, how many bytes, and their type if they are floats."""

    offset: int
    length: int
    floats: np.dtype[Any] | None


def check_nifti(path: Path) -> Int[np.ndarray, " voxel"]:
    """Read a NIfTI file to its end, through gzip where it is compressed, and compare it with what its header promises.

    Returns
    -------
    (voxel,)
        Places, in the order of the file (x fastest), of voxels that are NaN or inf.

    Raises
    ------
    PatientError
        The file is cut short, damaged, or no NIfTI file.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except EOFError:
            raise PatientError(f"{path.name} is cut short: its compressed data end too early; copy it again") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise PatientError(f"{path.name} is damaged ({error}); copy it again") from None
    header = _nifti_header(content)
    if header is None:
        raise PatientError(f"{path.name} is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD")
    promised = header.offset + header.length
    if len(content) < promised:
        raise PatientError(f"{path.name} is cut short: {len(content):,} bytes, expected {promised:,}; copy it again")
    if header.floats is None:
        return ALL_FINITE
    pixels = np.frombuffer(content, header.floats, header.length // header.floats.itemsize, header.offset)
    return np.flatnonzero(~np.isfinite(pixels))


def check_nrrd(path: Path) -> Int[np.ndarray, " voxel"]:
    """Refuse a file that is no NRRD, or one whose pixels are in another file.

    ITK itself notices a NRRD file that is cut short or damaged, and keeps its NaN and inf.

    Returns
    -------
    (0,)
        As `check_nifti`: nothing that ITK changes.

    Raises
    ------
    PatientError
    """
    with path.open("rb") as stream:
        header, _, _ = stream.read(NRRD_HEADER_LIMIT).replace(b"\r\n", b"\n").partition(b"\n\n")
    if not header.startswith(NRRD_MAGIC):
        raise PatientError(f"{path.name} is not a NRRD file, whatever its name says; convert it to NIfTI or NRRD")
    fields = {line.split(b":")[0].strip().lower().replace(b" ", b"") for line in header.split(b"\n")}
    if b"datafile" in fields:
        raise PatientError(f"{path.name} keeps its pixels in another file; expected header and pixels in one NRRD file")
    return ALL_FINITE


def _nifti_header(content: bytes) -> NiftiHeader | None:
    """The header at the start of a file; None if there is none."""
    for order in "<>":
        size = struct.unpack_from(f"{order}i", content)[0] if len(content) >= min(NIFTI_FIELDS) else 0
        if size not in NIFTI_FIELDS or len(content) < size:
            continue
        fields = (struct.unpack_from(order + kind, content, at) for kind, at in NIFTI_FIELDS[size])
        (n_axes, *sizes), (datatype,), (bits,), (offset,) = fields
        if not math.isfinite(offset) or bits < 1 or not 1 <= n_axes <= len(sizes):
            return None
        floats = np.dtype(order + NIFTI_FLOATS[datatype]) if datatype in NIFTI_FLOATS else None
        n_values = math.prod(max(axis, 1) for axis in sizes[:n_axes])
        length = n_values * floats.itemsize if floats is not None else n_values * bits // 8
        return NiftiHeader(max(int(offset), size), length, floats)
    return None
