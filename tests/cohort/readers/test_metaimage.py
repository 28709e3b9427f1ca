import gzip
import zlib

import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.choice import Choice
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.readers.metaimage import BYTES, READER
from radsurv.errors import PatientError

VOXELS = np.arange(60, dtype="<i2").reshape(3, 4, 5)
PIXELS = VOXELS.tobytes()
FIELDS = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "-20 10 4",
    "ElementSpacing": "0.75 0.5 6",
    "DimSize": "5 4 3",
    "ElementType": "MET_SHORT",
}


@pytest.fixture
def written(tmp_path):
    """A small sound file, with fields of its header changed, and other pixels."""

    def written(pixels=PIXELS, data_file="LOCAL", suffix=".mha", **changes):
        fields = {key: value for key, value in (FIELDS | changes).items() if value is not None}
        header = "".join(f"{key} = {value}\n" for key, value in fields.items())
        path = tmp_path / f"odd{suffix}"
        path.write_bytes(f"{header}ElementDataFile = {data_file}\n".encode() + pixels)
        return path

    return written


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_what_itk_writes_is_read_as_from_another_format(tmp_path, kind, compressed):
    voxels = np.random.default_rng(0).integers(0, 100, (3, 4, 5)).astype(kind)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.75, 0.5, 6.0))
    image.SetOrigin((-20.0, 10.0, 4.0))
    image.SetDirection((0, -1, 0, 1, 0, 0, 0, 0, 1))
    for name in ("a.mha", "a.nrrd"):
        sitk.WriteImage(image, str(tmp_path / name), compressed)
    found, expected = read_image(tmp_path / "a.mha"), read_image(tmp_path / "a.nrrd")
    assert found.content_hash() == expected.content_hash()
    np.testing.assert_array_equal(found.array, voxels)


def test_an_outline_is_one_of_the_labels(save):
    labels = np.zeros((3, 4, 5), np.uint8)
    labels[1, 1, 1:4], labels[1, 2, 1] = 1, 4
    path = save(labels, "m.mha")
    grid = read_image(path)
    np.testing.assert_array_equal(read_outline(path, grid, Choice([1, 4])).array, labels > 0)
    with pytest.raises(PatientError, match=r"^m\.mha has 2 labels"):
        read_outline(path, grid)


def test_nan_and_inf_survive_reading(save):
    voxels = np.random.default_rng(0).normal(size=(3, 4, 5))
    voxels[1, 2, 3], voxels[2, 0, 4], voxels[0, 3, 0] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(read_image(save(voxels, "v.mha")).array, voxels)


@pytest.mark.parametrize("suffix", [".mha", ".mhd"])
@pytest.mark.parametrize(
    "where",
    [
        "secret",
        "./secret",
        "LIST\nsecret\nsecret\nsecret",
        "LIST 2\nsecret",
        "LIST 3\nsecret",
        "secre%c 116 118 1",
        "%s",
        "lOCAL",
        "LOCAL secret",
        "",
    ],
)
def test_no_other_file_is_read_for_its_pixels(tmp_path, written, suffix, where):
    (tmp_path / "secret").write_bytes(bytes(range(120)))
    with pytest.raises(PatientError, match=r"keeps its pixels in other files .* convert it to \.mha \(ElementDataFile"):
        read_image(written(b"", where, suffix))


def test_which_itk_would_do(tmp_path, written):
    (tmp_path / "secret").write_bytes(PIXELS)
    path = written(b"", f"{tmp_path / 'secret'}")
    path.write_text(path.read_text().replace(str(tmp_path), "."))
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(path))).max() == 59


@pytest.mark.parametrize(
    "line", ["ElementDataFile: {}", "ElementDataFile == {}", "ElementDataFile\n= {}", "\r ElementDataFile = {}"]
)
def test_nor_by_a_line_that_reads_in_another_way(tmp_path, written, line):
    secret = tmp_path / "secret"
    secret.write_bytes(PIXELS)
    path = written(PIXELS)
    content = path.read_bytes().replace(b"ElementDataFile", line.format("secret").encode() + b"\nElementDataFile", 1)
    path.write_bytes(content)
    with pytest.raises(PatientError, match=r"^odd\.mha (keeps its pixels in other files|has the line)"):
        read_image(path)


