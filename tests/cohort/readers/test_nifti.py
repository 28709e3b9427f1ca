import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.readers import read_image
from radsurv.cohort.readers.nifti import READER
from radsurv.errors import PatientError


@pytest.fixture
def whole(save):
    return save(np.random.default_rng(0).integers(0, 900, (6, 32, 32)).astype(np.int16), "whole.nii.gz")


def test_itk_does_not_notice_a_truncated_nifti(whole, tmp_path):
    """The reason for this module."""
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(whole.read_bytes()[:4000])
    assert np.mean(sitk.GetArrayFromImage(sitk.ReadImage(str(cut))) == 0) > 0.5


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_compressed_nifti_is_refused(whole, tmp_path, share):
    content = whole.read_bytes()
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(PatientError, match="cut short"):
        read_image(cut)


def test_a_truncated_plain_nifti_is_refused(whole, tmp_path):
    content = gzip.decompress(whole.read_bytes())
    cut = tmp_path / "cut.nii"
    cut.write_bytes(content[:-1])
    with pytest.raises(PatientError, match=f"{len(content) - 1:,} bytes, expected {len(content):,}"):
        read_image(cut)
    cut.write_bytes(content)
    READER.check(cut)


def test_a_flipped_bit_is_noticed(whole, tmp_path):
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.nii.gz").write_bytes(content)
    with pytest.raises(PatientError, match=r"damaged|cut short"):
        read_image(tmp_path / "flipped.nii.gz")


@pytest.mark.parametrize("order", ["little", "big"])
def test_nifti_2_is_refused_by_name(tmp_path, order):
    """ITK would say that it is no NIfTI file."""
    path = tmp_path / "second.nii"
    path.write_bytes((540).to_bytes(4, order) + b"n+2\0\r\n\x1a\n" + bytes(660))
    with pytest.raises(PatientError, match=r"^second\.nii is a NIfTI-2 file; expected NIfTI-1 or NRRD: convert it"):
        read_image(path)


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_nan_and_inf_survive_reading(save, dtype, name):
    """ITK's NIfTI reader makes them 0, which a radiologist would call necrosis."""
    voxels = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(dtype)
    voxels[1, 2, 3], voxels[2, 0, 4], voxels[0, 3, 0] = np.nan, np.inf, -np.inf
    read = read_image(save(voxels, name)).array
    assert sorted(map(tuple, np.argwhere(~np.isfinite(read)))) == [(0, 3, 0), (1, 2, 3), (2, 0, 4)]
    np.testing.assert_array_equal(read[np.isfinite(voxels)], voxels[np.isfinite(voxels)])


def test_a_scaled_file_is_read_in_its_units(save, tmp_path):
    """scl_slope makes the values in memory of another type than those in the file."""
    voxels = np.random.default_rng(0).integers(0, 900, (3, 4, 5)).astype(np.int16)
    content = bytearray(save(voxels, "v.nii").read_bytes())
    content[112:116] = np.float32(0.5).tobytes()
    (tmp_path / "scaled.nii").write_bytes(content)
    np.testing.assert_allclose(read_image(tmp_path / "scaled.nii").array, 0.5 * voxels)


# What ITK makes of the third edge, 6 mm in truth.
PIXDIM = {0.0: 1.0, -6.0: 6.0, np.nan: 1.0, np.inf: 1.0}


@pytest.mark.parametrize("edge", PIXDIM)
@pytest.mark.parametrize("forms", [(1, 1), (0, 1), (0, 0)])  # qform, sform
def test_a_voxel_without_a_size_is_refused_where_itk_takes_1_mm(save, tmp_path, edge, forms):
    content = bytearray(save(np.zeros((3, 4, 5), np.int16), "v.nii").read_bytes())
    content[88:92] = np.float32(edge).tobytes()
    content[252:256] = np.array(forms, np.int16).tobytes()
    path = tmp_path / "odd.nii"
    path.write_bytes(content)
    assert sitk.ReadImage(str(path)).GetSpacing()[2] == PIXDIM[edge]
    with pytest.raises(PatientError, match=r"^odd\.nii says that its voxels measure 0\.75 × 0\.5 × (0|-6|nan|inf) "):
        read_image(path)


@pytest.mark.parametrize(("edge", "shown"), [(1e-5, "1e-05"), (1001.0, "1001")])
def test_a_voxel_of_an_absurd_size_is_refused(save, tmp_path, edge, shown):
    content = bytearray(save(np.zeros((3, 4, 5), np.int16), "v.nii").read_bytes())
    content[88:92] = np.float32(edge).tobytes()
    (tmp_path / "odd.nii").write_bytes(content)
    with pytest.raises(PatientError, match=rf"0\.75 × 0\.5 × {shown} mm .* from 0\.0001 to 1000"):
        read_image(tmp_path / "odd.nii")


