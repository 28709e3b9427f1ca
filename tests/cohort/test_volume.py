import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.readers import read_image
from radsurv.cohort.volume import check_same_geometry
from radsurv.errors import PatientError


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 900, (3, 4, 5)).astype(np.int16)


def test_corners_are_where_simpleitk_puts_them(save, voxels):
    path = save(voxels)
    image = sitk.ReadImage(str(path))
    expected = [image.TransformIndexToPhysicalPoint((x, y, z)) for z in (0, 2) for y in (0, 3) for x in (0, 4)]
    np.testing.assert_allclose(read_image(path).corners(), expected)


def test_an_oblique_volume_has_its_corners_where_simpleitk_puts_them(tmp_path, voxels):
    image = sitk.GetImageFromArray(voxels)
    rotation = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.4, 0.5)
    image.SetDirection(rotation.GetMatrix())
    image.SetSpacing((0.9, 1.1, 5.0))
    sitk.WriteImage(image, str(tmp_path / "oblique.nrrd"))
    expected = [image.TransformIndexToPhysicalPoint((x, y, z)) for z in (0, 2) for y in (0, 3) for x in (0, 4)]
    np.testing.assert_allclose(read_image(tmp_path / "oblique.nrrd").corners(), expected)


def test_the_hash_follows_content_and_not_the_file(save, voxels):
    original = read_image(save(voxels)).content_hash()
    assert read_image(save(voxels, "again/other.nii")).content_hash() == original
    assert read_image(save(voxels, shift_mm=0.5)).content_hash() != original
    assert read_image(save(voxels.astype(np.float32))).content_hash() != original
    voxels[1, 2, 3] += 1
    assert read_image(save(voxels)).content_hash() != original


def test_geometry_is_compared_in_mm(save, voxels):
    image = read_image(save(voxels))
    near, far = read_image(save(voxels, shift_mm=0.02)), read_image(save(voxels, shift_mm=1.5))
    check_same_geometry(image, near, 0.03)
    with pytest.raises(PatientError, match=r"up to 0\.02 mm apart, allowed are 0\.01"):
        check_same_geometry(image, near, 0.01)
    with pytest.raises(PatientError, match=r"1\.5 mm"):
        check_same_geometry(image, far, 1.0)


def test_a_spacing_that_differs_shows_at_the_far_corner(save, voxels, tmp_path):
    image = sitk.ReadImage(str(save(voxels)))
    image.SetSpacing((0.76, 0.5, 6.0))
    sitk.WriteImage(image, str(tmp_path / "wider.nrrd"))
    # 4 steps of 0.01 mm in x.
    with pytest.raises(PatientError, match=r"up to 0\.04 mm"):
        check_same_geometry(read_image(save(voxels)), read_image(tmp_path / "wider.nrrd"), 0.01)


def test_size_is_compared_first(save, voxels):
    with pytest.raises(PatientError, match="5 × 4 × 3 and 5 × 4 × 2"):
        check_same_geometry(read_image(save(voxels)), read_image(save(voxels[:2], "less.nii")), 1e3)