SOUND = {
    "as ITK writes it": (PIXELS, {}),
    "with a line end behind": (PIXELS + b"\n", {}),
    "the other byte order": (VOXELS.astype(">i2").tobytes(), {"BinaryDataByteOrderMSB": "True"}),
    "that by its other name": (
        VOXELS.astype(">i2").tobytes(),
        {"BinaryDataByteOrderMSB": None, "ElementByteOrderMSB": "true"},
    ),
    "compressed": (zlib.compress(PIXELS), {"CompressedData": "True", "CompressedDataSize": len(zlib.compress(PIXELS))}),
    "compressed as gzip": (
        gzip.compress(PIXELS),
        {"CompressedData": "True", "CompressedDataSize": len(gzip.compress(PIXELS))},
    ),
    "the place by another name": (PIXELS, {"Offset": None, "Position": "-20 10 4"}),
    "only the size of the voxels": (PIXELS, {"ElementSpacing": None, "ElementSize": "0.75 0.5 6"}),
    "a field of somebody's": (PIXELS, {"0008|103e": "T1 with: a colon = and more " * 12, "Comment": "none"}),
    "one channel, in mm": (PIXELS, {"ElementNumberOfChannels": "1", "DistanceUnits": "mm", "HeaderSize": "0"}),
}


@pytest.mark.parametrize(("pixels", "changes"), SOUND.values(), ids=SOUND)
def test_what_itk_reads_rightly_is_read(written, pixels, changes):
    found = read_image(written(pixels, **changes))
    np.testing.assert_array_equal(found.array, VOXELS)
    assert found.spacing_mm == (6.0, 0.5, 0.75)
    np.testing.assert_array_equal(found.origin, (-20, 10, 4))


def test_line_ends_of_two_characters(written):
    path = written(b"")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + PIXELS)
    np.testing.assert_array_equal(read_image(path).array, VOXELS)


@pytest.mark.parametrize(("name", "n_bytes"), BYTES.items())
def test_every_type_has_its_size(written, name, n_bytes):
    """ITK reads just so many bytes."""
    assert read_image(written(bytes(60 * n_bytes), ElementType=name)).array.dtype.itemsize == n_bytes
    with pytest.raises(PatientError, match="cut short"):
        READER.check(written(bytes(60 * n_bytes - 1), ElementType=name))


def packed(content, size=None, **changes):
    size = len(content) if size is None else size
    return content, {"CompressedData": "True", "CompressedDataSize": size} | changes


