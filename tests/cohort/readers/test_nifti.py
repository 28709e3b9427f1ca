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


def test_nifti_2_and_other_byte_orders_are_known(tmp_path):
    nifti_2 = bytearray(544)
    nifti_2[:4] = (540).to_bytes(4, "big")
    nifti_2[4:12] = b"n+2\0\r\n\x1a\n"
    nifti_2[12:14] = (4).to_bytes(2, "big")  # int16
    for position, size in enumerate((3, 4, 4, 4)):
        nifti_2[16 + 8 * position : 24 + 8 * position] = size.to_bytes(8, "big")
    nifti_2[104:168] = np.ones(8, ">f8").tobytes()
    nifti_2[168:176] = (544).to_bytes(8, "big")
    path = tmp_path / "second.nii"
    path.write_bytes(nifti_2 + bytes(128))
    READER.check(path)
    path.write_bytes(nifti_2 + bytes(127))
    with pytest.raises(PatientError, match="671 bytes, expected 672"):
        READER.check(path)


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
