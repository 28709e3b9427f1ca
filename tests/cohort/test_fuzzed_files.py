"""Damaged and hostile files: each is a volume or a fault of its patient, in little memory, and no other file is read for it.

Where ITK itself ends the process, the file that did it is in the folder of the test (pytest --basetemp).
"""

import gzip
import sys
import tracemalloc
import zlib
from contextlib import contextmanager

import numpy as np
import pytest
from fuzz import bytes_spoilt, trials
from hypothesis import event, given
from hypothesis import strategies as st

from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.volume import VOXEL_EDGE_MM, Volume
from radsurv.errors import PatientError

MOST_MEMORY = 1 << 24
CANARY = b"\xa5"  # what the one file beside holds, and no other
GRID = Volume(np.zeros((3, 4, 5)), (1.0, 1.0, 1.0), np.zeros(3), np.eye(3)[:, ::-1])
OPENED: list[str] = []

sys.addaudithook(lambda name, arguments: OPENED.append(str(arguments[0])) if name == "open" else None)


# --- sound files -------------------------------------------------------------------------------------------------


def nifti(order: str, kind: str, code: int) -> bytes:
    """NIfTI-1 of 5 × 4 × 3 voxels."""
    header = bytearray(352)

    def put(offset: int, dtype: str, *values: float) -> None:
        field = np.array(values).astype(order + dtype).tobytes()
        header[offset : offset + len(field)] = field

    put(0, "i4", 348)
    put(40, "i2", 3, 5, 4, 3, 1, 1, 1, 1)
    put(70, "i2", code, 8 * np.dtype(kind).itemsize)
    put(76, "f4", 1, 0.75, 0.5, 6, 0, 0, 0, 0)
    put(108, "f4", 352, 1, 0)
    put(252, "i2", 1, 1)
    put(256, "f4", 0, 0, 0, -20, 10, 4, 0.75, 0, 0, -20, 0, 0.5, 0, 10, 0, 0, 6, 4)
    header[123] = 2
    header[344:348] = b"n+1\0"
    return bytes(header) + np.arange(60).astype(order + kind).tobytes()


NIFTI = {
    "16 bit": nifti("<", "i2", 4),
    "floats, big-endian": nifti(">", "f4", 16),
    "doubles": nifti("<", "f8", 64),
    "bytes": nifti("<", "u1", 2),
}
# Fields of a header, with a few that nobody looks at.
FIELDS = [(0, "i4"), (38, "i1"), (39, "i1"), *((at, "i2") for at in range(40, 76, 2)), *((at, "f4") for at in range(76, 124, 4)),
          (123, "u1"), (252, "i2"), (254, "i2"), *((at, "f4") for at in range(256, 328, 4)), (344, "i4"), (348, "i4")]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 64, 127, 128, 255, 256, 340, 348, 351, 352, 353, 512, 540, 544, 1024, 1536, 2047, 32767,
           -32768, 65536, 2**31 - 1, -(2**31), 2**62, 0.5, 1e-30, 1e-5, 1e5, 1e30, 3e38, -1e30, np.nan, np.inf, -np.inf]  # fmt: skip

VECTORS = "space dimension: 3\nspace directions: (0.75,0,0) (0,0.5,0) (0,0,6)\nspace origin: (-20,10,4)\nkinds: domain domain domain\n"
PIXELS = np.arange(60, dtype="<i2").tobytes()


def nrrd(encoding: str, pixels: bytes, place: str) -> bytes:
    return (
        f"NRRD0005\n# made for a test\ntype: short\ndimension: 3\nsizes: 5 4 3\n{place}encoding: {encoding}\nendian: little\n"
        "key:=value\n\n"
    ).encode() + pixels


NRRD = {
    "raw": nrrd("raw", PIXELS, VECTORS),
    "gzip": nrrd("gzip", gzip.compress(PIXELS, mtime=0), VECTORS),
    "spacings": nrrd("raw", PIXELS, "spacings: 0.75 0.5 6\n"),
    "text": nrrd("ascii", b" ".join(str(number).encode() for number in range(60)), VECTORS),
    "hex": nrrd("hex", PIXELS.hex().encode(), "spacings: 0.75 0.5 6\n"),
}


