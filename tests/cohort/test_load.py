import numpy as np
import pytest

from radsurv.cohort.alignment import GridRules
from radsurv.cohort.check import facts
from radsurv.cohort.choice import Choice
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.cohort.readers import read_image
from radsurv.errors import PatientError


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(100, 10, (4, 8, 9)).astype(np.float32)


@pytest.fixture
def mask():
    outline = np.zeros((4, 8, 9), np.uint8)
    outline[1, 2:5, 2:6] = 1  # 12 pixels
    outline[2, 2:6, 2:6] = 1  # 16 pixels
    return outline


def load(image, *masks, further=None, **required):
    outlines = dict(zip(("mask", "mask_reader2"), masks, strict=False))
    return load_patient(Patient("P", {"image": image, **(further or {})}, outlines), Requirements(**required))


def test_files_are_read_and_compared(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask, "mask.nrrd")
    loaded = load(image_path, mask_path)
    np.testing.assert_array_equal(loaded.images["image"].array, image)
    assert [(outline.section, outline.n_pixels.tolist()) for outline in loaded.outlines] == [(2, [0, 12, 16, 0])]
    assert (loaded.unusable, loaded.warnings) == ([], [])
    shifted = save(mask, "shifted.nrrd", shift_mm=3.0)
    with pytest.raises(PatientError, match="3 mm apart"):
        load(image_path, shifted)
    nearer = save(mask, "nearer.nrrd", shift_mm=0.5)
    resampled = load(image_path, nearer, grid=GridRules(outline_grid="resample"))
    assert [remark[:43] for remark in resampled.warnings] == ["the outline lay on a grid of its own (9 × 8"]
    with pytest.raises(PatientError, match=r"geometry_tolerance_mm=0\.3 is more than half of the smallest voxel edge"):
        load(image_path, mask_path, grid=GridRules(tolerance_mm=0.3))
    with pytest.raises(PatientError, match="no label 2"):
        load(image_path, mask_path, parts={"": Choice(2)})
    with pytest.raises(PatientError, match="does not exist"):
        load(image_path, image_path.with_name("none.nii"))
    with pytest.raises(PatientError, match=r"^the table names no outline in mask$"):
        load(image_path, None)
    with pytest.raises(PatientError, match="outline is empty"):
        load(image_path, save(mask * 0, "empty.nrrd"))
    with pytest.raises(PatientError, match=r"at most 16 pixels in a section \(2\); expected at least 17"):
        load(image_path, mask_path, min_pixels=17)


def test_the_axis_of_the_sections_is_the_one_asked_for(save, image, mask):
    loaded = load(save(image, "image.nii.gz"), save(mask, "mask.nrrd"), section_axis="x", min_pixels=1)
    assert loaded.outlines[0].n_pixels.tolist() == [0, 0, 7, 7, 7, 7, 0, 0, 0]


def test_a_second_outline_that_cannot_be_used_is_no_fault_of_the_patient(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask, "mask.nrrd")
    two = load(image_path, mask_path, save(np.roll(mask, 1, axis=0), "second.nrrd"))
    assert [outline.section for outline in two.outlines] == [2, 3]
    assert two.unusable == []
    for second, reason in (
        (None, "the table names no outline in mask_reader2"),
        (save(mask, "shifted.nrrd", shift_mm=3.0), "3 mm apart"),
        (save(mask * 0, "empty.nrrd"), "outline is empty"),
    ):
        loaded = load(image_path, mask_path, second)
        assert len(loaded.outlines) == 1
        assert len(loaded.unusable) == 1
        assert reason in loaded.unusable[0]


