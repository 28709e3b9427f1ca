import numpy as np
import pytest

from radsurv.cohort.check import check_patient, check_volumes
from radsurv.cohort.volume import Volume, read_mask, read_volume
from radsurv.errors import PatientError


def volume(array):
    return Volume(array, (6.0, 0.5, 0.75), np.zeros(3), np.eye(3)[:, ::-1])


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(100, 10, (4, 8, 9)).astype(np.float32)


@pytest.fixture
def mask():
    outline = np.zeros((4, 8, 9), bool)
    outline[1, 2:5, 2:6] = True  # 12 pixels
    outline[2, 2:6, 2:6] = True  # 16 pixels
    return outline


def test_facts(image, mask):
    facts, warnings = check_volumes(volume(image), volume(mask))
    assert (facts.n_voxels, facts.n_sections, facts.n_pixels) == (28, 2, 16)
    assert (facts.spacing_z_mm, facts.spacing_y_mm, facts.spacing_x_mm) == (6.0, 0.5, 0.75)
    assert (facts.image_hash, facts.mask_hash) == (volume(image).content_hash(), volume(mask).content_hash())
    assert warnings == []


@pytest.mark.parametrize(("axis", "pixels"), [("z", 16), ("y", 8), ("x", 7)])
def test_sections_are_stacked_along_the_axis_asked_for(image, mask, axis, pixels):
    facts, _ = check_volumes(volume(image), volume(mask), section_axis=axis, min_pixels=1)
    assert facts.n_pixels == pixels


def test_an_empty_outline(image, mask):
    with pytest.raises(PatientError, match="outline is empty"):
        check_volumes(volume(image), volume(mask & False))


def test_an_outline_of_one_pixel(image, mask):
    one = np.zeros_like(mask)
    one[1, 1, 1] = True
    with pytest.raises(PatientError, match=r"at most 1 pixel in a section \(1\); expected at least 16"):
        check_volumes(volume(image), volume(one))
    with pytest.raises(PatientError, match="all 1 pixels"):
        check_volumes(volume(image), volume(one), min_pixels=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_intensities_that_are_not_finite(image, mask, value):
    image[0, 0, 0] = value
    _, warnings = check_volumes(volume(image), volume(mask))
    assert warnings == ["1 voxels of other sections are not finite (NaN or inf); they are not used"]
    image[2, 0, 0] = value
    with pytest.raises(PatientError, match="1 pixel of section 2"):
        check_volumes(volume(image), volume(mask))


def test_constant_intensities(image, mask):
    image[2][mask[2]] = 55
    with pytest.raises(PatientError, match="all 16 pixels inside the outline of section 2 have the intensity 55"):
        check_volumes(volume(image), volume(mask))


def test_files_are_read_and_compared(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask.astype(np.uint8), "mask.nrrd")
    facts, _ = check_patient(image_path, mask_path)
    assert facts.n_voxels == 28
    shifted = save(mask.astype(np.uint8), "shifted.nrrd", shift_mm=3.0)
    with pytest.raises(PatientError, match="3 mm apart"):
        check_patient(image_path, shifted)
    check_patient(image_path, shifted, tolerance_mm=4.0)
    with pytest.raises(PatientError, match="no label 2"):
        check_patient(image_path, mask_path, mask_label=2)
    with pytest.raises(PatientError, match="does not exist"):
        check_patient(image_path, image_path.with_name("none.nii"))


def test_awkward_masks_of_others(shared):
    masks = shared / "images" / "masks"
    with pytest.raises(PatientError, match="empty"):
        check_patient(masks / "img.nii.gz", masks / "seg_empty.nii.gz")
    facts, _ = check_patient(masks / "img.nii.gz", masks / "seg_single_slice.nii.gz")
    assert (facts.n_sections, facts.n_voxels) == (1, 2733)


def test_reference_brains_pass(shared):
    folder = shared / "images" / "pyradiomics"
    facts, warnings = check_patient(folder / "brain1_image.nrrd", folder / "brain1_label.nrrd")
    mask = read_mask(folder / "brain1_label.nrrd")
    assert facts.n_sections == 7
    assert facts.n_voxels == np.count_nonzero(mask.array)
    assert facts.image_hash == read_volume(folder / "brain1_image.nrrd").content_hash()
    assert warnings == []
