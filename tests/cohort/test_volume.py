import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.volume import check_same_geometry, read_mask, read_volume
from radsurv.errors import PatientError


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 900, (3, 4, 5)).astype(np.int16)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz", "v.nrrd"])
def test_round_trip_keeps_voxels_and_geometry(save, voxels, name):
    volume = read_volume(save(voxels, name))
    assert volume.array.dtype == np.int16
    np.testing.assert_array_equal(volume.array, voxels)
    np.testing.assert_allclose(volume.spacing_mm, (6.0, 0.5, 0.75))
    np.testing.assert_allclose(volume.origin, (-20, 10, 4))
    # Columns z, y, x; y runs backwards.
    np.testing.assert_allclose(volume.direction, [[0, 0, 1], [0, -1, 0], [1, 0, 0]], atol=1e-12)


def test_corners_are_where_simpleitk_puts_them(save, voxels):
    path = save(voxels)
    image = sitk.ReadImage(str(path))
    expected = [image.TransformIndexToPhysicalPoint((x, y, z)) for z in (0, 2) for y in (0, 3) for x in (0, 4)]
    np.testing.assert_allclose(read_volume(path).corners(), expected)


def test_an_oblique_volume_has_its_corners_where_simpleitk_puts_them(tmp_path, voxels):
    image = sitk.GetImageFromArray(voxels)
    rotation = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.4, 0.5)
    image.SetDirection(rotation.GetMatrix())
    image.SetSpacing((0.9, 1.1, 5.0))
    sitk.WriteImage(image, str(tmp_path / "oblique.nrrd"))
    expected = [image.TransformIndexToPhysicalPoint((x, y, z)) for z in (0, 2) for y in (0, 3) for x in (0, 4)]
    np.testing.assert_allclose(read_volume(tmp_path / "oblique.nrrd").corners(), expected)


def test_the_hash_follows_content_and_not_the_file(save, voxels):
    original = read_volume(save(voxels)).content_hash()
    assert read_volume(save(voxels, "again/other.nii")).content_hash() == original
    assert read_volume(save(voxels, shift_mm=0.5)).content_hash() != original
    assert read_volume(save(voxels.astype(np.float32))).content_hash() != original
    voxels[1, 2, 3] += 1
    assert read_volume(save(voxels)).content_hash() != original


def test_a_scaled_nifti_is_read_in_its_units(save, voxels, tmp_path):
    """scl_slope makes the values in memory of another type than those in the file."""
    content = bytearray(save(voxels, "v.nii").read_bytes())
    content[112:116] = np.float32(0.5).tobytes()
    (tmp_path / "scaled.nii").write_bytes(content)
    np.testing.assert_allclose(read_volume(tmp_path / "scaled.nii").array, 0.5 * voxels)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 5), np.int16), "2 dimensions"),
        (np.zeros((2, 3, 4, 5), np.int16), "4 dimensions"),
        (np.zeros((3, 4, 5), np.complex64), "2 values per voxel"),
    ],
)
def test_other_than_one_scalar_volume_is_refused(tmp_path, array, message):
    sitk.WriteImage(sitk.GetImageFromArray(array, isVector=False), str(tmp_path / "v.nrrd"))
    with pytest.raises(PatientError, match=message):
        read_volume(tmp_path / "v.nrrd")


def test_a_vector_volume_is_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5, 3), np.uint8), isVector=True), str(tmp_path / "v.nii.gz"))
    with pytest.raises(PatientError, match="3 values per voxel"):
        read_volume(tmp_path / "v.nii.gz")


def test_what_is_no_volume_is_refused_in_words(tmp_path, save, voxels, capfd):
    (tmp_path / "empty.nii.gz").touch()
    (tmp_path / "text.nii.gz").write_text("not an image" * 100)
    (tmp_path / "text.nrrd").write_text("not an image" * 100)
    (tmp_path / "folder.nii").mkdir()
    (tmp_path / "image.png").touch()
    damaged = save(voxels, "damaged.nrrd").read_bytes()
    (tmp_path / "damaged.nrrd").write_bytes(damaged[:-30])
    for name, message in {
        "missing.nii.gz": "does not exist",
        "empty.nii.gz": "is empty",
        "text.nii.gz": "not a NIfTI file",
        "text.nrrd": "not a NRRD file",
        "folder.nii": "cannot be opened",
        "image.png": "neither NIfTI",
        "damaged.nrrd": "cannot be read",
    }.items():
        with pytest.raises(PatientError, match=message) as caught:
            read_volume(tmp_path / name)
        assert name in caught.value.reason
        assert "\n" not in caught.value.reason
    assert capfd.readouterr() == ("", "")


def test_any_single_label_is_an_outline(save):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4] = 7
    read = read_mask(save(mask))
    assert read.array.dtype == bool
    np.testing.assert_array_equal(read.array, mask == 7)


def test_one_of_several_labels_has_to_be_chosen(save):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4], mask[2, 0, 0] = 1, 4
    path = save(mask)
    with pytest.raises(PatientError, match=r"2 labels \(1, 4\).*cohort\.mask_label"):
        read_mask(path)
    np.testing.assert_array_equal(read_mask(path, 4).array, mask == 4)
    with pytest.raises(PatientError, match=r"no label 3, only 1, 4"):
        read_mask(path, 3)


@pytest.mark.parametrize("value", [0.5, np.nan])
def test_a_mask_of_other_than_whole_numbers_is_refused(save, value):
    mask = np.zeros((3, 4, 5), np.float32)
    mask[1, 1, 1] = value
    with pytest.raises(PatientError, match="whole-number labels"):
        read_mask(save(mask))


def test_geometry_is_compared_in_mm(save, voxels):
    image = read_volume(save(voxels))
    near, far = read_volume(save(voxels, shift_mm=0.02)), read_volume(save(voxels, shift_mm=1.5))
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
        check_same_geometry(read_volume(save(voxels)), read_volume(tmp_path / "wider.nrrd"), 0.01)


def test_size_is_compared_first(save, voxels):
    with pytest.raises(PatientError, match="5 × 4 × 3 and 5 × 4 × 2"):
        check_same_geometry(read_volume(save(voxels)), read_volume(save(voxels[:2], "less.nii")), 1e3)


def test_awkward_masks_of_others(shared):
    masks = shared / "images" / "masks"
    image = read_volume(masks / "img.nii.gz")
    for name in ("seg_one_label.nii.gz", "seg_single_slice.nii.gz", "seg_dilated_10mm.nii.gz"):
        check_same_geometry(image, read_mask(masks / name), 1e-2)
    assert not read_mask(masks / "seg_empty.nii.gz").array.any()
    for name in ("seg_two_labels.nii.gz", "seg_multilabel.nrrd"):
        with pytest.raises(PatientError, match=r"labels \(1, 2\)"):
            read_mask(masks / name)
        # NIfTI and NRRD hold the same outlines.
        assert np.count_nonzero(read_mask(masks / name, 2).array) == 2499
