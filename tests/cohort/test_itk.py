import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort.choice import Choice
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.volume import check_same_geometry
from radsurv.errors import PatientError


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 900, (3, 4, 5)).astype(np.int16)


@pytest.fixture
def outline_in(save, voxels):
    """Reads a file as an outline on the image of `voxels`."""
    image = read_image(save(voxels, "image.nii.gz"))
    return lambda path, label=None: read_outline(path, image, Choice(label))


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz", "v.nrrd"])
def test_round_trip_keeps_voxels_and_geometry(save, voxels, name):
    volume = read_image(save(voxels, name))
    assert volume.array.dtype == np.int16
    np.testing.assert_array_equal(volume.array, voxels)
    np.testing.assert_allclose(volume.spacing_mm, (6.0, 0.5, 0.75))
    np.testing.assert_allclose(volume.origin, (-20, 10, 4))
    # Columns z, y, x; y runs backwards.
    np.testing.assert_allclose(volume.direction, [[0, 0, 1], [0, -1, 0], [1, 0, 0]], atol=1e-12)


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
        read_image(tmp_path / "v.nrrd")


def test_a_vector_volume_is_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5, 3), np.uint8), isVector=True), str(tmp_path / "v.nii.gz"))
    with pytest.raises(PatientError, match="3 values per voxel"):
        read_image(tmp_path / "v.nii.gz")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.nii.gz").touch()
    with pytest.raises(PatientError, match=r"empty\.nii\.gz is empty \(0 bytes\)"):
        read_image(tmp_path / "empty.nii.gz")


def test_any_single_label_is_an_outline(save, outline_in):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4] = 7
    read = outline_in(save(mask))
    assert read.array.dtype == bool
    np.testing.assert_array_equal(read.array, mask == 7)


def test_one_of_several_labels_has_to_be_chosen(save, outline_in):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4], mask[2, 0, 0] = 1, 4
    path = save(mask)
    with pytest.raises(PatientError, match=r"2 labels \(1, 4\).*cohort\.mask_label"):
        outline_in(path)
    np.testing.assert_array_equal(outline_in(path, 4).array, mask == 4)
    with pytest.raises(PatientError, match=r"no label 3, only 1, 4"):
        outline_in(path, 3)


def test_several_labels_are_one_outline_together(save, outline_in):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4], mask[2, 0, 0], mask[0, 3, 3] = 1, 4, 9
    path = save(mask)
    read = outline_in(path, [1, 4])
    np.testing.assert_array_equal(read.array, (mask == 1) | (mask == 4))
    assert read.remarks == ()
    read = outline_in(path, [1, 2, 4])  # a tumour without one of the tissues that the option lists
    np.testing.assert_array_equal(read.array, (mask == 1) | (mask == 4))
    assert read.remarks == ("no label 2 in volume.nii.gz, only 1, 4, 9",)
    with pytest.raises(PatientError, match=r"no label 2 or 3, only 1, 4, 9; change cohort\.mask_label"):
        outline_in(path, [2, 3])


@pytest.mark.parametrize("value", [0.5, np.nan])
def test_a_mask_of_other_than_whole_numbers_is_refused(save, outline_in, value):
    mask = np.zeros((3, 4, 5), np.float32)
    mask[1, 1, 1] = value
    with pytest.raises(PatientError, match="whole-number labels"):
        outline_in(save(mask))


@pytest.mark.parametrize("one", [0.99999994, 1.001, 0.9991])
def test_whole_numbers_up_to_rounding_are_labels(save, outline_in, one):
    mask = np.zeros((3, 4, 5))
    mask[1, 1:3, 2:4], mask[2, 0, 0] = one, 1e-4  # which is 0
    np.testing.assert_array_equal(outline_in(save(mask)).array, mask > 0.5)
    np.testing.assert_array_equal(outline_in(save(mask), 1).array, mask > 0.5)
    mask[2, 2, 2] = 0.998
    with pytest.raises(PatientError, match=r"values such as 0\.998"):
        outline_in(save(mask))


def test_labels_behind_a_slope_are_whole(save, outline_in, tmp_path):
    """A float mask that was saved as bytes: 255 times nearly 1/255."""
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[1, 1:3, 2:4] = 255
    content = bytearray(save(mask, "v.nii").read_bytes())
    content[112:116] = np.float32(0.003922).tobytes()
    (tmp_path / "slope.nii").write_bytes(content)
    np.testing.assert_array_equal(outline_in(tmp_path / "slope.nii", 1).array, mask == 255)


def test_awkward_masks_of_others(shared):
    masks = shared / "images" / "masks"
    image = read_image(masks / "img.nii.gz")
    for name in ("seg_one_label.nii.gz", "seg_single_slice.nii.gz", "seg_dilated_10mm.nii.gz"):
        check_same_geometry(image, read_outline(masks / name, image), 1e-2)
    assert not read_outline(masks / "seg_empty.nii.gz", image).array.any()
    for name in ("seg_two_labels.nii.gz", "seg_multilabel.nrrd"):
        with pytest.raises(PatientError, match=r"labels \(1, 2\)"):
            read_outline(masks / name, image)
        # NIfTI and NRRD hold the same outlines.
        assert np.count_nonzero(read_outline(masks / name, image, Choice(2)).array) == 2499
