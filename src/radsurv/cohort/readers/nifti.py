"""NIfTI-1 and NIfTI-2, header and pixels in one file, compressed or not.

ITK reads a truncated NIfTI file without complaint and fills the rest with zeros, replaces NaN and inf in it by 0, takes 1 mm
for a voxel size of 0, NaN or inf, and turns an axis round whose voxel size is negative. None of this may pass unseen.
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

from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.cohort.volume import times
from radsurv.errors import PatientError

GZIP_MAGIC = b"\x1f\x8b"
# By the first field, sizeof_hdr: where dim, datatype, bitpix, vox_offset and pixdim are (NIfTI-1 and NIfTI-2 standards).
FIELDS = {
    348: (("8h", 40), ("h", 70), ("h", 72), ("f", 108), ("8f", 76)),
    540: (("8q", 16), ("h", 12), ("h", 14), ("q", 168), ("8d", 104)),
}
FLOATS = {16: "f4", 64: "f8"}


class NiftiReader(ItkReader):
    """``.nii`` and ``.nii.gz``."""

    name = "NIfTI"
    suffixes = (".nii", ".nii.gz")
    image_io = "NiftiImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Read to the end, through gzip where it is compressed, and compare with what the header promises."""
        content = path.read_bytes()
        if content.startswith(GZIP_MAGIC):
            try:
                content = gzip.decompress(content)
            except EOFError:
                raise PatientError(
                    f"{path.name} is cut short: its compressed data end too early; copy it again"
                ) from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise PatientError(f"{path.name} is damaged ({error}); copy it again") from None
        header = _header(content)
        if header is None:
            raise PatientError(f"{path.name} is not a NIfTI file, whatever its name says; convert it to NIfTI or NRRD")
        promised = header.offset + header.length
        if len(content) < promised:
            raise PatientError(
                f"{path.name} is cut short: {len(content):,} bytes, expected {promised:,}; copy it again"
            )
        _check_pixdim(header.edges, path.name)
        if header.floats is None:
            return ALL_FINITE
        pixels = np.frombuffer(content, header.floats, header.length // header.floats.itemsize, header.offset)
        return np.flatnonzero(~np.isfinite(pixels))


READER = NiftiReader()


@dataclass(frozen=True)
class _Header:
    """What a header says of the pixels: where they start, how many bytes, their type if they are floats, edges along x, y, z.

    The edges are in the header's unit of length, which ITK converts to mm.
    """

    offset: int
    length: int
    floats: np.dtype[Any] | None
    edges: tuple[float, ...]


def _check_pixdim(edges: tuple[float, ...], name: str) -> None:
    """A voxel has a size along every axis, or nothing measured in it means anything."""
    if not all(math.isfinite(edge) and edge > 0 for edge in edges):
        raise PatientError(
            f"{name} says that its voxels measure {times(edges)} (x × y × z, pixdim in the header); expected three lengths "
            "above 0: correct the header, or convert the image again"
        )


def _header(content: bytes) -> _Header | None:
    """The header at the start of a file; None if there is none."""
    for order in "<>":
        size = struct.unpack_from(f"{order}i", content)[0] if len(content) >= min(FIELDS) else 0
        if size not in FIELDS or len(content) < size:
            continue
        fields = (struct.unpack_from(order + kind, content, at) for kind, at in FIELDS[size])
        (n_axes, *sizes), (datatype,), (bits,), (offset,), (_, *edges) = fields
        if not math.isfinite(offset) or bits < 1 or not 1 <= n_axes <= len(sizes):
            return None
        floats = np.dtype(order + FLOATS[datatype]) if datatype in FLOATS else None
        n_values = math.prod(max(axis, 1) for axis in sizes[:n_axes])
        length = n_values * floats.itemsize if floats is not None else n_values * bits // 8
        return _Header(max(int(offset), size), length, floats, tuple(edges[: min(n_axes, 3)]))
    return None
