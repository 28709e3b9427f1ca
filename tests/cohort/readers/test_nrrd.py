import bz2
import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.readers import read_image
from radsurv.cohort.readers.nrrd import READER
from radsurv.errors import PatientError


def test_a_nrrd_may_not_point_to_another_file(tmp_path):
    """ITK would read any file of the machine as pixels."""
    secret = tmp_path / "elsewhere" / "secret"
    secret.parent.mkdir()
    secret.write_bytes(bytes(range(8)))
    for field in ("data file", "datafile", "Data File"):
        header = tmp_path / "points.nrrd"
        header.write_text(f"NRRD0005\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\n{field}: {secret}\n\n")
        with pytest.raises(PatientError, match="another file"):
            read_image(header)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_nor_by_a_line_that_ends_in_another_way(tmp_path, ending):
    (tmp_path / "secret").write_bytes(bytes(range(8)))
    header = tmp_path / "points.nrrd"
    fields = f"NRRD0005\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: {tmp_path / 'secret'}\n\n"
    header.write_bytes(fields.replace("\n", ending).encode())
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(header))).max() == 7
    with pytest.raises(PatientError, match="another file"):
        read_image(header)


def test_nor_behind_more_comments_than_are_looked_at(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(range(8)))
    header = tmp_path / "points.nrrd"
    fields = "NRRD0005\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 4\nencoding: raw\n"
    header.write_text(fields + "# nothing\n" * 120_000 + f"data file: {tmp_path / 'secret'}\n\n")
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(header))).max() == 7
    with pytest.raises(
        PatientError, match=r"^points\.nrrd has no blank line, .* in its first 1,048,576 bytes; expected"
    ):
        read_image(header)


def test_a_whole_nrrd_passes(save):
    READER.check(save(np.zeros((2, 3, 4), np.int16), "whole.nrrd"))


def test_nan_and_inf_survive_reading(save):
    voxels = np.random.default_rng(0).normal(size=(3, 4, 5))
    voxels[1, 2, 3], voxels[2, 0, 4], voxels[0, 3, 0] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(read_image(save(voxels, "v.nrrd")).array, voxels)


def test_a_damaged_file_is_refused_in_words(save, tmp_path, capfd):
    voxels = np.random.default_rng(0).integers(0, 900, (3, 4, 5)).astype(np.int16)
    (tmp_path / "damaged.nrrd").write_bytes(save(voxels, "whole.nrrd").read_bytes()[:-30])
    with pytest.raises(PatientError, match=r"^damaged\.nrrd is cut short: \d+ bytes, expected \d+; copy it") as caught:
        read_image(tmp_path / "damaged.nrrd")
    assert "\n" not in caught.value.reason
    assert capfd.readouterr() == ("", "")


def test_other_content_under_the_name_is_refused(tmp_path):
    (tmp_path / "text.nrrd").write_text("not an image" * 100)
    with pytest.raises(PatientError, match=r"text\.nrrd is not a NRRD file, whatever its name says"):
        read_image(tmp_path / "text.nrrd")


HEADER = "NRRD0004\ntype: short\ndimension: 3\nsizes: 5 4 3\nencoding: raw\nendian: little\n{}\n"


@pytest.mark.parametrize("field", ["", "spacings: nan nan nan\n", "thicknesses: 1 1 4\n"])
def test_a_nrrd_that_states_no_voxel_size_is_refused_where_itk_takes_1_mm(tmp_path, field):
    path = tmp_path / "bare.nrrd"
    path.write_bytes(HEADER.format(field).encode() + bytes(120))
    assert sitk.ReadImage(str(path)).GetSpacing() == (1.0, 1.0, 1.0)
    with pytest.raises(PatientError, match=r"^bare\.nrrd does not say how large its voxels are"):
        read_image(path)
    path.write_bytes(HEADER.format("spacings: 1 1 4\n").encode() + bytes(120))
    assert read_image(path).spacing_mm == (4.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("stated", "instead"),
    [
        ("dimension: 3", "dimension: 03"),
        (
            "endian: little",
            "endian: little\nspace dimension: 3\nspace directions: (1,0,0) (0,1,0) none",
        ),
        ("dimension: 3\nsizes: 5 4 3", "dimension: 4\nsizes: 1 5 4 3\nkinds: vector domain domain domain"),
    ],
)
def test_however_the_header_puts_it(tmp_path, stated, instead):
    path = tmp_path / "bare.nrrd"
    path.write_bytes(HEADER.format("").replace(stated, instead).encode() + bytes(120))
    assert sitk.ReadImage(str(path)).GetSpacing() == (1.0, 1.0, 1.0)
    with pytest.raises(PatientError, match=r"^bare\.nrrd does not say how large its voxels are"):
        read_image(path)


def test_blanks_in_a_vector_make_no_further_axes(tmp_path):
    path = tmp_path / "blanks.nrrd"
    directions = "space dimension: 3\nspace directions: (1, 0, 0) (0, 1, 0) (0, 0, 4)\n"
    path.write_bytes(HEADER.format(directions).encode() + bytes(120))
    assert read_image(path).spacing_mm == (4.0, 1.0, 1.0)


