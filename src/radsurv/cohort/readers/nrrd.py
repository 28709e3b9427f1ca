"""NRRD, header and pixels in one file.

ITK follows a NRRD header to any other file of the machine that it names as its pixels, and takes 1 mm for a voxel size that
the header does not state. Neither may pass unseen.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from jaxtyping import Int

from radsurv.cohort.faults import quoted
from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.errors import PatientError

MAGIC = b"NRRD"
HEADER_LIMIT = 1 << 20
SIZE = re.compile(rb"\([^)]*\)|[^\s()]+")  # of one axis: a vector, which may hold blanks, or a word
UNKNOWN = (b"nan", b"none")


class NrrdReader(ItkReader):
    """``.nrrd``. ITK itself notices a file that is cut short or damaged, and keeps its NaN and inf."""

    name = "NRRD"
    suffixes = (".nrrd",)
    image_io = "NrrdImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Refuse a file that is no NRRD, one whose pixels are in another file or whose header is too long to tell, or one
        without a voxel size.
        """
        with path.open("rb") as stream:
            start = (
                stream.read(HEADER_LIMIT).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            )  # ends of lines, as ITK sees them
        if not start.startswith(MAGIC):
            raise PatientError(f"{path.name} is not a NRRD file, whatever its name says; convert it to NIfTI or NRRD")
        header, blank_line, _ = start.partition(b"\n\n")
        lines = (line.split(b":", 1) for line in header.split(b"\n") if b":" in line and not line.startswith(b"#"))
        fields = {line[0].strip().lower().replace(b" ", b""): line[1].strip().lower() for line in lines}
        if b"datafile" in fields:
            raise PatientError(
                f"{path.name} keeps its pixels in another file; expected header and pixels in one NRRD file"
            )
        if not blank_line:
            raise PatientError(
                f"{path.name} has no blank line, which ends a NRRD header, in its first {HEADER_LIMIT:,} bytes; expected a "
                "short header and then the pixels: convert the image again"
            )
        sizes = fields.get(b"spacedirections", fields.get(b"spacings", b""))
        stated = [size for size in SIZE.findall(sizes) if not any(word in size for word in UNKNOWN)]
        if _dimension(fields, path.name) >= 3 > len(stated):
            raise PatientError(
                f"{path.name} does not say how large its voxels are; expected 'space directions' or 'spacings' in its header: "
                "add them, or convert the image again"
            )
        return ALL_FINITE


def _dimension(fields: dict[bytes, bytes], name: str) -> int:
    """How many axes the pixels have. ITK takes 03 and 3.0 for 3."""
    found = fields.get(b"dimension", b"")
    try:
        return int(found)
    except ValueError:
        raise PatientError(
            f"{name} has the dimension {quoted(found.decode('latin-1'))} in its header; expected a whole number, which is 3 "
            "for a volume: correct it, or convert the image again"
        ) from None


READER = NrrdReader()