def test_every_image_must_be_usable_under_the_outline_and_is_named(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask, "mask.nrrd")
    spoilt = image.copy()
    spoilt[3, 3, 3] = np.nan
    loaded = load(image_path, mask_path, further={"flair": save(spoilt, "flair.nrrd"), "t2": save(image**2, "t2.nrrd")})
    assert list(loaded.images) == ["image", "flair", "t2"]
    assert loaded.warnings == ["flair: 1 voxels are not finite (NaN or inf), none of them where features are computed"]
    # A second outline whose largest section is the one with the NaN.
    second = save(np.roll(mask, 1, axis=0), "second.nrrd")
    loaded = load(image_path, mask_path, second, further={"flair": save(spoilt, "flair.nrrd")})
    assert len(loaded.unusable) == 1
    assert loaded.unusable[0].startswith("flair: 1 pixel of section 3 in the rectangle")
    spoilt[2, 3, 3] = np.nan
    with pytest.raises(PatientError, match=r"^flair: 1 pixel of section 2"):
        load(image_path, mask_path, further={"flair": save(spoilt, "flair.nrrd")})
    with pytest.raises(PatientError, match=r"^flair: image and this sequence differ in geometry"):
        load(image_path, mask_path, further={"flair": save(image, "flair.nrrd", shift_mm=1.0)})


def test_awkward_masks_of_others(shared):
    masks = shared / "images" / "masks"
    with pytest.raises(PatientError, match="empty"):
        load(masks / "img.nii.gz", masks / "seg_empty.nii.gz")
    loaded = load(masks / "img.nii.gz", masks / "seg_single_slice.nii.gz")
    assert np.count_nonzero(loaded.outlines[0].n_pixels) == 1
    assert loaded.outlines[0].n_pixels.sum() == 2733


def test_reference_brains_pass(shared):
    folder = shared / "images" / "pyradiomics"
    loaded = load(folder / "brain1_image.nrrd", folder / "brain1_label.nrrd")
    found = facts(loaded.images["image"], loaded.outlines[0])
    assert found.n_sections == 7
    assert found.n_voxels == np.count_nonzero(read_image(folder / "brain1_label.nrrd").array)
    assert found.image_hash == read_image(folder / "brain1_image.nrrd").content_hash()
    assert loaded.warnings == []


def test_each_part_has_outlines_of_its_own(save, image, mask):
    mask[2, 2:4, 2:6] = 4
    image_path, mask_path = save(image, "image.nii.gz"), save(mask, "mask.nrrd")
    parts = {"core": Choice([4], part="core"), "all": Choice([1, 4, 7], part="all")}
    loaded = load(image_path, mask_path, mask_path, parts=parts, min_pixels=1)
    assert {part: [one.n_pixels.tolist() for one in found] for part, found in loaded.parts.items()} == {
        "core": 2 * [[0, 0, 8, 0]],
        "all": 2 * [[0, 12, 16, 0]],
    }
    assert loaded.outlines == loaded.parts["core"]
    assert loaded.warnings == [
        "region all: no label 7 in mask.nrrd, only 1, 4",
        "mask_reader2: region all: no label 7 in mask.nrrd, only 1, 4",
    ]


def test_a_fault_names_the_part_and_what_to_change(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask, "mask.nrrd")
    parts = {"all": Choice([1], part="all"), "core": Choice([4, 5], part="core")}
    with pytest.raises(
        PatientError, match=r"^region core: mask\.nrrd has no label 4 or 5, only 1; change cohort\.regions\.core$"
    ):
        load(image_path, mask_path, parts=parts, min_pixels=1)
    with pytest.raises(
        PatientError, match=r"^region core: mask\.nrrd has labels without names \(1\); expected numbers"
    ):
        load(image_path, mask_path, parts={"core": Choice(structure="GTV", part="core")}, min_pixels=1)
    with pytest.raises(PatientError, match=r"^region core: the outline is empty"):
        load(image_path, save(mask * 0, "empty.nrrd"), parts={"core": Choice([4], part="core")})


def test_another_reader_whose_outline_lacks_one_part_has_none(save, image, mask):
    image_path, mask_path = save(image, "image.nii.gz"), save(mask * 4, "mask.nrrd")
    mask[2] *= 4
    parts = {"all": Choice([1, 4], part="all"), "core": Choice([1], part="core")}
    loaded = load(image_path, save(mask, "both.nrrd"), mask_path, parts=parts, min_pixels=1)
    assert [len(found) for found in loaded.parts.values()] == [1, 1]
    assert loaded.unusable == ["region core: mask.nrrd has no label 1, only 4; change cohort.regions.core"]
