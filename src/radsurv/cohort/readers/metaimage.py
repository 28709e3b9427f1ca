"""MetaImage, header and pixels in one file.

ITK follows a MetaImage header to any other files of the machine that it names as its pixels, takes 1 mm for a voxel size that the
header does not state, asks for as much memory as the header says that compressed pixels take, leaves at random what they
lack, passes over a slope of the intensities, and copies texts of any length into places for short ones. None may pass unseen: the header
is read here line by line, and what ITK could read in another way is refused.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Int

from radsurv.cohort.faults import quoted
from radsurv.cohort.itk import ALL_FINITE, ItkReader
from radsurv.cohort.promised import Inflated, pixels
from radsurv.cohort.volume import check_n_bytes, check_n_voxels, check_voxel_size
from radsurv.errors import PatientError

HEADER_LIMIT = 1 << 20
DATA_FILE = "ElementDataFile"  # the last field; what follows are pixels
LOCAL = ("LOCAL", "Local", "local")  # as ITK compares it
# ITK has room for 500 characters of a line, and for 255 of a name or of a text that it keeps.
LONGEST_LINE, LONGEST_TEXT, LONGEST_NAME = 480, 240, 120
# A colon ends a name for ITK as well, and so does the end of a line without either.
LINE = re.compile(r"[ \t]*([^=:\s][^=:]*?)[ \t]*=[ \t]*(.*?)[ \t]*")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# How many numbers a field has in 3-D. ITK reads so many, over the ends of lines, and nothing any more after what is no number.
NUMBERS = {
    "NDims": 1, "DimSize": 3, "ID": 1, "ParentID": 1, "CompressedDataSize": 1, "CompressionLevel": 1, "Color": 4, "Position": 3,
    "Origin": 3, "Offset": 3, "ImagePosition": 3, "Orientation": 9, "Rotation": 9, "TransformMatrix": 9, "CenterOfRotation": 3,
    "ElementSpacing": 3, "ElementSize": 3, "HeaderSize": 1, "SequenceID": 3, "ElementMin": 1, "ElementMax": 1,
    "ElementNumberOfChannels": 1, "ElementNBits": 1, "ElementToIntensityFunctionSlope": 1, "ElementToIntensityFunctionOffset": 1,
}  # fmt: skip
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
YES_OR_NO = {"true": True, "false": False}
FLAGS = ("BinaryData", "BinaryDataByteOrderMSB", "ElementByteOrderMSB", "CompressedData")
PLACES = ("Offset", "Position", "Origin", "ImagePosition")
TURNS = ("TransformMatrix", "Rotation", "Orientation")
ORDERS = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
# Several names of one thing, of which ITK takes the one or the other.
ONE_OF = (PLACES, TURNS, ORDERS)
# What ITK does not heed, or does something of its own for. None: no such field.
MUST_BE = {
    "ObjectType": ("Image", None),
    "NDims": ("3",),
    "ElementNumberOfChannels": ("1", None),
    "DistanceUnits": ("mm", None),
    "HeaderSize": ("0", None),
}
BYTES = {  # of a voxel
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4, "MET_LONG": 4, "MET_ULONG": 4,
    "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8, "MET_FLOAT": 4, "MET_DOUBLE": 8,
}  # fmt: skip
ROUNDING = 1e-3  # of a rotation's entries, which are written with six digits


class MetaImageReader(ItkReader):
    """``.mha``, and ``.mhd`` where it holds its pixels itself. ITK keeps their NaN and inf."""

    name = "MetaImage"
    suffixes = (".mha", ".mhd")
    image_io = "MetaImageIO"

    def check(self, path: Path) -> Int[np.ndarray, " voxel"]:
        """Refuse a file whose pixels are in other files, a header that ITK could read in another way than it is meant, and one
        that has not as many pixels as its header says.
        """
        with path.open("rb") as file:
            fields, begin = _fields(file.read(HEADER_LIMIT), path.name)
            _check_values(fields, path.name)
            numbers = _numbers(fields, path.name)
            _check_geometry(numbers, path.name)
            sizes = [int(size) for size in numbers["DimSize"]]
            check_n_voxels(sizes[::-1], path.name)
            n_bytes = math.prod(sizes) * _bytes_of_a_voxel(fields, path.name)
            check_n_bytes(n_bytes, path.name)
            file.seek(begin)
            _check_pixels(file, fields, n_bytes, path.name)
        return ALL_FINITE


READER = MetaImageReader()


def _fields(start: bytes, name: str) -> tuple[dict[str, str], int]:
    """The fields of a header, and how many bytes it takes."""
    fields: dict[str, str] = {}
    begin = 0
    while DATA_FILE not in fields:
        end = start.find(b"\n", begin)
        line = start[begin:end].removesuffix(b"\r").decode("latin-1")
        if end < 0:
            raise PatientError(
                f"{name} is not a MetaImage file, whatever its name says: no line '{DATA_FILE} = …', which ends the header, in its first"
                f" {min(len(start), HEADER_LIMIT):,} bytes; convert it to NIfTI or MetaImage"
            )
        begin = end + 1
        if line.strip(" \t"):
            field, value = _field(line, name)
            if field in fields:
                raise PatientError(f"{name} has {field} twice in its header; expected it once: correct the header")
            fields[field] = value
    if fields[DATA_FILE] not in LOCAL:
        raise PatientError(
            f"{name} keeps its pixels in other files ({DATA_FILE} = {quoted(fields[DATA_FILE])}); expected header and pixels in one file:"
            f" convert it to .mha ({DATA_FILE} = LOCAL)"
        )
    return fields, begin


def _field(line: str, name: str) -> tuple[str, str]:
    found = None if CONTROL.search(line) or len(line) > LONGEST_LINE else LINE.fullmatch(line)
    if found is None:
        raise PatientError(
            f"{name} has the line {quoted(line)} of {len(line):,} characters in its header; expected lines like 'NDims = 3', of at most"
            f" {LONGEST_LINE}, and at their end '{DATA_FILE} = LOCAL': correct the header, or convert the image again"
        )
    field, value = found.groups()
    # A name that ITK does not know it keeps in a place of its own, which is larger.
    longest = LONGEST_LINE if "|" in field else LONGEST_TEXT
    if len(field) > LONGEST_NAME or len(value) > longest:
        raise PatientError(
            f"{name} has a field {quoted(field)} with a text of {len(value):,} characters in its header; expected at most {longest},"
            f" and {LONGEST_NAME} of its name: correct the header, or convert the image again"
        )
    return field, value


def _check_values(fields: Mapping[str, str], name: str) -> None:
    for field, allowed in MUST_BE.items():
        found = fields.get(field)
        if found not in allowed:
            raise PatientError(
                f"{name} has {_stated(field, found)} in its header; expected {allowed[0]}: save one volume, in mm, with its pixels right"
                " behind the header"
            )
    for field in FLAGS:
        if field in fields and fields[field].lower() not in YES_OR_NO:
            raise PatientError(
                f"{name} has {_stated(field, fields[field])} in its header; expected True or False: correct it"
            )
    if not _says(fields, "BinaryData"):
        raise PatientError(
            f"{name} has pixels in words ({_stated('BinaryData', fields.get('BinaryData'))} in its header); expected BinaryData = True:"
            " convert it again"
        )
    for names in ONE_OF:
        both = [field for field in names if field in fields]
        if len(both) > 1:
            raise PatientError(f"{name} has {' and '.join(both)} in its header; expected one of them: remove the other")


def _says(fields: Mapping[str, str], flag: str) -> bool:
    return YES_OR_NO[fields.get(flag, "false").lower()]


def _stated(field: str, value: str | None) -> str:
    return f"no {field}" if value is None else f"{field} = {quoted(value)}"


def _numbers(fields: Mapping[str, str], name: str) -> dict[str, list[float]]:
    """All fields of numbers, each with as many as it takes."""
    found = {field: fields[field].split() for field in NUMBERS if field in fields}
    for field, words in found.items():
        kind = WHOLE_NUMBER if field in ("DimSize", "CompressedDataSize") else NUMBER
        sound = len(words) == NUMBERS[field] and all(
            kind.fullmatch(word) and math.isfinite(float(word)) for word in words
        )
        if not sound:
            raise PatientError(
                f"{name} has {_stated(field, fields[field])} in its header; expected {NUMBERS[field]} number(s)"
                f"{', whole ones' * (kind is WHOLE_NUMBER)}: correct it, or convert the image again"
            )
    if "DimSize" not in found:
        raise PatientError(f"{name} has no DimSize in its header; expected the voxels along x, y and z: add it")
    numbers = {field: [float(word) for word in words] for field, words in found.items()}
    slope = numbers.get("ElementToIntensityFunctionSlope", [1.0])[0]
    offset = numbers.get("ElementToIntensityFunctionOffset", [0.0])[0]
    if (slope, offset) != (1.0, 0.0):
        raise PatientError(
            f"{name} says that its intensities are to be multiplied by {slope:g}, and {offset:g} added (ElementToIntensityFunction in its"
            " header); expected 1 and 0: apply them, and save the image again"
        )
    return numbers


def _check_geometry(numbers: Mapping[str, list[float]], name: str) -> None:
    edges = numbers.get("ElementSpacing", numbers.get("ElementSize"))
    if edges is None:
        raise PatientError(
            f"{name} does not say how large its voxels are; expected ElementSpacing in its header: add it, or convert the image again"
        )
    check_voxel_size(edges, name)
    for field in TURNS:
        turned = np.reshape(numbers.get(field, np.eye(3)), (3, 3))
        if np.abs(turned @ turned.T - np.eye(3)).max() > ROUNDING:
            raise PatientError(
                f"{name} has a rotation that is none ({field} in its header, whose rows are not at right angles or not of length 1);"
                " correct the header, or convert the image again"
            )


def _bytes_of_a_voxel(fields: Mapping[str, str], name: str) -> int:
    found = fields.get("ElementType")
    if found not in BYTES:
        raise PatientError(
            f"{name} has {_stated('ElementType', found)} in its header; expected one of {', '.join(BYTES)}: convert the image again"
        )
    return BYTES[found]


def _check_pixels(file: BinaryIO, fields: Mapping[str, str], promised: int, name: str) -> None:
    """As many as promised."""
    begin = file.tell()
    if not _says(fields, "CompressedData"):
        for _ in pixels(file, begin, promised, name):
            pass
        return
    found = file.seek(0, os.SEEK_END) - begin
    file.seek(begin)
    # Without it, ITK takes header and pixels for one stream.
    stated = fields.get("CompressedDataSize")
    if stated is None or int(stated) != found:
        raise PatientError(
            f"{name} has {found:,} bytes behind its header, and {_stated('CompressedDataSize', stated)} in it; expected as many as it says:"
            " copy it again, or convert it without compression"
        )
    for _ in pixels(Inflated(file, name), 0, promised, name):
        pass