ZLIB = zlib.compress(PIXELS)
HOSTILE = {
    "a pixel too few": (PIXELS[:-1], {}, r"is cut short: \d+ bytes, expected \d+; copy it again"),
    "an image too many": (PIXELS * 2000, {}, "has more behind its pixels than"),
    "compressed, cut short": (*packed(ZLIB[:-9]), "its compressed data end too early"),
    "compressed, another checksum": (*packed(ZLIB[:-4] + bytes(4)), "is damaged"),
    "compressed, of fewer": (*packed(zlib.compress(PIXELS[:-4])), "is cut short: 116 bytes, expected 120"),
    "compressed, of very many": (*packed(zlib.compress(bytes(10**7))), "more behind its pixels .* promises 120 bytes"),
    "compressed twice": (*packed(gzip.compress(PIXELS[:50]) + gzip.compress(PIXELS[50:])), "more bytes behind its compressed data"),
    "not compressed at all": (*packed(PIXELS), "is damaged"),
    "a size of terabytes": (*packed(ZLIB, 10**15), r"CompressedDataSize = '1000000000000000' in it"),
    "no size": (*packed(ZLIB, CompressedDataSize=None), "no CompressedDataSize in it"),
    "a size that is less": (*packed(ZLIB, len(ZLIB) - 1), r"bytes behind its header, and CompressedDataSize = '\d+' in it"),
    "pixels in words": (b"1 " * 60, {"BinaryData": "False"}, r"pixels in words \(BinaryData = 'False'"),
    "or perhaps": (PIXELS, {"BinaryData": None}, r"pixels in words \(no BinaryData"),
    "neither": (PIXELS, {"BinaryData": "perhaps"}, "BinaryData = 'perhaps' .* expected True or False"),
    "a header skipped": (PIXELS, {"HeaderSize": "-1"}, "HeaderSize = '-1' in its header; expected 0"),
    "another object": (PIXELS, {"ObjectType": "Tube"}, "ObjectType = 'Tube'"),
    "four axes": (PIXELS, {"NDims": "4", "DimSize": "5 4 3 1"}, "NDims = '4' in its header; expected 3"),
    "no axes": (PIXELS, {"NDims": None}, "has no NDims in its header"),
    "three channels": (PIXELS * 3, {"ElementNumberOfChannels": "3"}, "ElementNumberOfChannels = '3' .* expected 1"),
    "metres": (PIXELS, {"DistanceUnits": "m"}, "DistanceUnits = 'm' in its header; expected mm"),
    "a slope": (PIXELS, {"ElementToIntensityFunctionSlope": "2"}, "to be multiplied by 2, and 0 added"),
    "a size of 0": (PIXELS, {"DimSize": "0 4 3"}, "has 0 × 4 × 3 voxels"),
    "a negative size": (PIXELS, {"DimSize": "-5 4 3"}, "DimSize = '-5 4 3' .* expected 3 number"),
    "two sizes": (PIXELS, {"DimSize": "5 4"}, "DimSize = '5 4' .* expected 3 number"),
    "no sizes": (PIXELS, {"DimSize": None}, "has no DimSize"),
    "sizes of nothing on earth": (*packed(ZLIB, DimSize="100000 100000 100000"), "from 1 to 1,073,741,824"),
    "two GiB": (*packed(ZLIB, DimSize="1024 1024 1024", ElementType="MET_INT"), "take 4,294,967,296 bytes"),
    "a type that is none": (PIXELS, {"ElementType": "MET_STRING"}, "ElementType = 'MET_STRING' .* expected one of MET_CHAR"),
    "no type": (PIXELS, {"ElementType": None}, "no ElementType"),
    "no size of a voxel": (PIXELS, {"ElementSpacing": None}, "does not say how large its voxels are"),
    "an edge of 0": (PIXELS, {"ElementSpacing": "0.75 0 6"}, "0.75 × 0 × 6"),
    "an edge that is none": (PIXELS, {"ElementSpacing": "1 nan 6"}, "ElementSpacing = '1 nan 6'"),
    "an edge of 1e30 mm": (PIXELS, {"ElementSpacing": "1 1 1e30"}, r"1 × 1 × 1e\+30 mm"),
    "a place out of this world": (PIXELS, {"Offset": "0 0 1e30"}, r"lies at 0, 0, 1e\+30 mm"),
    "two places": (PIXELS, {"Position": "0 0 0"}, "has Offset and Position in its header"),
    "a rotation that is none": (PIXELS, {"TransformMatrix": "1 0 0 0 1 0 0 0 0"}, "has a rotation that is none"),
    "a sheared one": (PIXELS, {"TransformMatrix": "1 0 0 0.5 1 0 0 0 1"}, "has a rotation that is none"),
    "a number that is none": (PIXELS, {"ID": "x"}, "ID = 'x' in its header; expected 1 number"),
    "a long text": (PIXELS, {"Comment": "x" * 300}, "a field 'Comment' with a text of 300 characters"),
    "a long name": (PIXELS, {"x" * 300: "1"}, "a field 'x+…?.* and 120 of its name"),
    "a long line": (PIXELS, {"0008|103e": "x" * 600}, "has the line .* of 612 characters"),
    "a line that is none": (PIXELS, {"Comment": "x\nnothing"}, "has the line 'nothing'"),
}  # fmt: skip


@pytest.mark.parametrize(("pixels", "changes", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_header_or_pixels_that_no_image_can_have_are_refused(written, capfd, pixels, changes, said):
    with pytest.raises(PatientError, match=rf"^odd\.mha .*({said})") as caught:
        read_image(written(pixels, **changes))
    assert "\n" not in caught.value.reason
    assert capfd.readouterr() == ("", "")


def test_a_field_twice_is_refused(written):
    path = written()
    path.write_bytes(path.read_bytes().replace(b"DimSize", b"DimSize = 5 4 2\nDimSize", 1))
    with pytest.raises(PatientError, match="has DimSize twice in its header"):
        read_image(path)


def test_other_content_under_the_name_is_refused(tmp_path):
    (tmp_path / "text.mha").write_text("not an image " * 100)
    with pytest.raises(PatientError, match=r"text\.mha is not a MetaImage file, whatever its name says"):
        read_image(tmp_path / "text.mha")