@pytest.mark.parametrize(("dimension", "found"), [("dimension: 3.0\n", "'3.0'"), ("", "empty")])
def test_a_dimension_that_is_no_whole_number_is_refused(tmp_path, dimension, found):
    path = tmp_path / "odd.nrrd"
    path.write_bytes(HEADER.format("spacings: 1 1 4\n").replace("dimension: 3\n", dimension).encode() + bytes(120))
    with pytest.raises(
        PatientError, match=rf"^odd\.nrrd has the dimension {found} in its header; expected a whole number"
    ):
        read_image(path)


PIXELS = np.arange(60, dtype="<i2").tobytes()
FIELDS = {
    "type": "short",
    "dimension": "3",
    "sizes": "5 4 3",
    "spacings": "1 1 4",
    "encoding": "raw",
    "endian": "little",
}


@pytest.fixture
def written(tmp_path):
    """A small sound file, with fields of its header changed, and other pixels."""

    def written(pixels=PIXELS, **changes):
        fields = {key.replace("_", " "): value for key, value in (FIELDS | changes).items() if value is not None}
        header = "".join(f"{key}: {value}\n" for key, value in fields.items())
        path = tmp_path / "odd.nrrd"
        path.write_bytes(f"NRRD0004\n{header}\n".encode() + pixels)
        return path

    return written


PACKED = gzip.compress(PIXELS)
SOUND = {
    "raw": (PIXELS, {}),
    "raw with a line end behind": (PIXELS + b"\n", {}),
    "gzip": (PACKED, {"encoding": "gzip"}),
    "gz, in upper case, with a line end behind": (PACKED + b"\n", {"encoding": "GZ"}),
    "two members": (gzip.compress(PIXELS[:50]) + gzip.compress(PIXELS[50:]), {"encoding": "gzip"}),
    "text": (" ".join(map(str, range(60))).encode(), {"encoding": "ascii"}),
    "hex": (PIXELS.hex().encode(), {"encoding": "hex"}),
    "a long name of the type": (PIXELS, {"type": "signed short int"}),
    "another": (PIXELS, {"type": "uint16_t"}),
    "skips of 0": (PIXELS, {"line_skip": "0", "byte_skip": "0"}),
    "sizes with zeros": (PIXELS, {"sizes": "05 4  03"}),
}


@pytest.mark.parametrize(("pixels", "changes"), SOUND.values(), ids=SOUND)
def test_what_itk_reads_rightly_is_read(written, pixels, changes):
    path = written(pixels, **changes)
    np.testing.assert_array_equal(read_image(path).array, np.arange(60).reshape(3, 4, 5))


@pytest.mark.parametrize(
    ("name", "n_bytes"),
    {
        "uchar": 1, "int8_t": 1, "unsigned char": 1, "ushort": 2, "short int": 2, "int": 4, "unsigned int": 4, "uint32": 4,
        "longlong": 8, "long long int": 8, "unsigned long long": 8, "ulonglong": 8, "uint64_t": 8, "float": 4, "double": 8,
    }.items(),
)  # fmt: skip
def test_every_name_of_a_type_has_its_size(written, name, n_bytes):
    """ITK reads just so many bytes."""
    read = read_image(written(bytes(60 * n_bytes), type=name))
    assert read.array.dtype.itemsize == n_bytes
    with pytest.raises(PatientError, match="cut short"):
        read_image(written(bytes(60 * n_bytes - 1), type=name))


