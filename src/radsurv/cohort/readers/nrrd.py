"""NRRD, header and pixels in one file.

ITK follows a NRRD header to any other file of the machine that it names as its pixels, takes 1 mm for a voxel size that
the header does not state, takes memory for as many pixels as it states before it looks for them, and writes beyond its own memory where a
line of the header or a number in words is long. None may pass unseen.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Int

from radsurv.cohort.faults import quoted
from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.cohort.promised import CHUNK, GZIP_MAGIC, pixels, unpacked
from radsurv.cohort.volume import check_n_bytes, check_n_voxels
from radsurv.errors import PatientError

MAGIC = b"NRRD"
HEADER_LIMIT = 1 << 20
LINE_END = rb"(?>\r\n|\n|\r)"  # as ITK sees them; atomic, so that \r\n are never two
BLANK_LINE = re.compile(LINE_END * 2)
REMARK = re.compile(rb"#|[^:]*:=")
FREE_TEXT = re.compile(rb"content:", re.IGNORECASE)
# ITK writes what it has to say of a line into a place for 1025 characters, and the process ends or worse where there are more.
LONGEST_LINE = 512
SIZE = re.compile(r"\([^)]*\)|[^\s()]+")  # of one axis: a vector, which may hold blanks, or a word
UNKNOWN = ("nan", "none")
FLOATS = {"float": 4, "double": 8}  # bytes of a voxel
WORDS = {"char": 1, "short": 2, "int": 4, "longlong": 8, "long long": 8}
WHOLE_NUMBER = re.compile(rf"(?:(?:un)?signed |u)?(?:({'|'.join(WORDS)})(?: int)?|int(8|16|32|64)(?:_t)?)")
GZIP, TEXT = ("gz", "gzip"), ("txt", "text", "ascii", "hex")
ENCODINGS = ("raw", *GZIP, *TEXT)
LONGEST_WORD = 64
LONG_WORD = re.compile(rb"\S{%d}" % (LONGEST_WORD + 1))
LEAST_TEXT = 2  # bytes of the file for a voxel (a digit and a blank), or for a byte of a voxel (two digits)


class NrrdReader(ItkReader):
    """``.nrrd``. ITK keeps its NaN and inf."""

    name = "NRRD"
    suffixes = (".nrrd",)
    image_io = "NrrdImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Refuse a file that is no NRRD, one whose pixels are in another file or whose header is too long to tell, one without a
        voxel size, and one that has not as many pixels as its header says.
        """
        with path.open("rb") as file:
            fields, begin = _fields(file.read(HEADER_LIMIT), path.name)
            _check_voxel_size_stated(fields, path.name)
            sizes, n_bytes = _sizes(fields, path.name), _bytes_of_a_voxel(fields, path.name)
            check_n_voxels(sizes[::-1], path.name)
            check_n_bytes(math.prod(sizes) * n_bytes, path.name)
            file.seek(begin)
            _check_pixels(file, fields, math.prod(sizes), n_bytes, path.name)
        return ALL_FINITE


READER = NrrdReader()


def _fields(start: bytes, name: str) -> tuple[dict[str, str], int]:
    """The fields of a header, in lower case and their names without blanks, and how many bytes it takes."""
    if not start.startswith(MAGIC):
        raise PatientError(f"{name} is not a NRRD file, whatever its name says; convert it to NIfTI or NRRD")
    blank_line = BLANK_LINE.search(start)
    header = start[: blank_line.start()] if blank_line else start
    # Neither comments nor remarks, KEY:=VALUE.
    lines = [line for line in re.split(LINE_END, header) if not REMARK.match(line)]
    pairs = (line.split(b":", 1) for line in lines if b":" in line)
    fields = {
        field.strip().lower().replace(b" ", b"").decode("latin-1"): value.strip().lower().decode("latin-1")
        for field, value in pairs
    }
    if "datafile" in fields:
        raise PatientError(f"{name} keeps its pixels in another file; expected header and pixels in one NRRD file")
    if not blank_line:
        raise PatientError(
            f"{name} has no blank line, which ends a NRRD header, in its first {HEADER_LIMIT:,} bytes; expected a "
            "short header and then the pixels: convert the image again"
        )
    long = next((line for line in lines if len(line) > LONGEST_LINE and not FREE_TEXT.match(line)), None)
    if long is not None:
        raise PatientError(
            f"{name} has a line of {len(long):,} characters in its header ({quoted(long.decode('latin-1'))}); expected at most"
            f" {LONGEST_LINE}: correct the header, or convert the image again"
        )
    return fields, blank_line.end()


