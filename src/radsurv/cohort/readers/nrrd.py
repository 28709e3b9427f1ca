"""NRRD, header and pixels in one file.

ITK follows a NRRD header to any other file of the machine that it names as its pixels. This may not pass unseen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Int

from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.errors import PatientError

MAGIC = b"NRRD"
HEADER_LIMIT = 1 << 20


class NrrdReader(ItkReader):
    """``.nrrd``. ITK itself notices a file that is cut short or damaged, and keeps its NaN and inf."""

    name = "NRRD"
    suffixes = (".nrrd",)
    image_io = "NrrdImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Refuse a file that is no NRRD, or one whose pixels are in another file."""
        with path.open("rb") as stream:
            header, _, _ = stream.read(HEADER_LIMIT).replace(b"\r\n", b"\n").partition(b"\n\n")
        if not header.startswith(MAGIC):
            raise PatientError(f"{path.name} is not a NRRD file, whatever its name says; convert it to NIfTI or NRRD")
        fields = {line.split(b":")[0].strip().lower().replace(b" ", b"") for line in header.split(b"\n")}
        if b"datafile" in fields:
            raise PatientError(
                f"{path.name} keeps its pixels in another file; expected header and pixels in one NRRD file"
            )
        return ALL_FINITE


READER = NrrdReader()