SPACE = {"space_dimension": "3", "space_directions": "(1,0,0) (0,1,0) (0,0,4)"}
HOSTILE = {
    "a pixel too few": (PIXELS[:-1], {}, r"is cut short: \d+ bytes, expected \d+; copy it again"),
    "an image too many": (PIXELS * 2000, {}, "has more behind its pixels than"),
    "gzip cut short": (PACKED[:-9], {"encoding": "gzip"}, "its compressed data end too early"),
    "gzip with another checksum": (PACKED[:-8] + bytes(8), {"encoding": "gzip"}, "is damaged"),
    "gzip of fewer": (gzip.compress(PIXELS[:-4]), {"encoding": "gzip"}, "is cut short: 116 bytes, expected 120"),
    "gzip of very many": (gzip.compress(bytes(10**7)), {"encoding": "gzip"}, "more behind its pixels .* promises 120 bytes"),
    "gzip that is none": (PIXELS, {"encoding": "gzip"}, "has no gzip stream behind its header"),
    "bzip2": (bz2.compress(PIXELS), {"encoding": "bzip2"}, "the encoding 'bzip2' .* one of the encodings raw, gz"),
    "no encoding": (PIXELS, {"encoding": None}, "the encoding empty"),
    "text cut short": (b"1 2 3", {"encoding": "text"}, "is cut short: 5 bytes behind its header, expected at least 119"),
    "hex cut short": (b"00" * 119, {"encoding": "hex"}, "is cut short: 238 bytes behind its header, expected at least 239"),
    "words": (b"1 2 3 four " * 12, {"encoding": "ascii"}, "cannot be read"),
    "a word that ends the process": (b"1 " * 60 + b"9" * 2000, {"encoding": "ascii"}, "a word of more than 64 characters"),
    "one of them all": (b"9" * 10**6, {"encoding": "text"}, "a word of more than 64 characters"),
    "a line that ends the process": (PIXELS, {"units": "x" * 1100}, r"a line of 1,107 characters in its header \('units: x"),
    "a field that is none, and long": (PIXELS, {"x" * 1100: "0"}, "a line of 1,103 characters"),
    "bytes skipped": (b"1234" + PIXELS, {"byte_skip": "4"}, "line skip or byte skip of '4'"),
    "bytes counted from the end": (PIXELS, {"byte_skip": "-1"}, "byte skip of '-1'"),
    "lines skipped": (PIXELS, {"line_skip": "100000000"}, "line skip or byte skip of '100000000'"),
    "a size of 0": (PIXELS, {"sizes": "0 4 3"}, "has 0 × 4 × 3 voxels"),
    "a negative size": (PIXELS, {"sizes": "-5 4 3"}, "has the sizes '-5 4 3'"),
    "a broken size": (PIXELS, {"sizes": "5.7 4 3"}, "has the sizes '5.7 4 3'"),
    "a size with an exponent": (PIXELS, {"sizes": "5e1 4 3"}, "has the sizes '5e1 4 3'"),
    "two sizes": (PIXELS, {"sizes": "5 4"}, "has the sizes '5 4' .* for each of its 3 axes"),
    "no sizes": (PIXELS, {"sizes": None}, "has the sizes empty"),
    "sizes of nothing on earth": (PACKED, {"sizes": "100000 100000 100000", "encoding": "gzip"}, "from 1 to 1,073,741,824"),
    "sizes beyond 64 bit": (PIXELS, {"sizes": "99999999999999999999 4 3"}, "from 1 to 1,073,741,824"),
    "two GiB": (PACKED, {"sizes": "1024 1024 1024", "type": "int", "encoding": "gzip"}, "take 4,294,967,296 bytes"),
    "a type that is none": (PIXELS, {"type": "half"}, "of type 'half'; expected one of float, double, char"),
    "blocks": (PIXELS, {"type": "block", "block_size": "1000000000000"}, "of type 'block'"),
    "no type": (PIXELS, {"type": None}, "of type empty"),
    "seventeen axes": (PIXELS, {"dimension": "17", "sizes": "1 " * 17, "spacings": "1 " * 17}, "cut short|cannot be read|more"),
    "an edge of 1e30 mm": (PIXELS, {"spacings": "1 1 1e30"}, r"1 × 1 × 1e\+30 mm"),
    "a place out of this world": (PIXELS, {"spacings": None} | SPACE | {"space_origin": "(0,0,1e30)"}, r"lies at 0, 0, 1e\+30 mm"),
    "a field twice": (PIXELS, {"Sizes": "5 4 3"}, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("pixels", "changes", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_header_or_pixels_that_no_image_can_have_are_refused(written, capfd, pixels, changes, said):
    with pytest.raises(PatientError, match=rf"^odd\.nrrd .*({said})"):
        read_image(written(pixels, **changes))
    assert capfd.readouterr() == ("", "")


def test_a_remark_is_no_field(written):
    """``data file:=x`` is a key with a value, which NRRD lets anybody add."""
    path = written()
    path.write_bytes(path.read_bytes().replace(b"type", b"data file:=/dev/zero\nsizes:=9 9 9\ntype", 1))
    np.testing.assert_array_equal(read_image(path).array, np.arange(60).reshape(3, 4, 5))


@pytest.mark.parametrize("where", ["LIST\n/dev/zero", "/dev/zero", "x%03d.raw 1 3 1", "LIST 2"])
def test_lists_and_patterns_of_files_are_refused(written, where):
    with pytest.raises(PatientError, match="keeps its pixels in another file"):
        read_image(written(data_file=where))


def test_a_line_end_of_two_characters_is_no_blank_line(tmp_path, written):
    path = written()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n", 8))
    np.testing.assert_array_equal(read_image(path).array, np.arange(60).reshape(3, 4, 5))


def test_long_texts_are_fine_where_they_are_free(written):
    path = written(content="made of this and that, " * 100)
    remarks = b"# " + b"x" * 5000 + b"\nSegment0_TerminologyEntry:=" + b"y" * 5000 + b"\ntype"
    path.write_bytes(path.read_bytes().replace(b"type", remarks, 1))
    np.testing.assert_array_equal(read_image(path).array, np.arange(60).reshape(3, 4, 5))


def test_what_itk_says_of_a_header_is_shortened(written):
    with pytest.raises(PatientError) as caught:
        read_image(written(units="x" * 490))
    assert len(caught.value.reason) < 400