def _check_voxel_size_stated(fields: dict[str, str], name: str) -> None:
    sizes = fields.get("spacedirections", fields.get("spacings", ""))
    stated = [size for size in SIZE.findall(sizes) if not any(word in size for word in UNKNOWN)]
    if _dimension(fields, name) >= 3 > len(stated):
        raise PatientError(
            f"{name} does not say how large its voxels are; expected 'space directions' or 'spacings' in its header: "
            "add them, or convert the image again"
        )


def _dimension(fields: dict[str, str], name: str) -> int:
    """How many axes the pixels have. ITK takes 03 and 3.0 for 3."""
    found = fields.get("dimension", "")
    if not (found.isascii() and found.isdigit()):
        raise PatientError(
            f"{name} has the dimension {quoted(found)} in its header; expected a whole number, which is 3 "
            "for a volume: correct it, or convert the image again"
        )
    return int(found)


def _sizes(fields: dict[str, str], name: str) -> list[int]:
    """Voxels along each axis. ITK takes 5.7 for 5, and 1e2 for 1."""
    found = fields.get("sizes", "")
    if not (found.isascii() and found.replace(" ", "").isdigit() and len(found.split()) == _dimension(fields, name)):
        raise PatientError(
            f"{name} has the sizes {quoted(found)} in its header; expected a whole number for each of its"
            f" {_dimension(fields, name)} axes: correct them, or convert the image again"
        )
    return [int(size) for size in found.split()]


def _bytes_of_a_voxel(fields: dict[str, str], name: str) -> int:
    found = fields.get("type", "")
    if found in FLOATS:
        return FLOATS[found]
    known = WHOLE_NUMBER.fullmatch(found)
    if known is None:
        raise PatientError(
            f"{name} says that its voxels are of type {quoted(found)}; expected one of {', '.join([*FLOATS, *WORDS])} or one like"
            " int16, signed or unsigned: convert the image again"
        )
    word, bits = known.groups()
    return WORDS[word] if word else int(bits) // 8


def _check_pixels(file: BinaryIO, fields: dict[str, str], n_voxels: int, n_bytes: int, name: str) -> None:
    """As many as promised, in the encoding that the header names."""
    encoding, begin = fields.get("encoding", ""), file.tell()
    skipped = [fields[skip] for skip in ("lineskip", "byteskip") if fields.get(skip, "0") != "0"]
    if encoding not in ENCODINGS or skipped:
        found = f"line skip or byte skip of {quoted(skipped[0])}" if skipped else f"encoding {quoted(encoding)}"
        raise PatientError(
            f"{name} has pixels with the {found} (in its header); expected them right behind the header, in one of the encodings"
            f" {', '.join(ENCODINGS)}: convert the image again"
        )
    if encoding in TEXT:
        least = LEAST_TEXT * n_voxels * (n_bytes if encoding == "hex" else 1) - 1
        found_bytes = file.seek(0, os.SEEK_END) - begin
        if found_bytes < least:
            raise PatientError(
                f"{name} is cut short: {found_bytes:,} bytes behind its header, expected at least {least:,}; copy it again"
            )
        file.seek(begin)
        if encoding != "hex":
            _check_words(file, name)
        return
    if encoding in GZIP and file.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
        raise PatientError(f"{name} has no gzip stream behind its header, which says so; convert the image again")
    file.seek(begin)
    content, before = (unpacked(file, name), 0) if encoding in GZIP else (file, begin)
    for _ in pixels(content, before, n_voxels * n_bytes, name):
        pass


def _check_words(file: BinaryIO, name: str) -> None:
    """ITK writes a word of any length into a place for a short one, and the process ends or worse."""
    before = b""
    while piece := file.read(CHUNK):
        if LONG_WORD.search(before + piece):
            raise PatientError(
                f"{name} has a word of more than {LONGEST_WORD} characters among its pixels, which are numbers in words (its encoding);"
                " convert the image again"
            )
        before = piece[-LONGEST_WORD:]