def metaimage(pixels: bytes, **changes: object) -> bytes:
    fields = {"ObjectType": "Image", "NDims": 3, "BinaryData": True, "BinaryDataByteOrderMSB": False, "CompressedData": False,
              "TransformMatrix": "1 0 0 0 1 0 0 0 1", "Offset": "-20 10 4", "CenterOfRotation": "0 0 0", "AnatomicalOrientation": "RAI",
              "ElementSpacing": "0.75 0.5 6", "DimSize": "5 4 3", "ElementType": "MET_SHORT"} | changes  # fmt: skip
    header = "".join(f"{name} = {value}\n" for name, value in fields.items())
    return f"{header}ElementDataFile = LOCAL\n".encode() + pixels


METAIMAGE = {
    "local": metaimage(PIXELS),
    "compressed": metaimage(zlib.compress(PIXELS), CompressedData=True, CompressedDataSize=len(zlib.compress(PIXELS))),
}
META_TEXTS = (
    """
x|0|-1|1|2|3|4|16|4096|100000|5 4 3|5 4|5 4 3 2|0 0 0|-5 4 3|1e9 1e9 1e9|5.5 4 3|100000 100000 100000|4294967296 1 1|True|False|T|nan
nan nan nan|inf inf inf|1e30 1e30 1e30|1e-30 1 1|1 0 0 0 1 0 0 0 0|1 1 1 1 1 1 1 1 1|0 1 0 1 0 0 0 0 1|1e999|MET_CHAR|MET_UCHAR|MET_DOUBLE
MET_LONG|MET_LONG_LONG|MET_STRING|MET_SHORT_ARRAY|MET_NONE|Image|Tube|Mesh|RAI|mm|m|um|LOCAL|Local|local|LIST|LIST 2|LIST 3|beside|./beside
besid% 1 3 1|besi%ce 100 102|%s%n|= LOCAL|: beside||-2|2147483648|9999999999999
""".strip()
    .replace("\n", "|")
    .split("|")
)
META_NAMES = (
    """
ObjectType|ObjectSubType|NDims|BinaryData|BinaryDataByteOrderMSB|ElementByteOrderMSB|CompressedData|CompressedDataSize|TransformMatrix
Rotation|Orientation|Offset|Position|Origin|ImagePosition|CenterOfRotation|AnatomicalOrientation|ElementSpacing|ElementSize|DimSize
ElementType|ElementNumberOfChannels|ElementToIntensityFunctionSlope|HeaderSize|Modality|SequenceID|ElementMin|ElementNBits|Comment|Name
AcquisitionDate|ID|ParentID|Color|DistanceUnits|TransformType|ElementDataFile|elementdatafile|0008_103e|CompressionLevel
""".strip()
    .replace("\n", "|")
    .split("|")
)
TEXTS = (
    """
x|0|-1|1|2|3|4|16|17|5 4 3|5 4|5 4 3 2|0 0 0|-5 4 3|1e9 1e9 1e9|5.5 4 3|0x5 4 3|100000 100000 100000
4294967296 4294967296 4294967296|99999999999999999999999 1 1|nan|nan nan nan|inf inf inf|1e30 1e30 1e30|1e-30 1 1|none none none
(1,0,0) (0,1,0) none|(nan,0,0) (0,1,0) (0,0,1)|(0,0,0) (0,0,0) (0,0,0)|(1e30,0,0) (0,1,0) (0,0,1)|(1,1,1) (1,1,1) (1,1,1)
(1,0,0) (0,1,0) (0,0,1)|(1,0) (0,1) (0,0)|((((((|(1,0,0|(1e30,0,0)|(nan,nan,nan)|raw|gzip|gz|bzip2|ascii|text|hex|zrl|short|uchar|float
double|block|unsigned long long|int8|little|big|vector domain domain|left-posterior-superior|right-anterior-superior|scanner-xyz
3D-right-handed||beside|./beside|LIST|LIST 2|beside 1 2 1|%s%n|"" "mm" ""
""".strip()
    .replace("\n", "|")
    .split("|")
)
NAMES = (
    """
type|dimension|sizes|spacings|encoding|endian|space|space dimension|space directions|space origin|kinds|data file|datafile|Data File
line skip|lineskip|byte skip|byteskip|block size|min|max|old min|thicknesses|centers|labels|units|space units|sample units|number|content
measurement frame|axis mins|axis maxs
""".strip()
    .replace("\n", "|")
    .split("|")
)


