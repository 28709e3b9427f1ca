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