@pytest.mark.parametrize(("unit", "factor"), [(1, 1e3), (2, 1.0), (3, 1e-3), (0, 1.0)])
def test_the_unit_of_lengths_counts(save, tmp_path, unit, factor):
    """Metres, millimetres, micrometres, not said."""
    content = bytearray(save(np.zeros((3, 4, 5), np.int16), "v.nii").read_bytes())
    content[123] = unit
    (tmp_path / "unit.nii").write_bytes(content)
    if unit == 1:
        with pytest.raises(PatientError, match="750 × 500 × 6000 mm"):
            read_image(tmp_path / "unit.nii")
    else:
        found = read_image(tmp_path / "unit.nii").spacing_mm
        np.testing.assert_allclose(found, np.array([6.0, 0.5, 0.75]) * factor, rtol=1e-6)


def test_other_content_under_the_name_is_refused(tmp_path):
    (tmp_path / "text.nii.gz").write_text("not an image" * 100)
    with pytest.raises(PatientError, match=r"text\.nii\.gz is not a NIfTI file, whatever its name says"):
        read_image(tmp_path / "text.nii.gz")


@pytest.fixture
def changed(save, tmp_path):
    """A small sound file with one field of its header set to something else; NIfTI-1, little-endian."""

    def changed(offset, kind, *values, name="odd.nii", dtype=np.int16):
        content = bytearray(save(np.arange(60).reshape(3, 4, 5).astype(dtype), "v.nii").read_bytes())
        field = np.array(values, kind).tobytes()
        content[offset : offset + len(field)] = field
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return changed


# What ITK makes of each, where it makes anything of it.
HOSTILE = {
    "pixels in the header": (108, "<f4", 0, r"pixels begin at byte 0 .* whole number from 352 to"),
    "pixels before the extender": (108, "<f4", 348, "begin at byte 348"),
    "pixels at a negative place": (108, "<f4", -5, "begin at byte -5"),
    "pixels at a broken place": (108, "<f4", 352.5, r"begin at byte 352\.5"),
    "pixels nowhere": (108, "<f4", np.nan, "begin at byte nan"),
    "pixels at infinity": (108, "<f4", np.inf, "begin at byte inf"),
    "pixels beyond any extension": (108, "<f4", 1e30, r"begin at byte 1e\+30"),
    "pixels beyond the file": (108, "<f4", 4000, r"is cut short: 472 bytes, expected 4,120"),
    "no axes": (40, "<i2", 0, r"has 0 axes \(dim"),
    "a negative number of axes": (40, "<i2", -3, "has -3 axes"),
    "eight axes": (40, "<i2", 8, "has 8 axes"),
    "a size of 0": (44, "<i2", 0, r"has 5 × 0 × 3 voxels \(x × y × z\); expected from 1"),
    "a negative size": (44, "<i2", -4, "has 5 × -4 × 3 voxels"),
    "more than is there": (44, "<i2", 32767, "cut short"),
    "a type that is none": (70, "<i2", 77, r"of type 77 \(datatype in the header\); expected one of 2, 4, 8"),
    "bits": (70, "<i2", 1, "of type 1 "),
    "a slope of NaN": (112, "<f4", np.nan, "multiplied by nan, and 0 added"),
    "a slope of inf": (112, "<f4", np.inf, "multiplied by inf"),
    "an intercept of NaN": (116, "<f4", np.nan, "multiplied by 1, and nan added"),
    "a rotation of NaN": (256, "<f4", np.nan, r"lies in the patient with numbers that are none \(qform, quatern"),
    "a rotation of inf": (260, "<f4", np.inf, "numbers that are none .*: inf"),
    "a rotation that is none": (264, "<f4", 2.0, r"quatern_b, _c, _d in the header, whose squares sum up to [45]"),
    "a place of NaN": (272, "<f4", np.nan, "numbers that are none"),
    "a row of NaN": (280, "<f4", np.nan, r"numbers that are none \(sform, srow"),
    "another magic": (344, "S4", b"abcd", "has 'abcd' where a NIfTI file has 'n\\+1'"),
}  # fmt: skip


