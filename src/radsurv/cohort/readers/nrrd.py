"""NRRD, header and pixels in one file.

ITK follows a NRRD header to any other file of the machine that it names as its pixels, and takes 1 mm for a voxel size that
the header does not state. Neither may pass unseen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Int

from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.errors import PatientError

MAGIC = b"NRRD"
HEADER_LIMIT = 1 << 20
UNKNOWN = b"nan"


class NrrdReader(ItkReader):
    """``.nrrd``. ITK itself notices a file that is cut short or damaged, and keeps its NaN and inf."""

    name = "NRRD"
    suffixes = (".nrrd",)
    image_io = "NrrdImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Refuse a file that is no NRRD, one whose pixels are in another file, or one without a voxel size."""
        with path.open("rb") as stream:
            header, _, _ = stream.read(HEADER_LIMIT).replace(b"\r\n", b"\n").partition(b"\n\n")
        if not header.startswith(MAGIC):
            raise PatientError(f"{path.name} is not a NRRD file, whatever its name says; convert it to NIfTI or NRRD")
        lines = (line.split(b":", 1) for line in header.split(b"\n") if b":" in line and not line.startswith(b"#"))
        fields = {line[0].strip().lower().replace(b" ", b""): line[1].strip().lower() for line in lines}
        if b"datafile" in fields:
            raise PatientError(
                f"{path.name} keeps its pixels in another file; expected header and pixels in one NRRD file"
            )
        sizes = fields.get(b"spacedirections", fields.get(b"spacings", UNKNOWN))
        if fields.get(b"dimension") == b"3" and UNKNOWN in sizes:
            raise PatientError(
                f"{path.name} does not say how large its voxels are; expected 'space directions' or 'spacings' in its header: "
                "add them, or convert the image again"
            )
        return ALL_FINITE


READER = NrrdReader()