# --- what is done to them ----------------------------------------------------------------------------------------


@st.composite
def nifti_fields_set(draw) -> bytes:
    """Some fields of a header set to what nobody would, others left."""
    which = draw(st.sampled_from(list(NIFTI)))
    content = bytearray(NIFTI[which])
    order = ">" if "big" in which else "<"
    for _ in range(draw(st.integers(1, 4))):
        offset, kind = draw(st.sampled_from(FIELDS))
        number = draw(st.sampled_from(NUMBERS) | st.integers(-300, 300))
        with np.errstate(all="ignore"):
            dtype = np.dtype(order + kind)
            whole = 0 if not np.isfinite(number) else int(number) % (1 << 8 * dtype.itemsize)
            field = (
                np.array(number, dtype).tobytes()
                if dtype.kind == "f"
                else whole.to_bytes(dtype.itemsize, "big" if order == ">" else "little")
            )
        content[offset : offset + len(field)] = field
    return bytes(content)


@st.composite
def nrrd_lines_set(draw) -> bytes:
    """Some lines of a header with other values, others added, twice, or gone; other ends of lines."""
    header, _, pixels = NRRD[draw(st.sampled_from(list(NRRD)))].partition(b"\n\n")
    lines = header.decode().split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(1, len(lines) - 1))
        text = draw(st.sampled_from(TEXTS) | st.text(max_size=30)) * draw(st.sampled_from([1, 1, 1, 1, 1, 3, 300]))
        match draw(st.sampled_from(["value", "value", "value", "add", "add", "twice", "drop", "remark"])):
            case "value":
                lines[at] = f"{lines[at].partition(':')[0]}: {text}"
            case "add":
                lines.insert(at, f"{draw(st.sampled_from(NAMES))}: {text}")
            case "twice":
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case "drop" if len(lines) > 2:
                del lines[at]
            case "remark":
                lines.insert(at, draw(st.sampled_from(["#", "k:=", "data file:=", "sizes:="])) + text)
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    return end.join(lines).encode("utf-8", "replace") + 2 * end.encode() + pixels


@st.composite
def metaimage_lines_set(draw) -> bytes:
    """Some lines of a header with other values, others added, twice, or gone; other ends and separators of lines."""
    header, _, pixels = METAIMAGE[draw(st.sampled_from(list(METAIMAGE)))].partition(b"LOCAL\n")
    lines = [*(header.decode() + "LOCAL").split("\n")]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        text = draw(st.sampled_from(META_TEXTS) | st.text(max_size=30)) * draw(st.sampled_from([1, 1, 1, 1, 1, 3, 300]))
        separator = draw(st.sampled_from([" = ", " = ", " = ", "=", ": ", " == ", "\n= ", "\r"]))
        match draw(st.sampled_from(["value", "value", "value", "add", "add", "twice", "drop", "remark"])):
            case "value":
                lines[at] = f"{lines[at].partition(' =')[0]}{separator}{text}"
            case "add":
                lines.insert(at, f"{draw(st.sampled_from(META_NAMES))}{separator}{text}")
            case "twice":
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case "drop" if len(lines) > 2:
                del lines[at]
            case "remark":
                lines.insert(at, draw(st.sampled_from(["#", "", " ", "Comment = "])) + text)
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    return end.join([*lines, ""]).encode("utf-8", "replace") + pixels