@pytest.mark.parametrize(("offset", "kind", "value", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_header_that_no_image_can_have_is_refused(changed, capfd, offset, kind, value, said):
    path = changed(offset, kind, value)
    with pytest.raises(PatientError, match=rf"^odd\.nii .*{said}"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


def test_a_place_out_of_this_world_is_refused(changed):
    """Said in both forms: where they differ, ITK takes one."""
    path = changed(268, "<f4", 1e30)
    content = bytearray(path.read_bytes())
    content[292:296] = np.float32(1e30).tobytes()
    path.write_bytes(content)
    with pytest.raises(PatientError, match=r"first voxel lies at -1e\+30, 10, 4 mm; expected coordinates from −100000"):
        read_image(path)


def test_the_same_header_unchanged_is_read(changed):
    assert read_image(changed(108, "<f4", 352)).array.ravel().tolist() == list(range(60))


@pytest.mark.parametrize(("slope", "intercept"), [(0.0, 0.0), (0.0, np.nan), (1.0, 0.0), (np.nan, np.nan)])
def test_no_scaling_is_no_scaling(changed, slope, intercept):
    assert read_image(changed(112, "<f4", slope, intercept)).array.ravel().tolist() == list(range(60))


def test_bytes_of_a_voxel_are_those_of_its_type_whatever_bitpix_says(changed):
    """ITK goes by the type: with half of the bits, half of the pixels could be missing unseen."""
    assert read_image(changed(72, "<i2", 8)).array.ravel().tolist() == list(range(60))
    path = changed(72, "<i2", 8)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(PatientError, match="412 bytes, expected 472"):
        read_image(path)


def test_the_header_of_a_pair_is_refused_and_its_image_not_looked_for(changed, tmp_path):
    path = changed(344, "S4", b"ni1\0")
    (tmp_path / "odd.img").write_bytes(bytes(120))
    with pytest.raises(PatientError, match=r"has 'ni1' where .* expected header and pixels in one file \(no pair of"):
        read_image(path)
    for name in ("pair.hdr", "pair.img", "pair.hdr.gz"):
        path.rename(tmp_path / name)
        with pytest.raises(PatientError, match=rf"^{name} is neither .*NIfTI"):
            read_image(tmp_path / name)
        path = tmp_path / name


@pytest.mark.parametrize(
    ("sizes", "datatype", "said"),
    [
        ((2048, 2048, 256), 2, None),  # as many voxels as there may be
        ((2048, 2048, 257), 2, r"2048 × 2048 × 257 voxels .*from 1 to 1,073,741,824"),
        ((32767, 32767, 32767), 2, "32767 × 32767 × 32767 voxels"),
        ((2048, 2048, 65), 64, r"take 2,181,038,080 bytes; expected at most 2,147,483,648"),
    ],
)
def test_more_than_any_scan_is_refused_before_any_of_it_is_unpacked(save, tmp_path, monkeypatch, sizes, datatype, said):
    content = bytearray(save(np.zeros((3, 4, 5), np.int16), "v.nii").read_bytes())
    content[42:48] = np.array(sizes, "<i2").tobytes()
    content[70:72] = np.array(datatype, "<i2").tobytes()
    path = tmp_path / "large.nii.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(PatientError, match=said or "is cut short: 472 bytes, expected 1,073,742,176"):
        read_image(path)


def test_a_bomb_is_no_danger_to_the_run(save, tmp_path):
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(
        gzip.compress(save(np.zeros((3, 4, 5), np.int16), "v.nii").read_bytes()) + 9 * gzip.compress(bytes(1 << 24))
    )
    with pytest.raises(PatientError, match=r"^bomb\.nii\.gz has more behind its pixels .* promises 472 bytes in all"):
        read_image(path)


@pytest.mark.parametrize(
    "extension", [(16, 6, b"remarks!"), (2**31 - 16, 6, b""), (-16, 6, b""), (0, 0, b""), (7, 6, b"x" * 40)]
)
def test_extensions_are_passed_over_whatever_they_say(changed, extension):
    """ITK goes on to the pixels, at vox_offset."""
    n_bytes, code, text = extension
    path = changed(108, "<f4", 416)
    content = path.read_bytes()
    between = b"\1\0\0\0" + np.array([n_bytes, code], "<i4").tobytes() + text
    path.write_bytes(content[:348] + between.ljust(68, b"\0") + content[352:])
    assert read_image(path).array.ravel().tolist() == list(range(60))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_places_of_nan_are_right_where_the_file_takes_several_pieces(save, tmp_path, monkeypatch, order, name):
    monkeypatch.setattr("radsurv.cohort.promised.CHUNK", 64)
    voxels = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("f4")
    voxels[1, 2, 3], voxels[2, 3, 4], voxels[0, 0, 0] = np.nan, np.inf, -np.inf
    path = save(voxels, name)
    if order == ">":
        path.write_bytes(_swapped(gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()))
    np.testing.assert_array_equal(np.isfinite(read_image(path).array), np.isfinite(voxels))


def _swapped(content):
    """The same file in the other byte order."""
    swapped = bytearray(content)
    fields = [
        (0, "i4", 1),
        (40, "i2", 8),
        (68, "i2", 4),
        (76, "f4", 8),
        (108, "f4", 3),
        (252, "i2", 2),
        (256, "f4", 18),
    ]
    for offset, kind, count in [*fields, (352, "f4", (len(content) - 352) // 4)]:
        values = np.frombuffer(content, f"<{kind}", count, offset)
        swapped[offset : offset + values.nbytes] = values.astype(f">{kind}").tobytes()
    return bytes(swapped)