@st.composite
def nifti_files(draw) -> tuple[str, bytes]:
    content = draw(nifti_fields_set() | st.sampled_from(list(NIFTI.values())).flatmap(bytes_spoilt))
    match draw(st.sampled_from(["plain", "gzip", "members", "gzip, spoilt", "plain under the other name"])):
        case "gzip":
            return "a.nii.gz", gzip.compress(content, mtime=0)
        case "members":
            at = draw(st.integers(0, len(content)))
            return "a.nii.gz", gzip.compress(content[:at], mtime=0) + gzip.compress(content[at:], mtime=0)
        case "gzip, spoilt":
            return "a.nii.gz", draw(bytes_spoilt(gzip.compress(content, mtime=0)))
        case "plain under the other name":
            return "a.nii.gz", content
    return "a.nii", content


@st.composite
def nrrd_files(draw) -> tuple[str, bytes]:
    return "a.nrrd", draw(nrrd_lines_set() | st.sampled_from(list(NRRD.values())).flatmap(bytes_spoilt))


@st.composite
def metaimage_files(draw) -> tuple[str, bytes]:
    content = draw(metaimage_lines_set() | st.sampled_from(list(METAIMAGE.values())).flatmap(bytes_spoilt))
    return draw(st.sampled_from(["a.mha", "a.mhd"])), content


# --- what must hold ----------------------------------------------------------------------------------------------


@contextmanager
def little_memory():
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def outcome_of(read, path) -> Volume | PatientError:
    OPENED.clear()
    found: Volume | PatientError
    with little_memory():
        try:
            found = read(path)
        except PatientError as error:
            found = error
    assert set(OPENED) <= {str(path)}
    if isinstance(found, PatientError):
        assert path.name in found.reason
        assert "\n" not in found.reason
        assert len(found.reason) < 1000
    return found


def assert_sound(volume: Volume, content: bytes) -> None:
    assert volume.array.ndim == volume.direction.ndim + 1 == 3
    assert all(VOXEL_EDGE_MM[0] <= edge <= VOXEL_EDGE_MM[1] for edge in volume.spacing_mm)
    assert np.isfinite(volume.origin).all()
    assert np.isfinite(volume.direction).all()
    np.testing.assert_allclose(np.linalg.norm(volume.direction, axis=0), 1, rtol=1e-3)
    assert CANARY * 8 not in volume.array.tobytes() or CANARY * 8 in content


def check(folder, name: str, content: bytes) -> None:
    (folder / "beside").write_bytes(CANARY * 4096)
    path = folder / name
    path.write_bytes(content)
    image = outcome_of(read_image, path)
    event(f"{name}: {'volume' if isinstance(image, Volume) else 'fault'}")
    if isinstance(image, Volume):
        assert_sound(image, content if not name.endswith(".gz") else b"")
    else:
        outline = outcome_of(lambda file: read_outline(file, GRID), path)
        assert isinstance(outline, PatientError)


SOUND = {
    f"{name} {suffix}": (suffix, content)
    for suffix, files in {".nii": NIFTI, ".nrrd": NRRD, ".mha": METAIMAGE, ".mhd": METAIMAGE}.items()
    for name, content in files.items()
}


@pytest.mark.parametrize(("suffix", "content"), SOUND.values(), ids=SOUND)
def test_the_files_are_sound_before_anything_is_done_to_them(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    found = outcome_of(read_image, path)
    assert isinstance(found, Volume), found
    np.testing.assert_array_equal(found.array, np.arange(60).reshape(3, 4, 5))
    np.testing.assert_allclose(found.spacing_mm, (6.0, 0.5, 0.75))


@trials("NIfTI files", 150)
@given(nifti_files())
def test_nifti(tmp_path, named):
    check(tmp_path, *named)


@trials("NRRD files", 150)
@given(nrrd_files())
def test_nrrd(tmp_path, named):
    check(tmp_path, *named)


@trials("MetaImage files", 150)
@given(metaimage_files())
def test_metaimage(tmp_path, named):
    check(tmp_path, *named)
